"""Rendered content → the same without secrets. All output passes here.

What a key says about its value, and what a value says of itself: Secrets whole, values whose key
names a credential, and private keys, passwords and well-known tokens inside any text.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping

from analyzer import yamltext
from analyzer.credentials import ends_in_credential, is_credential
from analyzer.yamltext import MappingNode, Node, ScalarNode, YamlError

HIDDEN = "(redacted)"

_VALUES = ("value", "default", "data", "plaintext", "plain", "literal", "raw", "content", "inline",
           "text", "string", "stringValue")  # fmt: skip
_LABELS = ("name", "key", "id", "parameter", "header")
_IMAGES = ("image", "images", "repository", "tag", "newName", "newTag", "digest")
_OPAQUE = ("stringData", "binaryData", "kubectl.kubernetes.io/last-applied-configuration")

_PLACEHOLDER = re.compile(
    r"""["']?(\$\{\w+\}|\$\(\w+\)|\$\(cat [\w./${}-]+\)|\{\{[^{}"'`]*\}\}|%\(\w+\)s|"""
    r"""\(redacted\))?["']?,?"""
)
_SAYS_NOTHING = re.compile(
    rf"(?:{_PLACEHOLDER.pattern}|[\"']?(?:true|false|null|none)[\"']?),?", re.I
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"
    r".*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.S,
)
_BASE64_PEM = re.compile(r"LS0tLS1CRUdJT[A-Za-z0-9+/=\s]{16,}")
_SHAPES = re.compile(
    r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*|sk-[\w-]{20,}|AIza[\w-]{30,}|hv[sb]\.[\w-]{20,}"
    r"|npm_\w{30,}|dckr_pat_[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|AGE-SECRET-KEY-1\w+"
    r"|AKIA[0-9A-Z]{16})"
    r"|\$2[abxy]\$\d\d\$[./\w]{50,}|\$(?:apr1|1|5|6)\$[./\w$=]{8,}|\{SHA\}[\w+/=]{20,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]+|(?<=/api/webhooks/)\d+/[\w-]+|(?<=[?&]sig=)[^&\s\"']+"
)
_URL_USER = re.compile(r"(?<=://)([^\s:@/\"']{0,200}):(?!\d+[/\s])([^\s\"']{1,500})@(?=[\w\[(.$-])")
_URL_TOKEN = re.compile(r"(?<=://)[^\s:@/\"']{20,500}@")
_DSN = re.compile(r"(?<![\w.-])([\w.-]+):([^\s@/:]+)@(?=(?:tcp|unix)\()")
_CURL_USER = re.compile(r"(?<!\S)((?:-u|--user)[ =][\"']?[^\s:\"']+):([^\s\"']+)")
_AUTHORIZATION = re.compile(
    r"(?i)\b((?:authorization[\"']?\s*[:=]?\s*[\"']?)?(?:basic|bearer|token))\s+"
    r"(?=[^\s\"']{0,500}[\d=])[^\s\"',;]{8,}"
)
_PGPASS = re.compile(r"(?m)^(?![\da-fA-F:]+$)([^:\s/]+:(?:\d+|\*):[^:\s]*:[^:\s]+):(\S+)$")
_NETRC = re.compile(r"\b((?:machine|login)\s+\S+\s+(?:login\s+\S+\s+)?password)\s+\S+")
_ELEMENT = re.compile(r"(<([\w.:-]+)>)([^<>]+)(?=</)")
_FLAG = re.compile(r"((?<!\S)--?([A-Za-z][\w-]*)[ \t]+)((?!-)(?:\"[^\"]*\"|'[^']*'|\S+))")
# what follows an image's name is its tag
_SIGN = r"(?:=>|:=|=|:(?!v?\d+\.|v\d|latest|stable|main\b|master\b|sha256|sha-))"
_ASSIGNED = re.compile(rf"(?<![\w.-])([\w.-]+)\\?[\"']?[ \t]*{_SIGN}[ \t]*")
_VALUE = re.compile(
    r"\(redacted\)|\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$\(cat [\w./${}-]+\)"
    r"|\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\\".*?\\\""
    r"|[^\s;&,'\"}\]]+"
)
_LINE = re.compile(
    r"(\s*(?:#+ *)?(?:- +|\* +|export +|set +)?[\"']?"
    rf"([A-Za-z_][\w./-]*)[\"']?\s*{_SIGN}\s*)(.*)"
)
_DIRECTIVE = re.compile(r"(\A\s*(requirepass|masterauth)\s+)(\S.*)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?")
_WORTH_A_LOOK = re.compile(
    r"(?i)pass|pwd|pw\b|secret|token|cred|key|jwt|dsn|salt|auth|connection|docker|bearer|basic|://|"
    r"login|Data|value|-u\b|--user|\$|LS0tLS1|eyJ|xox|AKIA|npm_|gh\w_|glpat|AIza|sk-|hv[sb]\.|SG\.|"
    r"\{SHA|sig=|@|:\d+:|:\*:"
)


