"""Marked renders → the entries of kustomizations that match nothing, or change nothing.

Those of a Flux object's own spec too: Flux merges them into the kustomization it builds.

An entry is predicted dead where no root that reaches it shows any effect of it; what is predicted
is then proved by rendering without it (`proofs`). A prediction that a proof refutes is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import attribution, markedpatches, shadows, yamltext
from analyzer.diff import equal
from analyzer.marks import Directive, Mark
from analyzer.model import Content, Kustomization, RenderKey, Span
from analyzer.origins import Origins
from analyzer.provenance import Resource
from analyzer.transforms import is_matched
from analyzer.yamltext import YamlError

FIELDS = ("patches", "patchesstrategicmerge", "patchesjson6902", "images", "replicas",
          "replacements")  # fmt: skip
OF_SPEC = ("patches", "patchesStrategicMerge", "patchesJson6902", "images")  # of a Flux object
_ONE_VALUE = ("image", "replicas")


@dataclass(frozen=True, slots=True, order=True)
class Suspect:
    """An entry of a kustomization that may be dead, in the field it stands in.

    `label` is what a reader calls it: the file of a patch, the name of an image. `index` is its
    position in the spec of a Flux object; None for what stands in a kustomization file. `reason`
    is why one is suspected that leaves no marks; `finds`: it is for something, whatever it does.
    """

    span: Span
    root: str
    field: str
    label: str
    index: int | None = None
    reason: str = ""
    finds: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """An entry that does nothing in any root that reaches it, proved by rendering without it.

    `matches`: it finds something, and leaves it as it is. `overridden` is what sets all its fields
    to other values later, if one place does.
    """

    entry: Suspect
    matches: bool
    roots: tuple[str, ...]
    overridden: Span | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one root's marked render shows of entries: which left a mark, which had an effect."""

    present: frozenset[Span]
    alive: frozenset[Span]
    overridden: Mapping[Span, Span]

    def shared(self, alike: Mapping[Span, Span]) -> Evidence:
        """The same for entries of other objects that say just what marked ones say, by these."""
        over = {one: self.overridden[of] for one, of in alike.items() if of in self.overridden}
        return Evidence(
            self.present | {one for one, of in alike.items() if of in self.present},
            self.alive | {one for one, of in alike.items() if of in self.alive},
            {**self.overridden, **over},
        )


def written(kustomization: Kustomization, data: bytes | None) -> yamltext.Text | None:
    """A kustomization file with its positions; None where there is none that can be read."""
    if data is None or kustomization.generated:
        return None
    try:
        return yamltext.compose(data, kustomization.path)
    except YamlError:
        return None


def entries(kustomization: Kustomization, data: bytes | None) -> tuple[Suspect, ...]:
    """The entries of a kustomization file that can be dead."""
    text = written(kustomization, data)
    return (
        ()
        if text is None
        else tuple(
            Suspect(text.span(item), kustomization.root, key, _label(key.casefold(), item))
            for key, node in yamltext.fields(text.first).items()
            if key.casefold() in FIELDS
            for item in yamltext.items(node)
        )
    )


def of_spec(spec: Content, root: str, declared: Span, data: bytes | None) -> tuple[Suspect, ...]:
    """The entries of a Flux object's spec that can be dead, where they stand in its document.

    `spec` is what its cluster has. A list that something else sets or changes on the way there
    has no line of its own to remove: such an object's entries, and those of one that is in no
    file, are left out.
    """
    found = markedpatches.document(data, declared)
    if found is None:
        return ()
    text, node = found
    made: list[Suspect] = []
    for key in OF_SPEC:
        listed = spec.get(key)
        items = yamltext.items(yamltext.get(node, "spec", key))
        if not isinstance(listed, list) or len(listed) != len(items):
            continue
        for index, (item, one) in enumerate(zip(items, listed, strict=True)):
            if _is_written(yamltext.value(item), one):
                at, name = markedpatches.begin(text, item), key.casefold()
                made.append(Suspect(at, root, name, _label(name, item), index))
    return tuple(made)


_VARIABLE = re.compile(r"\$\{[^{}]*\}|\$\$")


def _is_written(written: object, there: object) -> bool:
    """Is this what a document says, its variables replaced?"""
    if isinstance(written, Mapping) and isinstance(there, Mapping):
        return written.keys() == there.keys() and all(
            _is_written(value, there[key]) for key, value in written.items()
        )
    if isinstance(written, list) and isinstance(there, list):
        return len(written) == len(there) and all(map(_is_written, written, there))
    if isinstance(written, str) and _VARIABLE.search(written):
        parts = map(re.escape, _VARIABLE.split(written))
        return re.fullmatch(".*".join(parts), str(there), re.DOTALL) is not None
    return equal(written, there)


