"""What a base says and what a copy said → the least that makes one of the other.

The ladder: fields of the kustomization, a strategic-merge patch, a JSON patch with its target and
`test` operations. What a rung is worth the engine says; here it is only written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import goyaml
from analyzer.diff import ABSENT, Element, Order, Step, ValueChange, apply, changes, leaves

Content = Mapping[str, object]
RUNGS = ("fields", "merge", "json6902")
_SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
_CONTAINERS = ("containers", "initContainers")
# Lists that a strategic merge takes element by element (k8s.io/api, patchStrategy=merge).
_KEYED = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "ports": ("containerPort", "port"),
    "secrets": ("name",),
}
_TESTED = 3  # leaves of a value up to which a `test` states all of it


@dataclass(frozen=True, slots=True)
class Patch:
    """What one overlay needs for one document. `text` is the patch file, "" for none.

    `target` goes with a JSON patch; `images` and `replicas` are entries of the kustomization.
    """

    form: str
    text: str = ""
    target: Content | None = None
    images: tuple[Content, ...] = ()
    replicas: tuple[Content, ...] = ()
    sets: tuple[str, ...] = ()  # pointers into the base of all that it changes


def patch(base: Content, copy: Content, rung: int) -> Patch | None:
    """The patch of a rung; None where that rung cannot say it."""
    found = changes(base, copy)
    if not found:
        return Patch("nothing")
    made = _patch(base, found, rung)
    return None if made is None else replace(made, sets=tuple(c.pointer for c in found))


def _patch(base: Content, found: Sequence[ValueChange], rung: int) -> Patch | None:
    if RUNGS[rung] == "json6902":
        return _json(base, found)
    made = _Fields()
    left = [c for c in found if not (RUNGS[rung] == "fields" and made.takes(base, c))]
    if RUNGS[rung] == "fields" and len(left) == len(found):
        return None  # the next rung says the same
    text = ""
    if left:
        merge = _merge(base, left)
        if merge is None:
            return None
        text = goyaml.dump(merge)
    form = "merge" if text else "fields"
    return Patch(form, text, None, tuple(made.images.values()), tuple(made.replicas))


# fields of the kustomization ----------------------------------------------------------------------


@dataclass(slots=True)
class _Fields:
    images: dict[str, Content] = field(default_factory=dict)
    replicas: list[Content] = field(default_factory=list)

    def takes(self, base: Content, change: ValueChange) -> bool:
        """Can `images` or `replicas` say it?"""
        path = change.path
        if path == ("spec", "replicas") and base.get("kind") in _SCALED:
            if isinstance(change.after, bool) or not isinstance(change.after, int):
                return False
            self.replicas.append({"name": _name(base), "count": change.after})
            return True
        container = len(path) > 2 and path[-1] == "image" and path[-3] in _CONTAINERS
        if not container or not isinstance(change.before, str) or not isinstance(change.after, str):
            return False
        old, new = _image(change.before), _image(change.after)
        if old["name"] != new["name"] or set(old) != set(new):
            return False
        entry = {"name": new["name"], **{_NEW[k]: v for k, v in new.items() if k != "name"}}
        return self.images.setdefault(new["name"], entry) == entry


_NEW = {"tag": "newTag", "digest": "digest"}


def _image(text: str) -> dict[str, str]:
    """Name, tag and digest of an image, as far as they are there."""
    name, _, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    found = {"name": head, "tag": tag, "digest": digest}
    return {k: v for k, v in found.items() if v}


# strategic merge ----------------------------------------------------------------------------------


def _merge(base: Content, found: Sequence[ValueChange]) -> dict[str, object] | None:
    """A partial object that says what is to differ, without a target."""
    metadata = base.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    made: dict[str, object] = {k: base[k] for k in ("apiVersion", "kind") if k in base}
    made["metadata"] = {k: named[k] for k in ("name", "namespace") if k in named}
    whole: dict[tuple[Step, ...], None] = {}
    for change in found:
        if change.path[:1] in (("apiVersion",), ("kind",)):
            return None
        if change.path[:2] in (("metadata", "name"), ("metadata", "namespace")):
            return None
        list_at = _whole_list(base, change)
        if list_at is not None:
            whole[list_at] = None
    for at in whole:
        value = _value_after(base, found, at)
        if not _put(made, base, at, value):
            return None
    for change in found:
        if any(change.path[: len(at)] == at for at in whole):
            continue
        value = {"$patch": "delete"} if change.after is ABSENT else change.after
        if change.after is ABSENT and not isinstance(change.path[-1], Element):
            value = None
        if not _put(made, base, change.path, value):
            return None
    return made


def _whole_list(base: Content, change: ValueChange) -> tuple[Step, ...] | None:
    """The path of the list that has to be written whole, because nothing keys its elements."""
    for at, step in enumerate(change.path):
        if isinstance(step, Element):
            name = change.path[at - 1] if at else ""
            if not _is_builtin(base) or name not in _KEYED:
                return change.path[:at]
    return change.path if change.is_order else None


def _is_builtin(base: Content) -> bool:
    group = str(base.get("apiVersion", "")).rpartition("/")[0]
    return "." not in group or group.endswith(".k8s.io")


def _value_after(base: Content, found: Sequence[ValueChange], at: tuple[Step, ...]) -> object:
    value: object = apply(found, base)
    for step in at:
        value = _child(value, step, after=True)
    return value


def _child(value: object, step: Step, after: bool = False) -> object:
    if isinstance(step, Element):
        position = step.after if after else step.before
        return value[position] if isinstance(value, list) and position is not None else None
    return value.get(step) if isinstance(value, Mapping) else None


def _put(made: dict[str, object], base: object, path: tuple[Step, ...], value: object) -> bool:
    """Write a value into the partial object, with the keys of the elements on the way."""
    here: dict[str, object] = made
    now: object = base
    for at, step in enumerate(path):
        last = at == len(path) - 1
        if isinstance(step, Element):
            return False  # a list is gone through with its name
        child = _child(now, step)
        nxt = path[at + 1] if not last else None
        if isinstance(nxt, Element):
            elements = child if isinstance(child, list) else []
            listed = here.setdefault(step, [])
            element = _keyed(listed, elements, str(step), nxt, path, at + 1, value)
            if element is None:
                return False
            if at + 2 == len(path):
                if isinstance(value, Mapping):
                    element.update(value)
                    return True
                return False
            rest = path[at + 2 :]
            inner = elements[nxt.before] if nxt.before is not None else None
            return _put(element, inner, rest, value)
        if last:
            here[step] = value
            return True
        below = here.setdefault(step, {})
        if not isinstance(below, dict):
            return False
        here, now = below, child
    return False


def _keyed(
    listed: object, elements: Sequence[object], name: str, step: Element,
    path: tuple[Step, ...], at: int, value: object,
) -> dict[str, object] | None:  # fmt: skip
    """The element of the patch; those before it are named too, so that their order stays."""
    if not isinstance(listed, list):
        return None
    if step.before is None:
        found = value if at == len(path) - 1 else None
        if not isinstance(found, Mapping):
            return None
        for one in elements:
            if _key_of(one, name) is None or _named(listed, one, name) is None:
                return None
        made: dict[str, object] = {}
        listed.append(made)
        return made
    for one in elements[: step.before + 1]:
        element = _named(listed, one, name)
        if element is None:
            return None
    return _named(listed, elements[step.before], name)


def _key_of(element: object, name: str) -> str | None:
    for key in _KEYED.get(name, ()):
        if isinstance(element, Mapping) and key in element:
            return key
    return None


def _named(listed: list[object], element: object, name: str) -> dict[str, object] | None:
    """The patch's own element for one of the base, made where it is not there yet."""
    key = _key_of(element, name)
    if key is None or not isinstance(element, Mapping):
        return None
    for one in listed:
        if isinstance(one, dict) and one.get(key) == element[key]:
            return one
    made: dict[str, object] = {key: element[key]}
    listed.append(made)
    return made


