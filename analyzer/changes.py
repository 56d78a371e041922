"""Planned bytes: a change of one file, its diff, and edits by byte position. Nothing is written."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file as it shall be; paths as everywhere, relative and POSIX.

    `before` is the digest of what must be there (None: nothing may be). `after` None removes the
    file. `mode` is permission bits; None keeps those of the file, and leaves a new one to the
    umask; of what is removed those it had, where it may be run. With `moved_from` the file comes
    from there, `before` is the digest of the old one, and `after` None moves it as it is, so that a
    plan need not hold what it moves.
    """

    path: str
    before: str | None
    after: bytes | None
    mode: int | None = None
    moved_from: str | None = None

    def __post_init__(self) -> None:
        if self.before is None and (self.after is None or self.moved_from is not None):
            raise ValueError(f"{self.path}: removes or moves a file that was not there")
        if self.moved_from == self.path:
            raise ValueError(f"{self.path}: moves a file onto itself")


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` up to but not including `end` become `replacement`; equal ends insert."""

    start: int
    end: int
    replacement: bytes


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The data with every edit made; insertions at one place come in the order given.

    Raises ValueError where edits overlap or leave the data: then nobody knows what is meant.
    """
    parts: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not 0 <= edit.start <= edit.end <= len(data):
            raise ValueError(f"edit {edit.start}-{edit.end} leaves the {len(data)} bytes")
        if edit.start < done:
            raise ValueError(f"edit {edit.start}-{edit.end} overlaps one that ends at {done}")
        parts += (data[done : edit.start], edit.replacement)
        done = edit.end
    return b"".join((*parts, data[done:]))


def unified_diff(change: FileChange, before: bytes | None) -> str:
    """The change as `git diff` shows it and `git apply` takes it; "" where the bytes stay.

    `before` is what is at `moved_from`, else at `path`. Bytes that are no UTF-8 text are named as
    binary, so encoding the result gives back the exact lines. The text is not escaped for a
    terminal.
    """
    after = before if change.moved_from is not None and change.after is None else change.after
    if before == after and change.moved_from is None:
        return ""
    old, new = change.moved_from or change.path, change.path
    head = [f"diff --git {_quoted('a/' + old)} {_quoted('b/' + new)}\n"]
    executable = change.mode is not None and change.mode & 0o111
    mode = "100755" if executable else "100644"
    if before is None:
        head.append(f"new file mode {mode}\n")
    elif after is None:
        head.append(f"deleted file mode {mode}\n")
    elif change.moved_from is not None:
        head += (f"rename from {_quoted(old)}\n", f"rename to {_quoted(new)}\n")
    if before != after:
        head += _body("/dev/null" if before is None else _quoted("a/" + old),
                      "/dev/null" if after is None else _quoted("b/" + new),
                      before or b"", after or b"")  # fmt: skip
    return "".join(head)


def _body(old: str, new: str, before: bytes, after: bytes) -> Iterator[str]:
    try:
        lines = _lines(before), _lines(after)
    except UnicodeDecodeError:
        yield f"Binary files {old} and {new} differ\n"
        return
    for number, line in enumerate(difflib.unified_diff(*lines)):
        if number == 0:
            yield f"--- {old}{_end_of(old)}"
        elif number == 1:
            yield f"+++ {new}{_end_of(new)}"
        elif line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """Lines as git counts them: `\\n` ends one, a form feed or U+2028 does not."""
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", data, 0, 1, "a NUL byte")
    *whole, rest = data.decode().split("\n")
    return [line + "\n" for line in whole] + ([rest] if rest else [])


def _end_of(name: str) -> str:
    """Git ends a name that has a space with a tab, so that `patch` sees where it stops."""
    return "\t\n" if " " in name and not name.startswith('"') else "\n"


def _quoted(name: str) -> str:
    """A name as git prints it: in quotes, with C escapes, where it would break the line."""
    text = "".join(_escaped(character) for character in name)
    return name if text == name else f'"{text}"'


def named(header: str) -> str:
    """The path of a `diff --git` line of ours: the one after the change."""
    quoted = re.search(r' "b/((?:[^"\\]|\\.)*)"$', header)
    if quoted is None:
        return header.rpartition(" b/")[2]
    return re.sub(r"\\([0-7]{3}|.)", lambda m: _unescaped(m[1]), quoted[1])


def _unescaped(code: str) -> str:
    if len(code) == 1:
        return code
    byte = int(code, 8)
    return chr(byte if byte < 0x80 else byte + 0xDC00)


def _escaped(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if code < 0x20 or code == 0x7F:
        return f"\\{code:03o}"
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte of a name that is not UTF-8
        return f"\\{code - 0xDC00:03o}"
    return character