def is_secret(content: Mapping[str, object]) -> bool:
    """Is this a core Secret, whose data is hidden whole?"""
    return content.get("kind") == "Secret" and content.get("apiVersion") == "v1"


def redacted(content: Mapping[str, object]) -> Mapping[str, object]:
    """A copy without Secret data and without values whose key looks like a credential."""
    cleaned = _clean(content, "")
    return cleaned if isinstance(cleaned, dict) else {}


def value(leaf: tuple[str, ...], text: object, secret: bool) -> object:
    """One leaf's value, hidden where its resource or its key says so."""
    if secret and leaf and leaf[0] in ("data", "stringData"):
        return _hidden(text)
    if any(part in _OPAQUE for part in leaf):
        return _hidden(text)
    keys = [part for part in leaf if not part.startswith("[")] or [""]
    if keys[-1] in _VALUES and len(leaf) > 1:
        owner = leaf[-2]
        labelled = owner.startswith("[") and _label(owner[:-1].partition("=")[2])
        if labelled or ends_in_credential(owner):
            return _hidden(text)
    return _clean(text, keys[-1])


def text(line: str) -> str:
    """Free text without private keys, well-known tokens, and passwords in URLs and assignments."""
    if not _WORTH_A_LOOK.search(line):
        return line
    line = _BASE64_PEM.sub(_hidden_base64, _PEM.sub(HIDDEN, line))
    line = _as_yaml(line)
    line = _SHAPES.sub(HIDDEN, line)
    line = _URL_TOKEN.sub(f"{HIDDEN}@", _URL_USER.sub(rf"\1:{HIDDEN}@", line))
    line = _CURL_USER.sub(rf"\1:{HIDDEN}", _DSN.sub(rf"\1:{HIDDEN}@", line))
    line = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", line)
    line = _NETRC.sub(rf"\1 {HIDDEN}", _PGPASS.sub(rf"\1:{HIDDEN}", line))
    return "".join(_lines(line))


def lines(written: str, path: str) -> tuple[str, ...]:
    """The lines of a file, with what is secret in them hidden; none where lines would move.

    An env file and what a secretGenerator lists are all secret, as far as anybody can tell.
    """
    if path.endswith(".env") or "secretGenerator" in written:
        return ()
    found = text(written).splitlines()
    return tuple(found) if len(found) == len(written.splitlines()) else ()


# structure --------------------------------------------------------------------------------------


def _clean(value: object, key: str) -> object:
    if isinstance(value, Mapping):
        return {name: _child(value, str(name), child, key) for name, child in value.items()}
    if isinstance(value, list):
        return [
            _hidden(element) if position in _after_flags(value) else _clean(element, key)
            for position, element in enumerate(value)
        ]
    return _scalar(value, key)


def _scalar(value: object, key: str) -> object:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return value
    if is_credential(key, number=not isinstance(value, str)):
        nothing = isinstance(value, str) and _SAYS_NOTHING.fullmatch(value)
        return value if nothing else _hidden(value)
    if not isinstance(value, str) or key in _IMAGES:
        return value
    scheme = key.lower() == "authorization" and " " in value.strip()
    return HIDDEN if scheme or (key == "auth" and _is_user_and_password(value)) else text(value)


def _child(owner: Mapping[str, object], name: str, child: object, key: str) -> object:
    """What becomes of `owner[name]`, where `key` is the owner's own."""
    if _hides(owner, name, key):
        return _hidden(child)
    return child if _keeps(owner, name) else _clean(child, name)


def _hides(owner: Mapping[str, object], name: str, key: str) -> bool:
    """Is everything below `owner[name]` hidden, whatever it is called?"""
    if name in _OPAQUE or (name == "data" and (is_secret(owner) or key == "secretTemplates")):
        return True
    if name not in _VALUES:
        return False
    return ends_in_credential(key) or any(_label(owner.get(label)) for label in _LABELS)


def _keeps(owner: Mapping[str, object], name: str) -> bool:
    """An ExternalSecret's `secretKey` is the name of a key in the Secret it makes."""
    return name == "secretKey" and "remoteRef" in owner


def _label(name: object) -> bool:
    """`{name: DB_PASSWORD, value: …}`: the name says what the value is."""
    return isinstance(name, str) and (is_credential(name) or name.lower() == "authorization")


def _after_flags(values: list[object]) -> frozenset[int]:
    """Positions in a command line that follow a flag such as `--password`."""
    return frozenset(
        position + 1
        for position, word in enumerate(values)
        if isinstance(word, str) and re.fullmatch(r"--?[A-Za-z][\w-]*", word)
        if is_credential(word.lstrip("-"))
    )


