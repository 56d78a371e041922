"""Copies of a candidate → the documents they are now: in which file, and who names it.

What cannot be moved is refused here: files of others, files behind links, files with secrets.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.actions import secrets
from analyzer.actions.errors import CannotError
from analyzer.actions.patching import Content
from analyzer.actions.pieces import Pieces, cut
from analyzer.candidates import Clone, Copy
from analyzer.model import Field, Kustomization, Span, Status
from analyzer.snapshot import Snapshot

Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Document:
    """A copy as it stands: its file, which document in it, and its value."""

    copy: Copy
    pieces: Pieces
    number: int
    content: Content


class Documents:
    """A tree as `read` has it now; `written` has it as the candidate was found."""

    def __init__(self, snapshot: Snapshot, read: Read, written: Read) -> None:
        self.snapshot, self.read, self.written = snapshot, read, written
        self.files: dict[str, Pieces] = {}

    def of(self, clone: Clone) -> dict[str, Document]:
        """The copies of a clone by root. Raises CannotError."""
        found = {copy.root: self._of(copy) for copy in clone.copies}
        first = next(iter(found.values()))
        for one in found.values():
            if one.content.get("apiVersion") != first.content.get("apiVersion"):
                at = one.copy.span
                raise CannotError(f"{at}: has another apiVersion than {first.copy.span}")
        return found

    def _of(self, copy: Copy) -> Document:
        try:
            return self._document(copy)
        except CannotError as error:
            raise CannotError(error.message, root=copy.root) from None

    def _document(self, copy: Copy) -> Document:
        path = copy.span.path
        data = self.read(path)
        if data is None:
            raise CannotError(f"{path}: is taken by another candidate of this plan")
        if path not in self.files:
            secrets.refuse(path, data)
            self.files[path] = cut(data, path)
        pieces = self.files[path]
        number = self._number(pieces, copy.span)
        content = pieces.found[number].content
        if not isinstance(content, dict):
            raise CannotError(f"{copy.span}: is no object")
        self.entry(copy.root, path)
        return Document(copy, pieces, number, content)

    def _number(self, pieces: Pieces, span: Span) -> int:
        """Where the document is now: another candidate may have cut the file before it."""
        original = self.written(span.path)
        if original is None or original == pieces.data:
            return pieces.at(span.start)
        wanted = original[span.start : span.end]
        found = [n for n, p in enumerate(pieces.found)
                 if wanted.strip() in pieces.data[p.start : p.end]]  # fmt: skip
        if len(found) != 1:
            raise CannotError(f"{span.path}: is changed by another candidate of this plan")
        return found[0]

    def entry(self, root: str, path: str) -> str:
        """How the root's kustomization names a file: it alone, and once."""
        kustomization = self.kustomization(root)
        graph = self.snapshot.graph
        users = graph.naming(path)
        if any(user != root for user in users):
            other = next(user for user in users if user != root)
            raise CannotError(f"{path}: {other or '.'} names it too")
        named = [r for r in kustomization.references if r.target == path]
        if len(named) != 1 or named[0].field not in (Field.RESOURCES, Field.BASES):
            raise CannotError(f"{path}: is not named once, as a resource, by {root or '.'}")
        if named[0].status is not Status.FILE:
            raise CannotError(f"{path}: is no file")
        if root and not path.startswith(f"{root}/"):
            raise CannotError(f"{path}: lies outside of {root}")
        if posixpath.normpath(posixpath.join(root, named[0].written)) != path:
            raise CannotError(f"{path}: is named through a symbolic link")
        return named[0].written

    def kustomization(self, root: str) -> Kustomization:
        kustomization = self.snapshot.repository.kustomizations.get(root)
        if kustomization is None or kustomization.generated:
            raise CannotError(
                f"{root or '.'}: has no kustomization file; Flux would take up whatever is there"
            )
        if kustomization.path in self.snapshot.repository.links:
            raise CannotError(f"{kustomization.path}: is a symbolic link")
        if kustomization.kind == "Component":
            raise CannotError(f"{root}: is a kustomize Component itself")
        return kustomization
