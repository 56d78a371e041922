"""What of a resource is one environment's own: hosts, sizes, where secrets are, how much it says.

A base for a second environment does not have it; the overlay of the first one keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.classing import BY_ID
from analyzer.diff import Leaf, element_names, field_name

_KINDS = {
    "Secret": "is a secret",
    "SealedSecret": "is a secret of one cluster",
    "ExternalSecret": "says where one environment's secret is",
    "Issuer": "is an issuer of one environment",
    "ClusterIssuer": "is an issuer of one environment",
    "IPAddressPool": "holds addresses of one cluster",
    "AddressPool": "holds addresses of one cluster",
    "L2Advertisement": "advertises addresses of one cluster",
}
_RULES = ("host", "own-host", "secret-path", "cloud", "replicas", "resources", "storage")
_FIELDS = tuple(re.compile(BY_ID[id].fields) for id in _RULES)
_TALK = re.compile(
    r"(?i)(?:^|[.\]_-])(?:debug|log[-_]?level|verbosity|loglevel)$|cert-manager\.io/(?:cluster-)?issuer$"
)
_VARIABLE = re.compile(r"(?i)(?:^|[_.-])(?:debug|verbose|verbosity|log[_.-]?level)$")
_FLAG = re.compile(r"(?i)--?(?:debug|verbose|verbosity|v|(?:[\w-]+[.-])?log[.-]?level)(?:=.*)?")
_WHOLE = re.compile(r"(/spec/(?:rules|tls|hosts|dnsNames))(?:/|$)")
_KEPT = re.compile(r"/(?:apiVersion|kind|metadata/(?:name|namespace))")


def stays(content: Mapping[str, object]) -> str:
    """Why a resource is the environment's own as a whole; "" where it is not."""
    return _KINDS.get(str(content.get("kind", "")), "")


def leaves(content: Mapping[str, object], environment: str) -> Iterator[str]:
    """Pointers of what is the environment's own, each once."""
    seen: set[str] = set()
    talk = frozenset(_talk(content, ""))
    yield from sorted(talk)
    for pointer, leaf, value in _leaves(content, "", ()):
        if any(pointer.startswith(f"{one}/") or pointer == one for one in talk):
            continue
        if _KEPT.fullmatch(pointer) or not _is_local(leaf, value, environment):
            continue
        whole = _WHOLE.match(pointer)
        pointer = whole[1] if whole is not None else pointer
        if pointer not in seen:
            seen.add(pointer)
            yield pointer


def _talk(value: object, pointer: str) -> Iterator[str]:
    """Variables and flags of containers that say how much is said, each as a whole."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            token = str(key).replace("~", "~0").replace("/", "~1")
            yield from _talk(child, f"{pointer}/{token}")
    listed = pointer.rpartition("/")[2] if isinstance(value, list) else ""
    for number, child in enumerate(value if isinstance(value, list) else ()):
        if _talks(listed, child):
            yield f"{pointer}/{number}"
        else:
            yield from _talk(child, f"{pointer}/{number}")


def _talks(listed: str, element: object) -> bool:
    """Is this element of `env`, `args` or `command` about debugging or logging?"""
    if listed == "env":
        name = element.get("name") if isinstance(element, Mapping) else None
        return isinstance(name, str) and _VARIABLE.search(name) is not None
    told = listed in ("args", "command") and isinstance(element, str)
    return told and _FLAG.fullmatch(str(element)) is not None


def _is_local(leaf: Leaf, value: object, environment: str) -> bool:
    name = field_name(leaf)
    if _TALK.search(name) or any(pattern.search(name) for pattern in _FIELDS):
        return True
    words = re.findall(r"[a-z0-9]+", value.lower()) if isinstance(value, str) else []
    return environment.lower() in words


def _leaves(value: object, pointer: str, path: Leaf) -> Iterator[tuple[str, Leaf, object]]:
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            token = str(key).replace("~", "~0").replace("/", "~1")
            yield from _leaves(child, f"{pointer}/{token}", (*path, str(key)))
    elif isinstance(value, list) and value:
        names = element_names(value, path[-1] if path else "")
        for number, (name, child) in enumerate(zip(names, value, strict=True)):
            yield from _leaves(child, f"{pointer}/{number}", (*path, name))
    else:
        yield pointer, path, value