def _hidden(value: object) -> object:
    """Hidden, but for what says nothing; the keys of a mapping stay."""
    if isinstance(value, Mapping):
        return {name: _hidden(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_hidden(child) for child in value]
    if isinstance(value, str):
        return value if _PLACEHOLDER.fullmatch(value) else HIDDEN
    return value if value is None or isinstance(value, bool) else HIDDEN


# text -------------------------------------------------------------------------------------------


def _as_yaml(text: str) -> str:
    """YAML or JSON inside a text: what is secret in it is cut out where it stands."""
    if "\n" not in text.strip() and not text.lstrip().startswith(("{", "[", "- ")):
        return text
    try:
        composed = yamltext.compose(text.encode("utf-8", "replace"), "")
        found = [edit for node in composed.documents for edit in _edits(composed, node, "")]
    except YamlError:
        return text
    data = composed.data
    for start, end, new in sorted(set(found), reverse=True):
        data = data[:start] + new.encode() + data[end:]
    return data.decode() if found else text


def _edits(text: yamltext.Text, node: Node, key: str) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, ScalarNode):
        return  # text that is no YAML
    if isinstance(node, MappingNode):
        content = yamltext.value(node)
        owner = content if isinstance(content, dict) else {}
        for name, _, child in yamltext.pairs(node):
            hides = _hides(owner, name, key)
            if not hides and _keeps(owner, name):
                continue
            yield from _edit(text, child, name, hides)
        return
    flags = _after_flags([yamltext.value(child) for child in node.value])
    for position, child in enumerate(node.value):
        yield from _edit(text, child, key, position in flags)


def _edit(text: yamltext.Text, node: Node, key: str, hides: bool) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, ScalarNode):
        old = yamltext.value(node)
        new = _hidden(old) if hides else _scalar(old, key)
        if new != old:
            span = text.span(node)
            yield span.start, span.end, _as_written(text.data[span.start : span.end], str(new))
    elif not hides:
        yield from _edits(text, node, key)
    else:
        children = node.value if not isinstance(node, MappingNode) else [v for _, v in node.value]
        for child in children:
            yield from _edit(text, child, key, True)


def _as_written(old: bytes, new: str) -> str:
    """A scalar's new text in the style of the old one."""
    if old.startswith((b"'", b'"')):
        return json.dumps(new, ensure_ascii=False)
    if not old.startswith((b"|", b">")):
        return new
    header, _, rest = old.decode("utf-8", "replace").partition("\n")
    ending = rest[len(rest.rstrip()) :]
    if new == HIDDEN:
        return new + ending
    indent = rest[: len(rest) - len(rest.lstrip())].rpartition("\n")[2]
    return f"{header}\n" + "\n".join(indent + line for line in new.rstrip().split("\n")) + ending


def _lines(text: str) -> Iterator[str]:
    """Assignments, a line at a time; below a key without a value also what is indented deeper."""
    below = -1  # indentation of that key
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        indent = len(bare) - len(bare.lstrip())
        match = _LINE.fullmatch(bare)
        if bare.strip() and indent <= below:
            below = -1
        if below >= 0 and bare.strip() and match is None:
            bare = f"{bare[:indent]}{HIDDEN}"
        elif match is not None and is_credential(match[2]):
            if not match[3] or _BLOCK.fullmatch(match[3]):
                below = indent
            bare = _or_hidden(match) if not _BLOCK.fullmatch(match[3]) else bare
        for pattern in (_DIRECTIVE, _FLAG, _ELEMENT):
            bare = pattern.sub(_or_hidden, bare)
        yield "".join(_assignments(bare)) + line[len(line.rstrip("\r\n")) :]


def _assignments(line: str) -> Iterator[str]:
    """`key=value` anywhere in a line; a value that is none is looked into."""
    at = 0
    while (match := _ASSIGNED.search(line, at)) is not None:
        yield line[at : match.end()]
        at = match.end()
        found = _VALUE.match(line, at) if is_credential(match[1]) else None
        if found is not None and not _SAYS_NOTHING.fullmatch(found[0]):
            yield HIDDEN
            at = found.end()
    yield line[at:]


def _or_hidden(match: re.Match[str]) -> str:
    """Groups: all before the value, the key in it, the value."""
    if not is_credential(match[2]) or _SAYS_NOTHING.fullmatch(match[3].strip()):
        return match[0]
    return match[1] + HIDDEN


def _hidden_base64(match: re.Match[str]) -> str:
    return HIDDEN if b"PRIVATE KEY" in _decoded(match[0]) else match[0]


def _is_user_and_password(value: str) -> bool:
    decoded = _decoded(value)
    return b":" in decoded and decoded.isascii()


def _decoded(value: str) -> bytes:
    compact = "".join(value.split())
    try:
        return base64.b64decode(compact[: len(compact) // 4 * 4], validate=True)
    except binascii.Error:
        return b""
