"""Commands that render the same example → one engine call for all of them.

Documentation shows thirty commands, and each renders the example whole. An engine that is given
the same files says the same, so what it said is kept in a folder that the commands share.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzer import engine
from analyzer.engine import Output


@contextmanager
def remembered(folder: Path) -> Iterator[None]:
    """The engine says again what it said of the same files, to whatever process it said it."""
    build = engine.build

    @functools.cache  # a private copy is written once, and its name is used once
    def content(directory: str) -> bytes:
        return _digest(Path(directory))

    def known(
        program: Path, directory: str, root: str, confined: bool, outward: bool = False
    ) -> Output:
        asked = repr((str(program), content(directory), root, confined, outward))
        with (folder / hashlib.sha256(asked.encode()).hexdigest()).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # who asks meanwhile waits for the answer
            file.seek(0)
            said = file.read()
            if said:
                output: Output = pickle.loads(said)
                return output
            output = build(program, directory, root, confined, outward)
            file.write(pickle.dumps(output))
            return output

    engine.build = known
    try:
        yield
    finally:
        engine.build = build


def _digest(directory: Path) -> bytes:
    """Of all that is below a directory: names, contents, and where links lead."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        said = os.fsencode(path.readlink()) if path.is_symlink() else None
        if said is None and path.is_file():
            said = path.read_bytes()
        name = os.fsencode(path.relative_to(directory))
        digest.update(repr((name, path.is_symlink(), said)).encode())
    return digest.digest()


if __name__ == "__main__":  # FOLDER, then the words of a groundplan command
    from analyzer.cli import main

    with remembered(Path(sys.argv[1])):
        main(sys.argv[2:], prog_name="groundplan")
