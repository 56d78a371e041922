"""What somebody typed → a rendered resource and fields of it: `deploy/web`, `spec.replicas`.

Resources as kubectl takes them: any case, singular, plural or short, `kind.group/name`. Fields as
reports print them (`spec.containers[name=app].image`), shorter (`containers[app]`), or as a JSON
pointer.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from analyzer.diff import element_names
from analyzer.errors import PlaceError
from analyzer.model import RenderedResource
from analyzer.shadows import Path, leaves
from analyzer.transforms import HASH, at

# kubectl api-resources, and of the objects that GitOps trees hold most
_SHORT = {
    "cj": "cronjob", "cm": "configmap", "crd": "customresourcedefinition", "deploy": "deployment",
    "ds": "daemonset", "ep": "endpoints", "gr": "gitrepository", "helm": "helmrelease",
    "hpa": "horizontalpodautoscaler", "hr": "helmrelease", "ing": "ingress",
    "ks": "kustomization", "limits": "limitrange", "netpol": "networkpolicy", "no": "node",
    "ns": "namespace", "pc": "priorityclass", "pdb": "poddisruptionbudget", "po": "pod",
    "pv": "persistentvolume", "pvc": "persistentvolumeclaim", "quota": "resourcequota",
    "rs": "replicaset", "sa": "serviceaccount", "sc": "storageclass", "sts": "statefulset",
    "svc": "service",
}  # fmt: skip


def resource(
    rendered: Sequence[RenderedResource], wanted: str, namespace: str | None = None
) -> int:
    """The position of the resource that is meant. Raises PlaceError with what is near."""
    kind, slash, name = wanted.partition("/")
    if not slash or not name:
        raise PlaceError(f"{wanted}: name a resource as KIND/NAME, such as deploy/web")
    word, _, group = kind.partition(".")
    found = [
        position
        for position, one in enumerate(rendered)
        if _is_kind(one, word, group)
        and name in (one.id.name, HASH.sub("", one.id.name))
        and namespace in (None, one.id.namespace)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(sorted(f"-n {rendered[at].id.namespace or '(none)'}" for at in found))
        raise PlaceError(f"{wanted}: is in more than one namespace; say which: {choices}")
    raise PlaceError(f"{wanted}: {_absent(rendered, wanted, namespace)}")


def _is_kind(one: RenderedResource, word: str, group: str) -> bool:
    kind, word = one.id.kind.casefold(), word.casefold()
    if group and not one.id.group.casefold().startswith(group.casefold()):
        return False
    plurals = (f"{kind}s", f"{kind}es", f"{kind[:-1]}ies" if kind.endswith("y") else kind)
    return word == kind or word in plurals or _SHORT.get(word) == kind


def _absent(rendered: Sequence[RenderedResource], wanted: str, namespace: str | None) -> str:
    where = f" in namespace {namespace}" if namespace is not None else ""
    names = list(dict.fromkeys(one.id.short for one in rendered))
    name = wanted.casefold().partition("/")[2]
    same = [one for one in names if one.casefold().partition("/")[2] == name]
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(wanted.casefold(), folded, 3, 0.5)
    listed = list(dict.fromkeys((*same[:3], *(folded[n] for n in near))))[:3]
    hint = f"did you mean {' or '.join(listed)}?" if listed else (
        f"there are {', '.join(names[:8])}{' …' if len(names) > 8 else ''}" if names
        else "nothing is rendered there"
    )  # fmt: skip
    return f"no such resource{where}; {hint}"


# fields -------------------------------------------------------------------------------------------


def fields(content: Mapping[str, object], wanted: str) -> tuple[Path, ...]:
    """The paths of the leaves at or below a field. Raises PlaceError with what is near.

    A field that is written in full stands for itself; one that is not, for every field that ends
    so, as long as that is one place.
    """
    every = [path for path, _ in leaves(content)]
    start = _pointed(content, wanted) if wanted.startswith("/") else _named(content, wanted)
    if start is not None:
        return tuple(path for path in every if path[: len(start)] == start)
    labels = {named(content, path): path for path in every}
    ending = [path for label, path in labels.items() if label.endswith(f".{wanted}")]
    if len(ending) == 1:
        return tuple(ending)
    if ending:
        listed = ", ".join(sorted(named(content, path) for path in ending)[:4])
        raise PlaceError(f"{wanted}: is more than one field; name one of {listed}")
    near = difflib.get_close_matches(wanted, labels, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "without a field all are listed"
    raise PlaceError(f"{wanted}: no such field; {hint}")


def absent(content: Mapping[str, object], wanted: str) -> Path | None:
    """The path of a field that is not there, in something that is; else None."""
    parent, dot, key = wanted.rpartition("/" if wanted.startswith("/") else ".")
    if not dot or not key:
        return None
    start: Path | None = ()
    if parent:
        start = _pointed(content, parent) if wanted.startswith("/") else _named(content, parent)
    return None if start is None or not isinstance(at(content, start), Mapping) else (*start, key)


def _named(content: object, wanted: str) -> Path | None:
    """A path out of `a.b[c].d`; keys with dots in them are tried whole."""
    for path in _walk(content, wanted, ()):
        return path
    return None


def _walk(value: object, rest: str, path: Path) -> Iterator[Path]:
    if not rest:
        yield path
        return
    rest = rest.removeprefix(".")
    if isinstance(value, Mapping):
        if rest.startswith("["):
            rest = rest[1:].replace("]", "", 1)
        keys = (key for key in value if rest == key or rest.startswith((f"{key}.", f"{key}[")))
        for key in sorted(keys, key=len, reverse=True):
            yield from _walk(value[key], rest[len(key) :], (*path, key))
    elif isinstance(value, list) and rest.startswith("["):
        selector, _, rest = rest[1:].partition("]")
        for index, item in enumerate(value):
            if _selected(value, path, index, item, selector):
                yield from _walk(item, rest, (*path, index))


def _selected(listed: list[object], path: Path, index: int, item: object, selector: str) -> bool:
    if selector in (str(index), "*"):
        return True
    name = element_names(listed, str(path[-1]) if path else "")[index]
    if name in (f"[{selector}]",) or name.partition("=")[2].removesuffix("]") == selector:
        return True
    if at(item, ("metadata", "name")) == selector:
        return True
    key, equals, wanted = selector.partition("=")
    return bool(equals) and isinstance(item, Mapping) and str(item.get(key)) == wanted


def _pointed(content: object, pointer: str) -> Path | None:
    path: Path = ()
    value = content
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        step: str | int = int(name) if isinstance(value, list) and name.isdigit() else name
        path = (*path, step)
        value = at(content, path)
        if value is None:
            return None
    return path


def named(content: object, path: Path) -> str:
    """`spec.containers[name=app].image`: a path as reports print it."""
    text = ""
    value = content
    field = ""
    for part in path:
        if isinstance(part, int) and isinstance(value, list):
            text += element_names(value, field)[part]
        else:
            field = str(part)
            text += (
                f".{field}"
                if text and not _DOTTED.search(field)
                else (f"[{field}]" if text else field)
            )
        value = at(value, (part,))
    return text


_DOTTED = re.compile(r"[.\[\]]")


def leaf(content: object, path: Path) -> tuple[str, ...]:
    """A path with list elements by their names, as `redact` and `diff` take it."""
    found: list[str] = []
    value = content
    for part in path:
        if isinstance(part, int) and isinstance(value, list):
            found.append(element_names(value, found[-1] if found else "")[part])
        else:
            found.append(str(part))
        value = at(value, (part,))
    return tuple(found)
