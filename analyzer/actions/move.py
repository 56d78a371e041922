"""What an extraction moves: the copies as they stand, and the files as they shall be so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.actions import local, placing
from analyzer.actions.documents import Document, Documents, Read
from analyzer.actions.errors import CannotError
from analyzer.actions.patching import Content
from analyzer.actions.proposals import Wish
from analyzer.candidates import Candidate, Clone
from analyzer.snapshot import Snapshot


class Move:
    """Of one candidate. `clones` are its documents by number and root, `others` all else it has.

    `out` are files as they shall be (None: gone); `spaces` the namespaces that roots are to set.
    """

    def __init__(
        self, snapshot: Snapshot, read: Read, written: Read, candidate: Candidate, wish: Wish
    ) -> None:
        self.snapshot, self.read, self.wish = snapshot, read, wish
        self.candidate = candidate
        self.there = Documents(snapshot, read, written)
        self.clones = {
            number: self._documents(number, clone)
            for number, clone in enumerate(candidate.clones)
            if number not in wish.left and clone.shape == "document"
        }
        self.others = [
            number
            for number, clone in enumerate(candidate.clones)
            if number not in wish.left and clone.shape != "document"
        ]
        if not self.clones:
            raise CannotError("nothing is left of it")
        self.out: dict[str, bytes | None] = {}
        self.spaces = self._spaces() if wish.spaced and wish.existing is None else {}

    def _spaces(self) -> dict[str, str]:
        """The namespace of each root, where it is all that `metadata.namespace` differs by."""
        moving = self.moving()
        found: dict[str, str] = {}
        for root in self.candidate.roots if moving else ():
            names = {namespace(self.clones[number][root].content) for number in moving}
            name = next(iter(names))
            if len(names) > 1 or not name or "namespace" in self.there.kustomization(root).settings:
                return {}
            found[root] = name
        return found

    def moving(self) -> list[int]:
        """Clones whose namespace is not the same in every copy."""
        moving = [n for n, found in self.clones.items()
                  if len({namespace(one.content) for one in found.values()}) > 1]  # fmt: skip
        alone = all(self.is_alone(next(iter(self.clones[n].values())).content) for n in moving)
        return moving if alone else []

    def is_alone(self, content: Content) -> bool:
        """Is there no other of its kind and name, which only the namespace tells apart?"""
        alike = [
            one
            for found in self.clones.values()
            for one in (next(iter(found.values())).content,)
            if label(one) == label(content)
        ]
        return len(alike) == 1

    def _documents(self, number: int, clone: Clone) -> dict[str, Document]:
        try:
            found = self.there.of(clone)
        except CannotError as error:
            raise CannotError(error.message, number, error.root) from None
        for one in found.values() if self.wish.local is not None else ():
            if why := local.stays(one.content):
                raise CannotError(f"{one.copy.span.path}: {why}", number)
        return found

    def in_order(self, root: str, paths: Iterable[str]) -> list[str]:
        """Files as the root lists them."""
        order = [r.target for r in self.there.kustomization(root).references]
        return sorted(paths, key=order.index)

    def data(self, path: str) -> bytes:
        """A file as it shall be so far. Raises CannotError where it is gone."""
        data = self.out[path] if path in self.out else self.read(path)
        if data is None:
            raise CannotError(f"{path}: is no longer there")
        return data


def namespace(content: Content) -> str:
    """`metadata.namespace`; "" for none."""
    metadata = content.get("metadata")
    return str(metadata.get("namespace") or "") if isinstance(metadata, Mapping) else ""


def label(content: Content) -> str:
    """Kind and name, as a file may be called after them."""
    metadata = content.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
    return placing.slug(f"{content.get('kind', '')}-{name}")
