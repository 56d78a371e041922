"""Why an edit is not made: the text does not allow it, or it would not be sound."""

from __future__ import annotations


class CannotError(Exception):
    """What cannot be proposed, and why; `clone` is the one it is about, None: all of them."""

    def __init__(self, message: str, clone: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.clone = clone
