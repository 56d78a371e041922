"""Why an edit is not made: the text does not allow it, or it would not be sound."""

from __future__ import annotations

from collections.abc import Sequence


class CannotError(Exception):
    """What cannot be proposed, and why.

    `clone` is the one it is about, None: all of them; `root` the one directory it is about, so that
    the others may do without it.
    """

    def __init__(self, message: str, clone: int | None = None, root: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.clone = clone
        self.root = root


class HigherError(CannotError):
    """A rung that the kustomization has no room for: the next one has to do."""

    def __init__(self, root: str, numbers: Sequence[int]) -> None:
        super().__init__(f"{root}: has an entry of that name already")
        self.at = root
        self.numbers = tuple(numbers)
