"""Names of fields, variables and flags → do they say that their value is a credential?"""

from __future__ import annotations

import re
from functools import lru_cache


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREDENTIALS = _set(
    "pass pw pwd password passwords passwd passphrase passcode secret secrets token tokens "
    "credential credentials creds jwt dsn salt apikey accesskey secretkey privatekey sharedkey "
    "masterkey authkey requirepass masterauth userpass rootpw dockerconfigjson dockercfg"
)
_ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey")
_KEY_MATERIAL = _set(
    "api access private secret encryption decryption signing master account storage auth license "
    "licence shared deploy ssh aes hmac session cookie app application webhook"
)
# last words that say: this is about a credential, not the credential
_NAMING = _set(
    "name names ref refs reference references path paths key keys file files filename mount mounts "
    "issuer url urls uri endpoint class type types kind store namespace ttl expiry expiration "
    "expires lifetime length min max policy enabled disabled provider audience audiences header "
    "headers second seconds minutes hours days interval template templates generator annotations "
    "labels version format encoding algorithm count size limit limits index field property id "
    "create required optional mode engine operator controller source sync objects parameters "
    "reload reloader"
)
# existingSecret, imagePullSecrets, tlsSecret
_NAMES_A_SECRET = _set("existing pull tls ssl ca cert certificate from use external sealed")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(key.rpartition("/")[2])]


def _names_credential(word: str) -> bool:
    return word in _CREDENTIALS or word.endswith(_ENDINGS)


@lru_cache(maxsize=16_384)  # a tree has some hundred keys, and asks of each of its values
def is_credential(key: str, *, number: bool = False) -> bool:
    """Does the key say that its value is a credential? Of a number only where it says just that."""
    words = _words(key)
    if not words or key.startswith("vault.hashicorp.com/agent-inject"):
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in ("secret", "secrets") and before in _NAMES_A_SECRET:
        return False
    if last in ("key", "keys") and before in _KEY_MATERIAL:
        return True
    if (before, last) in (("secret", "id"), ("connection", "string")):
        return True
    if number:
        return _names_credential(last) and not last.endswith("s")
    return last not in _NAMING and any(map(_names_credential, words))


def ends_in_credential(key: str) -> bool:
    """Is the last word the credential itself, so that `password: {value: …}` holds one?"""
    words = _words(key)
    return bool(words) and _names_credential(words[-1]) and is_credential(key)