# JSON patch ---------------------------------------------------------------------------------------


def _json(base: Content, found: Sequence[ValueChange]) -> Patch | None:
    operations: list[Content] = []
    done: list[tuple[Step, ...]] = []
    for change in found:
        if change.path[:1] in (("apiVersion",), ("kind",)):
            return None
        at = _list_of(change)
        if at is not None:
            if at not in done:
                done.append(at)
                old, new = _at(base, at), _value_after(base, found, at)
                operations += _replaced(_pointer(at), old, new)
        elif not any(change.path[: len(d)] == d for d in done):
            operations += _operations(change)
    text = "".join(_operation(one) for one in operations)
    return Patch("json6902", text, target(base))


def _list_of(change: ValueChange) -> tuple[Step, ...] | None:
    """The list that gains, loses or turns elements: it is written whole."""
    if change.is_order:
        return change.path
    for at, step in enumerate(change.path):
        if isinstance(step, Element) and (step.before is None or step.after != step.before):
            return change.path[:at]
        last = at == len(change.path) - 1
        if isinstance(step, Element) and last and ABSENT in (change.before, change.after):
            return change.path[:at]
    return None


def _at(value: object, path: tuple[Step, ...]) -> object:
    for step in path:
        value = _child(value, step)
    return value


def _pointer(path: tuple[Step, ...]) -> str:
    parts = (str(s.before) if isinstance(s, Element) else s for s in path)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _operations(change: ValueChange) -> Iterator[Content]:
    pointer = _pointer(change.path)
    if change.before is ABSENT:
        yield {"op": "add", "path": pointer, "value": change.after}
    elif change.after is ABSENT:
        yield from _test(pointer, change.before)
        yield {"op": "remove", "path": pointer}
    else:
        yield from _replaced(pointer, change.before, change.after)


def _replaced(pointer: str, old: object, new: object) -> Iterator[Content]:
    yield from _test(pointer, old)
    yield {"op": "replace", "path": pointer, "value": new}


def _test(pointer: str, old: object) -> Iterator[Content]:
    """What has to be there, so that a base that moves on is noticed."""
    if not isinstance(old, Order) and len(leaves(old)) <= _TESTED:
        yield {"op": "test", "path": pointer, "value": old}


def _operation(one: Content) -> str:
    lines = goyaml.dump(one).splitlines(keepends=True)
    return "".join(("- " if not i else "  ") + line for i, line in enumerate(lines))


def target(base: Content) -> dict[str, object]:
    """Exactly this object: group, version, kind, name and, where it says so, namespace."""
    group, _, version = str(base.get("apiVersion", "")).rpartition("/")
    metadata = base.get("metadata")
    named = metadata if isinstance(metadata, Mapping) else {}
    made = {
        "group": group, "version": version, "kind": base.get("kind"),
        "name": re.escape(_name(base)).replace(r"\-", "-"), "namespace": named.get("namespace"),
    }  # fmt: skip
    return {key: value for key, value in made.items() if value}


def alone(target: Content) -> Content:
    """A target that no object of another namespace fits.

    One without a namespace fits those of all. For kustomize an object that says none is in
    `default` (resid.ResId.EffectiveNamespace), and no two of a build may be the same in all of it.
    """
    return {**target, "namespace": target.get("namespace", "default")}


def _name(base: Content) -> str:
    metadata = base.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, Mapping) else ""
