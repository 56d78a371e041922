"""What a render leaves out → all that would be done to it, in the engine's order. Pure.

An entry that moves to a base no longer reaches what an overlay brings, and a patch that comes after
a kustomize Component wins over it: none of that can be seen where they are left out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from analyzer import yamltext
from analyzer.changes import digest
from analyzer.diff import canonical
from analyzer.model import Field, Kustomization, Reference, Rendered, RenderedResource
from analyzer.snapshot import Snapshot
from analyzer.yamltext import YamlError

PATCHES = ("patchesStrategicMerge", "patches", "patchesJson6902")
# in the order in which kustomize applies them; what it reads before and after that comes last
FIELDS = (
    "patchesStrategicMerge", "patches", "namespace", "namePrefix", "nameSuffix", "labels",
    "commonLabels", "commonAnnotations", "patchesJson6902", "replicas", "images", "replacements",
    "transformers", "vars", "configurations", "crds", "openapi", "sortOptions", "buildMetadata",
)  # fmt: skip
_CHANGING = (Field.COMPONENTS, Field.TRANSFORMERS)  # these see what is here, too

Read = Callable[[str], bytes | None]
Step = tuple[str, str]  # (field, entry); ("", …) stands for what is left out itself


def steps(seen: Snapshot, read: Read, rendering: Rendered, omitted: Reference) -> list[Step]:
    """All that is applied to what an omitted entry brings, and, where it would change what is
    here, to that: of patches only those that may find something else than they do here.
    """
    return list(_Walk(seen, read, rendering, omitted).of(rendering.key.root, ()))


class _Walk:
    def __init__(self, seen: Snapshot, read: Read, rendering: Rendered, omitted: Reference) -> None:
        self.seen, self.read, self.omitted = seen, read, omitted
        self.here = rendering.resources
        self.changes = omitted.field in _CHANGING

    def of(self, root: str, way: tuple[str, ...]) -> Iterator[Step]:
        """What a root does to what it or one below it leaves out."""
        kustomization = self.seen.graph.kustomizations.get(root)
        if kustomization is None or root in way:
            return
        for edge in self._in_order(kustomization):
            target = edge.target or ""
            if edge == self.omitted:
                yield "", edge.written
            elif edge in self.seen.graph.upstream.get(root, ()) and (
                edge.field is Field.COMPONENTS or self._brings(target)
            ):
                yield from self.of(target, (*way, root))
        for field in FIELDS:
            value = kustomization.settings.get(field)
            for item in value if isinstance(value, list) else [value]:
                if item is not None and not self._is_of_here(field, item):
                    yield field, self._said(root, item)

    def _in_order(self, kustomization: Kustomization) -> Iterator[Reference]:
        """First what makes resources, then kustomize Components."""
        for components in (False, True):
            for reference in kustomization.references:
                if (reference.field is Field.COMPONENTS) is components:
                    yield reference

    def _brings(self, root: str) -> bool:
        return self.omitted.source in self.seen.graph.closure(root)

    def _is_of_here(self, field: str, item: object) -> bool:
        """Is it a patch that finds what is here, and can find nothing else?"""
        if field not in PATCHES or self.changes:
            return False
        target = item.get("target") if isinstance(item, Mapping) else None
        if target is None:
            return True  # it names its object, and else would be left out itself
        return isinstance(target, Mapping) and any(_is_exactly(target, r) for r in self.here)

    def _said(self, root: str, item: object) -> str:
        """An entry, with the text of the file it names in place of its path."""
        if isinstance(item, Mapping) and isinstance(item.get("path"), str):
            return canonical({**item, "path": self._text(root, item["path"])})
        if isinstance(item, str) and "\n" not in item:
            return self._text(root, item)
        return canonical(item)

    def _text(self, root: str, written: str) -> str:
        path = posixpath.normpath(posixpath.join(root, written))
        data = self.read(path)
        if data is None:
            return written
        try:
            return canonical(yamltext.parse(data))
        except YamlError:
            return digest(data)


def _is_exactly(target: Mapping[object, object], resource: RenderedResource) -> bool:
    """Does a target say which object it means, in all that tells it from others?

    An object that says no namespace is in `default` for kustomize.
    """
    id = resource.id
    said = {name: str(target.get(name, "")).replace("\\", "") for name in ("kind", "name")}
    space = str(target.get("namespace", ""))
    same = space in (id.namespace, "" if id.namespace else "default") and bool(space)
    return said == {"kind": id.kind, "name": id.name} and same and bool(target.get("version"))
