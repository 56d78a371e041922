"""Text from a tree → text that is safe where it lands: Markdown, HTML, a terminal, annotations."""

from __future__ import annotations

import html as _html
import re

_MARKDOWN = re.compile(
    r"[&\\`*{}\[\]|~$^<>]"  # markup wherever it stands
    r"|(?<![A-Za-z0-9])[_-]|[_-](?![A-Za-z0-9])"  # not inside a word, as in kube-system
    r"|\A[#+!=:(]|[+=](?=[+=])|(?<=[+=])[+=]|#(?=[\w\[])"  # at the start, doubled, or an issue
    r"|:(?=//|:|[\w+-]+:)|(?<=:):|@(?=\w)"  # a URL, an emoji, a mention
    r"|(?<=www)\.|(?<=[0-9])[.)](?= |\Z)",
    re.I,
)
_INLINE = {ord(c): f"&#{ord(c)};" for c in "|`*_[]{}()\\~$^:!#+="}
_QUOTED = {**_INLINE, ord('"'): "&quot;", ord("'"): "&#39;"}
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # unseen, and turning
    "\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"  # bytes that are no UTF-8 in a file name; tags
)
_FIELD_PART = re.compile(r"(&#91;|(?<=[\w;])\.|(?<!<)/)", re.A)
_VALUE_PART = re.compile(r"(&#58;|(?<!<)/|@)(?=\w)", re.A)
_COMMAND = re.compile(r"\A(\s*):(?=:)|#(?=#\[)")


def markdown(text: str) -> str:
    """Running text: nothing in it is markup, a link, a table's bar or a raw tag."""
    text = visible(" ".join(text.split()))
    return _MARKDOWN.sub(lambda match: f"&#{ord(match.group())};", text)


def prose(text: str) -> str:
    """Our own sentences: what stands between backticks is code, the rest is text."""
    parts = text.split("`")
    return "".join(code(part) if i % 2 else _spaced(part) for i, part in enumerate(parts))


def _spaced(text: str) -> str:
    """Running text with the blank that parts it from code beside it."""
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{markdown(text)}{' ' * (after and bool(text.strip()))}"


def code(text: str) -> str:
    """An HTML `<code>` element, which Markdown leaves alone inside tables too."""
    inner = _html.escape(visible(" ".join(text.split())), quote=False)
    return f"<code>{inner.translate(_INLINE)}</code>"


def html(text: str) -> str:
    """Text or an attribute's value in HTML and SVG; in a Markdown page nothing in it is markup."""
    return _html.escape(visible(text), quote=False).translate(_QUOTED)


def path(text: str) -> str:
    """A path in HTML, that may go on in the next line after each slash."""
    return html(text).replace("/", "/<wbr>")


def field(text: str) -> str:
    """A field's name as code, that may go on in the next line after each part."""
    return _FIELD_PART.sub(r"<wbr>\1", code(text))


def value(text: str) -> str:
    """A value as code; an image or a URL may go on in the next line after each part."""
    return _VALUE_PART.sub(r"\1<wbr>", code(text))


def visible(text: str) -> str:
    """Control and direction characters as `\\x1b` or `\\u202e`: they show and do nothing."""
    return _CONTROL.sub(lambda match: _code_point(ord(match.group())), text)


def _code_point(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def terminal(text: str) -> str:
    """One line for a terminal: no escape sequence, and no workflow command, of the tree's own."""
    line = visible(text.replace("\t", " ").replace("\n", " "))
    return _COMMAND.sub(
        lambda match: f"{match.group(1) or ''}\\x{ord(match.group()[-1]):02x}", line
    )


def annotation(text: str) -> str:
    """The data of a GitHub workflow command (actions/toolkit, command.ts)."""
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def annotation_property(text: str) -> str:
    """A property's value of a GitHub workflow command."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")
