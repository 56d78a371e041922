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

HIDDEN = "(redacted)"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CREDENTIALS = frozenset(
    "pass pw pwd password passwords passwd passphrase passcode secret secrets token tokens "
    "credential credentials creds jwt dsn salt apikey accesskey secretkey privatekey sharedkey "
    "masterkey authkey requirepass masterauth userpass rootpw dockerconfigjson dockercfg "
    "authorization".split()
)
_ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey")
_KEY_MATERIAL = frozenset(
    "api access private secret encryption decryption signing master account storage auth license "
    "licence shared deploy ssh aes hmac session cookie app application webhook".split()
)
_NAMING = frozenset(
    "name names ref refs reference references path paths key keys file files filename mount mounts "
    "issuer url urls uri endpoint class type types kind store namespace ttl expiry expiration "
    "expires lifetime length min max policy enabled disabled provider audience audiences header "
    "headers second seconds minutes hours days interval template templates generator annotations "
    "labels version format encoding algorithm count size limit limits index field property id "
    "create required optional mode engine operator controller source sync objects parameters "
    "reload reloader".split()
)
_NAMES_A_SECRET = frozenset(
    "existing pull tls ssl ca cert certificate from use image registry external sealed kubernetes "
    "inject".split()
)
_VALUES = ("value", "default", "data", "plaintext", "plain", "literal", "raw", "content", "inline",
           "text", "string", "stringValue")  # fmt: skip
_LABELS = ("name", "key", "id", "parameter", "header")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OPAQUE = ("stringData", "binaryData", _LAST_APPLIED)  # hidden wherever they stand

