"""Rendered content → the same without secrets. All output passes here."""

from __future__ import annotations

import re
from collections.abc import Mapping

HIDDEN = "(redacted)"
_SECRET_KEY = re.compile(
    r"(passwd|password|passphrase|secret|token|api[-_.]?key|private[-_.]?key|credential|"
    r"access[-_.]?key|client[-_.]?secret|encryption[-_.]?key|auth[-_.]?key|dockerconfigjson)",
    re.I,
)
_NAMES_A_SECRET = re.compile(
    r"(name|ref|refs|path|key|file|mount|issuer|url|class|type|store|namespace|ttl|expiry|"
    r"expiration|lifetime|length|policy|enabled|provider|audience|header|s)$",
    re.I,
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
)
_URL_USER = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)@")
_ASSIGNMENT = re.compile(
    r"(?im)^(\s*[\w.-]*(?:passwd|password|passphrase|secret|token|api[-_.]?key|private[-_.]?key)[\w.-]*"
    r"\s*[:=]\s*)(?!\s*$)(?![|>{\[$]).+$"
)


def is_secret(content: Mapping[str, object]) -> bool:
    """Is this a core Secret, whose data is hidden whole?"""
    return content.get("kind") == "Secret" and content.get("apiVersion") == "v1"


def redacted(content: Mapping[str, object]) -> Mapping[str, object]:
    """A copy without Secret data and without values whose key looks like a credential."""
    if is_secret(content):
        return {
            key: _hidden(value) if key in ("data", "stringData") else _clean(value, key)
            for key, value in content.items()
        }
    cleaned = _clean(content, "")
    return cleaned if isinstance(cleaned, dict) else {}


def value(leaf: tuple[str, ...], text: object, secret: bool) -> object:
    """One leaf's value, hidden where its resource or its key says so."""
    if secret and leaf and leaf[0] in ("data", "stringData"):
        return HIDDEN
    return _clean(text, leaf[-1] if leaf else "")


def text(line: str) -> str:
    """Free text without private keys and passwords in URLs and assignments."""
    line = _URL_USER.sub(rf"\1:{HIDDEN}@", _PEM.sub(HIDDEN, line))
    return _ASSIGNMENT.sub(rf"\g<1>{HIDDEN}", line)


def _hidden(value: object) -> object:
    if isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    return HIDDEN if value is not None else None


def _clean(value: object, key: str) -> object:
    if isinstance(value, Mapping):
        if _is_env_of_secret(value):
            return {**value, "value": HIDDEN}
        return {name: _clean(child, str(name)) for name, child in value.items()}
    if isinstance(value, list):
        return [_clean(child, key) for child in value]
    if isinstance(value, str):
        if value and _credential(key):
            return HIDDEN
        return text(value)
    return value


def _credential(key: str) -> bool:
    return bool(_SECRET_KEY.search(key)) and not _NAMES_A_SECRET.search(key)


def _is_env_of_secret(value: Mapping[str, object]) -> bool:
    """`{name: DB_PASSWORD, value: …}`: the name says what the value is."""
    name = value.get("name")
    return isinstance(name, str) and isinstance(value.get("value"), str) and _credential(name)
