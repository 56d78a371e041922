"""Comments of files that a plan edits or removes → the same comments where they are read again.

A base is one copy as it is written; what other copies say in comments would be lost with them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from analyzer.actions import lists
from analyzer.actions.errors import CannotError

Files = dict[str, bytes | None]

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_MOST = 40  # lines of comment that a kustomization takes


def of(data: bytes) -> Iterator[tuple[str, str]]:
    """(Comment, its line without indentation) in the order of lines."""
    for line in data.decode("utf-8", "replace").splitlines():
        found = _COMMENT.search(line)
        if found is not None and found[0].strip("# "):
            yield found[0].strip(), line.strip()


def lost(data: bytes, kept: Iterable[bytes | None]) -> list[str]:
    """Lines with comments that none of the kept files has, as comments; each once."""
    there = {comment for one in kept if one is not None for comment, _ in of(one)}
    said = ((comment, line if line.startswith("#") else f"# {line}") for comment, line in of(data))
    return list(dict.fromkeys(
        line for comment, line in said if comment not in there and line not in there
    ))  # fmt: skip


def carried(
    files: Files,
    read: Callable[[str], bytes | None],
    homes: Mapping[str, tuple[str, str]],
    known: Sequence[bytes | None],
) -> None:
    """Comments that the files as they shall be have no more go where their root names the base.

    `homes`: by path of a file of the plan, the kustomization file it belongs to, and the entry of
    it to write them above. `known` are files that are there already. Raises CannotError where
    there are too many to be read there.
    """
    missing: dict[tuple[str, str], list[str]] = {}
    for path, home in sorted(homes.items()):
        before = read(path)
        if before is not None and path in files:
            said = missing.setdefault(home, [])
            said += (line for line in lost(before, [*files.values(), *known]) if line not in said)
    for (path, entry), said in missing.items():
        if len(said) > _MOST:
            root = posixpath.dirname(path)
            raise CannotError(
                f"{path}: would have to hold {len(said)} lines of comments", root=root
            )
        data = files.get(path)
        if said and data is not None:
            files[path] = lists.commented(data, path, entry, said)
