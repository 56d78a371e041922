"""One kustomization file → its settings with shadows in all that it sets by a value.

Patches that stand in files are written into the entry that names them, so that one file used twice
has two sets of marks; generators get literals, replacements get twins.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer import preparing, yamltext
from analyzer.markedpatches import begin, patch_text, target_of
from analyzer.marking import is_marked_key, placed, shadows
from analyzer.marks import WINNER, WRITER, Directive, Entry, Marks
from analyzer.model import Kustomization, Link, Scratch, Span, Status
from analyzer.preparing import Less
from analyzer.yamltext import MappingNode, Node, SequenceNode, Text, YamlError


@dataclass(slots=True)
class Marking:
    """A copy being marked: what is read, and every mark so far."""

    scratch: Scratch
    kustomizations: Mapping[str, Kustomization]
    dropped: tuple[Span, ...] = ()
    marks: Marks = field(default_factory=Marks)

    def data(self, path: str | None) -> bytes | None:
        data = self.scratch.files.get(path) if path is not None else None
        if isinstance(data, Link):
            end = posixpath.normpath(posixpath.join(posixpath.dirname(str(path)), data.target))
            return self.data(end)
        return data


@dataclass(frozen=True, slots=True)
class File:
    """A kustomization file that is being marked."""

    work: Marking
    kustomization: Kustomization
    text: Text

    def settings(self) -> dict[str, object]:
        node = self.text.first
        less = Less.of(self.kustomization, self.work.dropped, self.work.scratch)
        found = preparing.without(self.text, node, less) if node is not None else {}
        for key, child in yamltext.fields(node).items():
            if key not in found:
                continue
            match key.casefold():
                case "commonlabels":
                    found[key] = self._pairs(key, child, Directive.LABELS)
                case "commonannotations":
                    found[key] = self._pairs(key, child, Directive.ANNOTATIONS)
                case "labels" | "patches" | "patchesstrategicmerge" | "patchesjson6902" | \
                        "configmapgenerator" | "secretgenerator" | "replacements":  # fmt: skip
                    found[key] = self._entries(key, child, found[key], less)
                case "generatoroptions":
                    found[key] = self._options(found[key], child, self._entry(key, 0, child))
        metadata = found.get(preparing.METADATA)
        if not isinstance(metadata, list):
            found[preparing.METADATA] = [preparing.ORIGINS]
        return found

    def _entry(self, key: str, index: int, node: Node) -> Entry:
        return Entry(self.kustomization.root, key.casefold(), index, self.text.span(node))

    def _entries(self, key: str, node: Node, kept: object, less: Less) -> object:
        """A list of entries with their marks; those left out as `preparing` has them."""
        if not isinstance(node, SequenceNode) or not isinstance(kept, list):
            return kept
        made: list[object] = []
        merges = key.casefold() == "patchesstrategicmerge"
        for index, item in enumerate(node.value):
            span = self.text.span(item)
            if span not in less.out:
                made.extend(self._one(key.casefold(), item, self._entry(key, index, item)))
            elif not merges:
                made.extend(map(preparing.targeted, less.patches.get(span, ())))
        own = sum(
            1 if span not in less.out else 0 if merges else len(less.patches.get(span, ()))
            for span in map(self.text.span, node.value)
        )
        return [*kept[: max(0, len(kept) - own)], *made]

    def _one(self, key: str, node: Node, entry: Entry) -> Iterator[object]:
        value = yamltext.value(node, settings=True)
        match key:
            case "labels" if isinstance(value, dict):
                pairs = yamltext.get(node, "pairs")
                yield {**value, "pairs": self._pairs("pairs", pairs, Directive.LABELS, entry)}
            case "patches" | "patchesjson6902" if isinstance(value, dict):
                yield self._patch(node, value, entry)
            case "patchesstrategicmerge" if isinstance(value, str):
                yield self._merge(node, value, entry)
            case "configmapgenerator" | "secretgenerator" if isinstance(value, dict):
                yield self._generator(node, value, entry)
            case "replacements" if isinstance(value, dict):
                yield from self._replacement(node, value, entry)
            case _:
                yield value

    def _pairs(
        self, key: str, node: Node | None, directive: Directive, entry: Entry | None = None
    ) -> dict[str, object]:
        """A map of labels or annotations with shadows beside each."""
        found: dict[str, object] = {}
        if node is None:
            return found
        entry = entry or self._entry(key, 0, node)
        for name, child in yamltext.fields(node).items():
            value = yamltext.value(child, settings=True)
            if is_marked_key(name):
                at = placed(self.text, child, child, None)
                found |= shadows(name, self.work.marks.add(at, directive, value, entry=entry))
            found[name] = value
        return found

    # patches

    def _patch(self, node: Node, value: dict[str, object], entry: Entry) -> object:
        path, inline = yamltext.get(node, "path"), yamltext.get(node, "patch")
        target = value.get("target")
        of = target_of(target) if isinstance(target, Mapping) else {}
        entry = replace(entry, by_namespace="namespace" in of)
        rest = {k: v for k, v in value.items() if k.casefold() not in ("path", "patch")}
        if inline is not None and yamltext.text_of(inline):
            made = patch_text(self._inline(inline), self.work.marks, entry, of,
                              begin(self.text, inline))  # fmt: skip
        else:
            made = self._from_file(path, entry, of)
        return value if made is None else {**rest, "patch": made}

    def _merge(self, node: Node, value: str, entry: Entry) -> object:
        made = self._from_file(node, entry, {})
        if made is None:
            made = patch_text(value.encode(), self.work.marks, entry, {}, begin(self.text, node))
        return made if made is not None else value

    def _from_file(self, node: Node | None, entry: Entry, of: Mapping[str, object]) -> str | None:
        path = self._file(node)
        data = self.work.data(path)
        if data is None or path is None:
            return None
        made = patch_text(data, self.work.marks, entry, of, None, path)
        # kustomize trims a patch that is a text, and with it the last newline of a block scalar
        return f"{made}#" if made is not None and made.endswith("\n") else made

    def _inline(self, node: Node) -> bytes:
        return str(node.value).encode()

    def _file(self, node: Node | None) -> str | None:
        """The file that an entry names; None where it names none."""
        if node is None:
            return None
        span = self.text.span(node)
        references = self.kustomization.references
        return next((r.target for r in references if r.span == span and r.status is Status.FILE),
                    None)  # fmt: skip

    # generators

    def _generator(self, node: Node, value: dict[str, object], entry: Entry) -> object:
        made = dict(value)
        literals = list(_list(value.get("literals")))
        for key, id_ in self._data(node, entry):
            literals += [f"{name}={one}" for name, one in shadows(key, id_).items()]
        if literals:
            made["literals"] = literals
        if isinstance(made.get("options"), dict):
            options = yamltext.get(node, "options")
            made["options"] = self._options(made["options"], options, entry)
        return made

    def _options(self, value: object, node: Node | None, entry: Entry) -> object:
        if not isinstance(value, dict) or node is None:
            return value
        made = dict(value)
        for name in ("labels", "annotations"):
            child = yamltext.get(node, name)
            if isinstance(child, MappingNode):
                made[name] = self._pairs(name, child, Directive.OPTIONS, entry)
        return made

    def _data(self, node: Node, entry: Entry) -> Iterator[tuple[str, str]]:
        """(key, id) of everything a generator puts into its data."""
        add = self.work.marks.add
        for item in yamltext.items(yamltext.get(node, "literals")):
            key, equals, written = yamltext.text_of(item).partition("=")
            if equals:
                at = placed(self.text, item, item, None)
                yield key, add(at, Directive.LITERAL, _unquoted(written), entry=entry)
        for item in yamltext.items(yamltext.get(node, "files")):
            written = yamltext.text_of(item)
            key, equals, path = written.partition("=")
            key = key if equals else posixpath.basename(written)
            file = self._named(item, path if equals else written)
            data = self.work.data(file)
            if data is not None and file is not None:
                at = Span(file, 1, 1, 0, len(data))
                yield key, add(at, Directive.FILE, _text(data), entry=entry)
        single = yamltext.get(node, "env")
        for item in (*yamltext.items(yamltext.get(node, "envs")), *((single,) if single else ())):
            file = self._named(item, yamltext.text_of(item))
            data = self.work.data(file)
            if data is not None and file is not None:
                for key, value, at in _env_file(data, file):
                    yield key, add(at, Directive.ENV, value, entry=entry)

    def _named(self, node: Node, written: str) -> str | None:
        span = self.text.span(node)
        for reference in self.kustomization.references:
            same = reference.written == written and reference.status is Status.FILE
            if same and (reference.span == span or reference.entry is not None):
                return reference.target
        return None

    # replacements

    def _replacement(self, node: Node, value: dict[str, object], entry: Entry) -> Iterator[object]:
        path = yamltext.get(node, "path")
        listed: list[object] = [value]
        if path is not None:
            data = self.work.data(self._file(path))
            try:
                text = yamltext.compose(data or b"", str(self._file(path)))
                read = [yamltext.value(document, settings=True) for document in text.documents]
            except YamlError:
                yield value
                return
            if data is None or not read:
                yield value
                return
            listed = [one for each in read for one in (each if isinstance(each, list) else [each])]
        for one in listed:
            yield one
            yield from twins(one, self.work.marks, entry)


def twins(replacement: object, marks: Marks, entry: Entry) -> Iterator[object]:
    """For a replacement, others that put its mark beside every field it replaces."""
    if not isinstance(replacement, Mapping):
        return
    for target in _list(replacement.get("targets")):
        if not isinstance(target, Mapping):
            continue
        for path in _list(target.get("fieldPaths")):
            source = replacement.get("source")
            name = marks.add(
                entry.span,
                Directive.REPLACEMENT,
                replacement.get("sourceValue"),
                pointer=str(path),
                entry=entry,
                source=source if isinstance(source, Mapping) else None,
            )
            chosen = {k: v for k, v in target.items() if k in ("select", "reject")}
            for beside in _beside(str(path), name):
                made = {**chosen, "fieldPaths": [beside], "options": {"create": True}}
                yield {"sourceValue": name, "targets": [made]}


def _beside(path: str, name: str) -> tuple[str, ...]:
    """The field paths of the shadows beside the one at a path; of an element those of its list."""
    parent, _, last = path.rpartition(".")
    if last.isdigit():
        return (f"{parent}{WRITER}{name}",) if parent and not parent.endswith("]") else ()
    if path.endswith("]") and "=" not in path[path.rindex("[") :]:
        return f"{path[:-1]}{WINNER}]", f"{path[:-1]}{WRITER}{name}]"
    if path.endswith(("]", "*")):
        return ()
    return f"{path}{WINNER}", f"{path}{WRITER}{name}"


# small --------------------------------------------------------------------------------------------


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _unquoted(value: str) -> str:
    """As kustomize reads a literal: one pair of quotes around all of it goes."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _env_file(data: bytes, path: str) -> Iterator[tuple[str, str, Span]]:
    """(key, value, where) of each line of an env file, as kustomize's kv loader reads it."""
    start = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        text = line.decode("utf-8", "surrogateescape").strip("\ufeff" if number == 1 else "")
        stripped = text.lstrip().rstrip("\r\n")
        if stripped and not stripped.startswith("#"):
            key, equals, value = stripped.partition("=")
            if equals:
                yield key, value, Span(path, number, 1, start, start + len(line))
        start += len(line)
