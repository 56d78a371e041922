"""Who wrote a field, as values: marks, what took fields away, and the entries that brought both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from analyzer.model import Span

WINNER = "__gp"
WRITER = "__gp_"


class Directive(Enum):
    """What sets a field. `value` is how it is said."""

    MANIFEST = "manifest"
    MERGE_PATCH = "strategic-merge patch"
    JSON_PATCH = "JSON patch"
    LABELS = "labels"
    ANNOTATIONS = "annotations"
    LITERAL = "generator literal"
    FILE = "generator file"
    ENV = "generator env file"
    OPTIONS = "generator options"
    GENERATOR = "generator"
    REPLACEMENT = "replacement"
    NAMESPACE = "namespace"
    PREFIX = "name prefix"
    SUFFIX = "name suffix"
    IMAGES = "images"
    REPLICAS = "replicas"
    VARS = "vars"
    NAME_REFERENCE = "name reference"
    TRANSFORMER = "transformer"
    SUBSTITUTION = "Flux substitution"
    METADATA = "Flux common metadata"
    VALUES = "Helm values"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a kustomization's field, or of a Flux object's, where `flux` is its name.

    `by_namespace`: it is a patch whose target is selected by its namespace too.
    """

    root: str
    field: str
    index: int
    span: Span
    flux: str = ""
    by_namespace: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One writer of one leaf: where its value stands, and the value.

    `entry` is what brought it in; None for a manifest. `pointer` is where it stands in its
    document, or the field path of a replacement, and `source` what that takes its value from.
    """

    id: str
    at: Span
    directive: Directive
    value: object
    pointer: str = ""
    entry: Entry | None = None
    items: tuple[Span, ...] = ()  # its elements, where the leaf is a list
    source: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """A patch's null, `$patch` or JSON `remove`: no shadow may tell of it, so it is listed.

    `target` is what the patch says it is for: its document's identity, or the entry's target.
    """

    at: Span
    directive: Directive
    pointer: str
    entry: Entry
    target: Mapping[str, object]


@dataclass(slots=True)
class Marks:
    """Every mark that was made, by its id. Ids depend on the file and position, on nothing else."""

    by_id: dict[str, Mark] = field(default_factory=dict)
    removals: list[Removal] = field(default_factory=list)
    _prefixes: dict[str, str] = field(default_factory=dict)  # digest → whose it is
    _counts: dict[str, int] = field(default_factory=dict)

    def add(
        self,
        at: Span,
        directive: Directive,
        value: object,
        *,
        pointer: str = "",
        entry: Entry | None = None,
        items: tuple[Span, ...] = (),
        source: Mapping[str, object] | None = None,
    ) -> str:
        """The id of a new mark: letters and digits, fit for a label's name and value."""
        whose = at.path if entry is None else f"{at.path}\0{entry}"
        prefix = self._prefix(whose)
        count = self._counts[prefix] = self._counts.get(prefix, -1) + 1
        name = f"{prefix}{_base36(count)}"
        self.by_id[name] = Mark(name, at, directive, value, pointer, entry, items, source)
        return name

    def take(self, other: Marks) -> None:
        """The marks of another text too: their ids tell them apart."""
        self.by_id.update(other.by_id)
        self.removals.extend(other.removals)

    def _prefix(self, whose: str) -> str:
        digest = hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()
        length = 6
        while self._prefixes.setdefault(f"{digest[:length]}x", whose) != whose:
            length += 1
        return f"{digest[:length]}x"


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if number == 0:
            return digits