def _label(field: str, item: yamltext.Node) -> str:
    def of(*keys: str) -> str:
        return yamltext.text_of(yamltext.get(item, *keys))

    if field == "images":
        return f"the entry for image {of('name')}"
    if field == "replicas":
        return f"the entry for {of('name')}"
    if field == "replacements":
        source = of("path") or f"{of('source', 'kind')}/{of('source', 'name')}"
        return f"the replacement from {source}"
    written = yamltext.text_of(item)
    path = of("path") or (written if "\n" not in written else "")
    target = "/".join(filter(None, (of("target", "kind"), of("target", "name"))))
    return f"patch {path}" if path else f"the patch for {target}" if target else "the inline patch"


def evidence(origins: Origins) -> Evidence:
    """What the marks in one render tell of the entries that its root reaches."""
    present: set[Span] = set()
    alive: set[Span] = set()
    overridden: dict[Span, Span] = {}
    for position, pair in enumerate(origins.pairs):
        resource = Resource(origins, pair)
        for path in pair.shadows:
            _weigh(resource, path, present, alive, overridden)
        for path, value in shadows.leaves(pair.resource.content):
            if path[-1] in _ONE_VALUE:
                _by_rule(origins, position, path, value, present, alive)
    for level in origins.levels.values():
        for below, above in level.restated:  # one image of both, which one entry is made of
            if above in present:
                present.add(below)
                overridden.setdefault(below, above)
    for removal in origins.marks.removals:
        present.add(removal.entry.span)  # it may have taken something away: only a proof tells
    return Evidence(frozenset(present), frozenset(alive), overridden)


def _weigh(
    resource: Resource, path: shadows.Path, present: set[Span], alive: set[Span],
    overridden: dict[Span, Span],
) -> None:  # fmt: skip
    """The writers of one leaf: the last counts where its value is another than all before it."""
    ranked = [mark for _, mark in resource.everyone(path)]
    winner = resource.origins.marks.by_id.get(resource.pair.shadows[path].winner or "")
    for number, mark in enumerate(ranked):
        if mark.entry is None:
            continue
        present.add(mark.entry.span)
        if is_matched(path) and mark.directive is Directive.MERGE_PATCH:
            continue  # a patch says it to be matched, and sets nothing by it
        earlier = [other for other in ranked[number + 1 :] if other.entry != mark.entry]
        if isinstance(mark.value, list) or mark is winner or winner is None:
            if not any(_same(mark, other) for other in earlier):
                alive.add(mark.entry.span)
        elif winner.entry != mark.entry:
            overridden.setdefault(mark.entry.span, winner.at)


def _same(mark: Mark, other: Mark) -> bool:
    if mark.directive is Directive.REPLACEMENT or other.directive is Directive.REPLACEMENT:
        return False
    return equal(mark.value, other.value)


def _by_rule(
    origins: Origins, position: int, path: shadows.Path, value: object,
    present: set[Span], alive: set[Span],
) -> None:  # fmt: skip
    """`images` and `replicas`: what they made of a value, step by step."""
    found = attribution.explain_field(origins, position, path, value)
    made = found.steps[: found.made_by]
    chain = (*made, *found.overrides)
    for number, step in enumerate(made):
        if step.directive not in (Directive.IMAGES, Directive.REPLICAS):
            continue
        entry = _entry(origins, step.at)
        if entry is None:
            continue
        present.add(entry)
        before = chain[number + 1].value if number + 1 < len(chain) else None
        if not equal(before, step.value):
            alive.add(entry)


def _entry(origins: Origins, at: Span) -> Span | None:
    """The entry of `images` or `replicas` that a place is part of."""
    for level in origins.levels.values():
        for image in level.images:
            if image.entry.path == at.path and image.entry.start <= at.start <= image.entry.end:
                return image.entry
        for _, count in level.replicas:
            if count.at == at:
                return count.entry
    return None


def suspects(
    reached: Mapping[RenderKey, Iterable[Suspect]], shown: Mapping[RenderKey, Evidence]
) -> tuple[Suspect, ...]:
    """The entries that every render which reaches them shows to be without effect.

    `reached` has the entries below each render's root, also of those that failed: what they reach
    is not judged.
    """
    judged: dict[Suspect, bool] = {}
    for key, listed in reached.items():
        for entry in listed:
            dead = key in shown and entry.span not in shown[key].alive
            judged[entry] = judged.get(entry, True) and dead
    return tuple(sorted(entry for entry, dead in judged.items() if dead))


def verdicts(
    proved: Iterable[Suspect],
    reached: Mapping[RenderKey, Iterable[Suspect]],
    shown: Mapping[RenderKey, Evidence],
) -> Iterator[Dead]:
    """What is said of the entries that are proved to do nothing."""
    for entry in sorted(proved):
        keys = [key for key, listed in reached.items() if entry in listed and key in shown]
        matches = entry.finds or any(entry.span in shown[key].present for key in keys)
        over = {shown[key].overridden.get(entry.span) for key in keys}
        only = next(iter(over)) if len(over) == 1 else None
        yield Dead(entry, matches, tuple(sorted({key.root for key in keys})), only)
