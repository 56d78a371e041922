"""Text from a tree → text that is safe where it lands: Markdown, HTML, a terminal, annotations."""

from __future__ import annotations

import html as _html
import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$^=:<>-])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def markdown(text: str) -> str:
    """Running text: nothing in it is markup, a link, a table's bar or a raw tag."""
    text = visible(" ".join(text.split()))
    return _MARKDOWN.sub(lambda match: f"&#{ord(match.group(1))};", text)


def code(text: str) -> str:
    """An HTML `<code>` element, which Markdown leaves alone inside tables too."""
    text = visible(" ".join(text.split()))
    inner = _html.escape(text).translate({ord(c): f"&#{ord(c)};" for c in "|`*_[]{}\\~$^:"})
    return f"<code>{inner}</code>"


def html(text: str) -> str:
    """Text or an attribute's value in HTML and SVG."""
    return _html.escape(visible(text), quote=True)


def visible(text: str) -> str:
    """Control and direction characters as `\\x1b`, so that they show and do nothing."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def terminal(text: str) -> str:
    """One line for a terminal: no escape sequence of the tree's own."""
    return visible(text.replace("\t", " ").replace("\n", " "))


def annotation(text: str) -> str:
    """The data of a GitHub workflow command (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """A property's value of a GitHub workflow command."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")
