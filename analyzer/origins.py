"""A render and its marked twin → everything that attribution of its fields looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer import levels, yamltext
from analyzer.levels import Level, Ways
from analyzer.marked import Extra
from analyzer.marks import Directive, Entry, Mark, Marks
from analyzer.model import Kustomization, RenderedResource, Span
from analyzer.shadows import Pair, Path, Shadow
from analyzer.transforms import HASH, selects

Data = Callable[[str], bytes | None]
DATA = (Directive.LITERAL, Directive.FILE, Directive.ENV)


@dataclass(frozen=True, slots=True)
class Origins:
    """What attribution of one root's render needs; `pairs` are in the order of the render."""

    root: str
    kustomizations: Mapping[str, Kustomization]  # of its closure
    levels: Mapping[str, Level]
    ways: Ways
    marks: Marks
    pairs: tuple[Pair, ...]
    documents: Documents
    holders: Mapping[str, tuple[str, ...]]  # file → who lists it
    names: Names


def origins(
    root: str,
    kustomizations: Mapping[str, Kustomization],
    marks: Marks,
    pairs: tuple[Pair, ...],
    data: Data,
    *,
    extra: Extra | None = None,
    added: Sequence[str] = (),
) -> Origins:
    """`kustomizations` are those of the root's closure, `data` reads a file of the tree.

    `extra` is what a Flux object adds to the root, `added` the Components among it.
    """
    made = {
        name: levels.level(k, data, extra if name == root else None)
        for name, k in kustomizations.items()
    }
    named = {entry: name.value for level in made.values() for name, _, entry in level.generators}
    return Origins(
        root,
        kustomizations,
        made,
        Ways(root, kustomizations, tuple(added)),
        marks,
        pairs,
        Documents(data),
        levels.holders(kustomizations),
        Names.of(pairs, marks, named),
    )


def writers(shadow: Shadow | None, marks: Marks) -> list[Mark]:
    """The marks of everything that wrote a leaf, in no order."""
    ids = () if shadow is None else shadow.writers
    return [marks.by_id[name] for name in ids if name in marks.by_id]


def generated_by(pair: Pair, marks: Marks) -> Entry | None:
    """The generator entry whose data is in a resource."""
    for path, shadow in pair.shadows.items():
        if path[0] in ("data", "binaryData"):
            for mark in writers(shadow, marks):
                if mark.directive in DATA and mark.entry is not None:
                    return mark.entry
    return None


# names --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Names:
    """The resources of a render by the name they have, with the one they were written with."""

    by_name: Mapping[str, tuple[tuple[str, int], ...]]  # final name → (written, position)
    resources: tuple[RenderedResource, ...]

    @classmethod
    def of(cls, pairs: Iterable[Pair], marks: Marks, named: Mapping[Entry, str]) -> Names:
        """`named` are the names that generator entries give."""
        found: dict[str, list[tuple[str, int]]] = {}
        resources = []
        for position, pair in enumerate(pairs):
            entry = generated_by(pair, marks)
            written = named.get(entry) if entry is not None else None
            written = written or written_name(pair, marks)
            found.setdefault(pair.resource.id.name, []).append((written, position))
            resources.append(pair.resource)
        return cls({name: tuple(listed) for name, listed in found.items()}, tuple(resources))

    def renamed(self, written: str, final: str) -> int | None:
        """The position of the resource that was written as one name and came out as the other."""
        return next((at for name, at in self.by_name.get(final, ()) if name == written), None)

    def called(self, name: str) -> tuple[int, ...]:
        """The positions of the resources that have this name in the render."""
        return tuple(position for _, position in self.by_name.get(name, ()))

    def selected(self, source: Mapping[str, object]) -> Iterator[int]:
        """The positions of what a replacement's source selects, by written or final name."""
        for final, listed in self.by_name.items():
            for written, position in listed:
                if self._selected(source, final, written, self.resources[position]):
                    yield position

    def _selected(
        self, source: Mapping[str, object], final: str, written: str, resource: RenderedResource
    ) -> bool:
        kind, name, namespace = (source.get(key) for key in ("kind", "name", "namespace"))
        return (
            (not kind or selects(str(kind), resource.id.kind))
            and (not name or str(name) in (final, written))
            and (not namespace or str(namespace) == resource.id.namespace)
        )


def written_name(pair: Pair, marks: Marks) -> str:
    """The name in the manifest; of a generated resource the name without its hash."""
    for mark in writers(pair.shadows.get(("metadata", "name")), marks):
        if mark.entry is None and isinstance(mark.value, str):
            return mark.value
    name = pair.resource.id.name
    return name if generated_by(pair, marks) is None else HASH.sub("", name)


# documents ----------------------------------------------------------------------------------------

_Leaves = Mapping[Path, tuple[Span, object]]


@dataclass(frozen=True, slots=True)
class Documents:
    """The leaves of documents as written, with their places; each file is read once."""

    data: Data
    _read: dict[str, list[tuple[int, int, _Leaves]]] = field(default_factory=dict)

    def at(self, inside: Span, path: Path) -> tuple[Span, object] | None:
        """The place and value of a leaf of the document that this line is in."""
        if inside.path not in self._read:
            self._read[inside.path] = list(self._documents(inside.path))
        for first, last, leaves in self._read[inside.path]:
            if first <= inside.line <= last:
                return leaves.get(path)
        return None

    def _documents(self, path: str) -> Iterator[tuple[int, int, _Leaves]]:
        try:
            text = yamltext.compose(self.data(path) or b"", path)
        except yamltext.YamlError:
            return
        for document in text.documents:
            first, last = document.start_mark.line + 1, document.end_mark.line + 1
            yield first, last, dict(_leaves(text, document, ()))


def _leaves(
    text: yamltext.Text, node: yamltext.Node, at: Path
) -> Iterator[tuple[Path, tuple[Span, object]]]:
    if len(at) > yamltext.MAX_DEPTH:
        return
    listed, named = yamltext.items(node), yamltext.fields(node)
    for index, item in enumerate(listed):
        yield from _leaves(text, item, (*at, index))
    for key, child in named.items():
        yield from _leaves(text, child, (*at, key))
    if not listed and not named:
        yield at, (text.span(node), yamltext.value(node))