_PLACEHOLDER = re.compile(
    r"""["']?(\$\{\w+\}|\$\(\w+\)|\{\{[^{}"'`]*\}\}|%\(\w+\)s|\(redacted\)|null|~|true|false)?["']?,?"""
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
_URL_USER = re.compile(r"(?<=://)([^\s:@/\"']*):(?!\d+[/\s])([^\s\"']+)@(?=[\w\[(.$-])")
_URL_TOKEN = re.compile(r"(?<=://)[^\s:@/\"']{20,}@")
_DSN = re.compile(r"\b([\w.-]+):([^\s@/:]+)@(?=(?:tcp|unix)\()")
_CURL_USER = re.compile(r"(?<!\S)((?:-u|--user)[ =][\"']?[^\s:\"']+):([^\s\"']+)")
_AUTHORIZATION = re.compile(
    r"(?i)\b(authorization[\"']?\s*[:=]?\s*[\"']?(?:basic|bearer|token)?|bearer)\s+"
    r"(?=[^\s\"']*\d|[^\s\"']*=)[^\s\"',;]{8,}"
)
_PGPASS = re.compile(r"(?m)^([^:\s/]+:(?:\d+|\*):[^:\s]*:[^:\s]+):(\S+)$")
_NETRC = re.compile(r"\b((?:machine|login)\s+\S+\s+(?:login\s+\S+\s+)?password)\s+\S+")
_ELEMENT = re.compile(r"<([\w.:-]+)>([^<>]+)(?=</)")
_FLAG = re.compile(r"(?<!\S)(--?([A-Za-z][\w-]*))[ \t]+(?!-)(\"[^\"]*\"|'[^']*'|\S+)")
_INLINE = re.compile(
    r"(([A-Za-z_][\w.-]*)[\"']?\s*(?:=>|:=|[:=])\s*)"
    r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\\".*?\\\"|[^\s;&,'\"}\]]+)"
)
_LINE = re.compile(
    r"(\s*(?:- +|\* +|export +|set +)?[\"']?)([A-Za-z_][\w./-]*)([\"']?\s*(?:=>|:=|[:=]))(\s*)(.*)"
)
_DIRECTIVE = re.compile(r"(\s*)(requirepass|masterauth)(\s+)(\S.*)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?")
_EMBEDDED_SECRET = re.compile(r"(?m)^[ \t]*[\"']?kind[\"']?:\s*[\"']?Secret[\"']?\s*$")
_WORTH_A_LOOK = re.compile(
    r"(?i)pass|pwd|pw\b|secret|token|cred|key|jwt|dsn|salt|auth|connection|docker|bearer|://|login|"
    r"kind|-u\b|--user|\$|LS0tLS1|eyJ|xox|AKIA|npm_|gh\w_|glpat|AIza|sk-|hv[sb]\.|SG\.|\{SHA|sig=|@"
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
        return HIDDEN
    if any(part in _OPAQUE for part in leaf):
        return _hidden(text)
    key = leaf[-1] if leaf else ""
    owners = leaf[-2:-1]
    while owners and key in _VALUES:
        label = owners[0].removeprefix("[").removesuffix("]")
        if label != owners[0]:
            label = label.partition("=")[2]
        if _credential(label):
            return _hidden(text)
        break
    key = next((part for part in reversed(leaf) if not part.startswith("[")), "")
    return _clean(text, key)


def text(line: str) -> str:
    """Free text without private keys, well-known tokens, and passwords in URLs and assignments."""
    if not _WORTH_A_LOOK.search(line):
        return line
    line = _PEM.sub(HIDDEN, line)
    line = _BASE64_PEM.sub(_hidden_base64, line)
    line = _json(line)
    line = _SHAPES.sub(HIDDEN, line)
    line = _URL_TOKEN.sub(f"{HIDDEN}@", _URL_USER.sub(rf"\1:{HIDDEN}@", line))
    line = _DSN.sub(rf"\1:{HIDDEN}@", line)
    line = _CURL_USER.sub(rf"\1:{HIDDEN}", line)
    line = _AUTHORIZATION.sub(rf"\1 {HIDDEN}", line)
    line = _NETRC.sub(rf"\1 {HIDDEN}", _PGPASS.sub(rf"\1:{HIDDEN}", line))
    return "".join(_lines(line))


# structure --------------------------------------------------------------------------------------


def _clean(value: object, key: str) -> object:
    if isinstance(value, Mapping):
        return {name: _child(value, str(name), child, key) for name, child in value.items()}
    if isinstance(value, list):
        return list(_elements(value, key))
    if _is_scalar(value) and _credential(key, number=not isinstance(value, str)):
        return _hidden(value)
    if isinstance(value, str):
        if key == "auth" and _is_user_and_password(value):
            return HIDDEN
        return text(value)
    return value


def _child(owner: Mapping[str, object], name: str, child: object, key: str) -> object:
    """What becomes of `owner[name]`; `key` is the owner's own."""
    if name in _OPAQUE or (name == "data" and (is_secret(owner) or key == "secretTemplates")):
        return _hidden(child)
    if name in _VALUES and (_last_is_credential(key) or _labelled(owner)):
        return _hidden(child)
    if name == "secretKey" and "remoteRef" in owner:
        return child  # an ExternalSecret: the key in the Secret it makes
    return _clean(child, name)


def _labelled(owner: Mapping[str, object]) -> bool:
    """`{name: DB_PASSWORD, value: …}`: the name says what the value is."""
    labels = (owner.get(label) for label in _LABELS)
    return any(isinstance(label, str) and _credential(label) for label in labels)


def _elements(values: list[object], key: str) -> Iterator[object]:
    """Of a command line also what follows a flag such as `--password`."""
    before: object = None
    for element in values:
        flag = isinstance(before, str) and re.fullmatch(r"--?[A-Za-z][\w-]*", before)
        hidden = flag and isinstance(element, str) and _credential(str(before).lstrip("-"))
        yield _hidden(element) if hidden else _clean(element, key)
        before = element


def _hidden(value: object) -> object:
    """Hidden, but for what says nothing; the keys of a mapping stay."""
    if isinstance(value, Mapping):
        return {name: _hidden(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_hidden(child) for child in value]
    if not _is_scalar(value) or (isinstance(value, str) and _PLACEHOLDER.fullmatch(value)):
        return value
    return HIDDEN


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


# keys -------------------------------------------------------------------------------------------


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(key.rpartition("/")[2])]


def _names_credential(word: str) -> bool:
    return word in _CREDENTIALS or word.endswith(_ENDINGS)


def _credential(key: str, *, number: bool = False) -> bool:
    """Does the key say that its value is a credential? Of a number only where it says nothing else."""
    words = _words(key)
    if not words or _NAMES_A_SECRET.intersection(words[:-1]):
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in ("key", "keys") and before in _KEY_MATERIAL:
        return True
    if (before, last) in (("secret", "id"), ("connection", "string")):
        return True
    if number:
        return _names_credential(last) and not last.endswith("s")
    return last not in _NAMING and any(map(_names_credential, words))


def _last_is_credential(key: str) -> bool:
    words = _words(key)
    return bool(words) and _names_credential(words[-1]) and _credential(key)


# text -------------------------------------------------------------------------------------------


def _json(text: str) -> str:
    """A JSON document inside a text: read, and written again only where it held something."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    cleaned = _clean(content, "")
    if cleaned == content:
        return text
    return json.dumps(cleaned, ensure_ascii=False, indent=2 if "\n" in text.strip() else None)


def _lines(text: str) -> Iterator[str]:
    """Assignments, a line at a time; also YAML blocks and lists that go over several."""
    secret = bool(_EMBEDDED_SECRET.search(text))
    below, whole = -1, False  # indentation of a key whose deeper lines are hidden, and all of them
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        ending = line[len(bare) :]
        indent = len(bare) - len(bare.lstrip())
        listed = bare.lstrip().startswith("- ") and indent == below and not whole
        if below >= 0 and bare.strip() and indent <= below and not listed:
            below = -1
        if below >= 0 and bare.strip() and (whole or not _LINE.fullmatch(bare)):
            mark = "- " if bare.lstrip().startswith("- ") else ""
            yield f"{bare[:indent]}{mark}{HIDDEN}{ending}"
            continue
        match = _LINE.fullmatch(bare)
        if match is not None:
            data = secret and match[2] in ("data", "stringData")
            hidden = _credential(match[2])
            if (data or hidden) and (not match[5] or _BLOCK.fullmatch(match[5])):
                below, whole = indent, data or bool(match[5])
            elif hidden and not _PLACEHOLDER.fullmatch(match[5].strip()):
                yield f"{match[1]}{match[2]}{match[3]}{match[4]}{HIDDEN}{ending}"
                continue
        bare = _DIRECTIVE.sub(rf"\1\2\3{HIDDEN}", bare)
        bare = _INLINE.sub(_assigned, bare)
        bare = _ELEMENT.sub(_element, _FLAG.sub(_flagged, bare))
        yield bare + ending


def _assigned(match: re.Match[str]) -> str:
    return _or_hidden(match, match[2], match[1], match[3])


def _flagged(match: re.Match[str]) -> str:
    return _or_hidden(match, match[2], f"{match[1]} ", match[3])


def _element(match: re.Match[str]) -> str:
    return _or_hidden(match, match[1], f"<{match[1]}>", match[2])


def _or_hidden(match: re.Match[str], key: str, before: str, value: str) -> str:
    if not _credential(key) or _PLACEHOLDER.fullmatch(value):
        return match[0]
    return before + HIDDEN


def _hidden_base64(match: re.Match[str]) -> str:
    return HIDDEN if b"PRIVATE KEY" in _decoded(match[0]) else match[0]


def _is_user_and_password(value: str) -> bool:
    return b":" in _decoded(value) and _decoded(value).isascii()


def _decoded(value: str) -> bytes:
    compact = "".join(value.split())
    try:
        return base64.b64decode(compact[: len(compact) // 4 * 4], validate=True)
    except binascii.Error:
        return b""
