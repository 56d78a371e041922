"""How many extraction candidates of a tree are proved, and is every proof true?

`python -m benchmarks.extraction TREE…`: each open candidate is proposed and proved by itself. Each
proved one is applied to a copy of the tree, where every root that it reaches is built by the bare
engine, before and after (those it refuses, for want of a remote or a plugin, have to be refused
after too, and do not count). Prints a row of the table in README.md for each tree, and what is
wrong. Git history counts where TREE is a repository.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from analyzer import extracting, repeats, writer
from analyzer.bench import Bench, bench
from analyzer.changes import FileChange
from analyzer.ladder import Session
from analyzer.looking import Options
from analyzer.plans import PROVED, Refusal
from tests.rendering import bare

COUNTED = ("candidates", "open", "proved", "refused", "unprovable")


@dataclass
class Sweep:
    """What came of the candidates of one tree. `known`: builds of the tree as it is."""

    now: Bench
    copy: Path
    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    builds: int = 0
    wrong: list[str] = field(default_factory=list)
    known: dict[str, object] = field(default_factory=dict)

    def apply(self, id: str, verdict: str, changes: tuple[FileChange, ...]) -> None:
        """Apply a proved plan to the copy, build what it reaches, and take it back."""
        seen = self.now.seen
        files = {p for c in changes for p in (c.path, c.moved_from) if p is not None}
        roots = sorted(
            seen.graph.affected(files, seen.repository.links).keys()
            & seen.repository.kustomizations.keys()
        )
        self.known |= self.built(root for root in roots if root not in self.known)
        before = {p: (self.copy / p).read_bytes() for p in files if (self.copy / p).is_file()}
        writer.write(self.copy, changes)
        after = self.built(roots)
        for path in files:
            if path in before:
                (self.copy / path).parent.mkdir(parents=True, exist_ok=True)
                (self.copy / path).write_bytes(before[path])
            else:
                (self.copy / path).unlink(missing_ok=True)
        self.builds += sum(self.known[root] is not None for root in roots)
        for root in roots:
            if told(after[root], verdict) != told(self.known[root], verdict):
                self.wrong.append(f"{id}: {root or '.'}")

    def built(self, roots: Iterable[str]) -> dict[str, object]:
        """What the bare engine makes of roots of the copy; None where it refuses."""
        wanted = list(roots)
        with ThreadPoolExecutor() as pool:
            made = pool.map(lambda root: bare(self.copy, root), wanted)
            return dict(zip(wanted, made, strict=True))


def told(built: object, verdict: str) -> object:
    """What a verdict says is the same: `equal` lets resources come in another order."""
    return sorted(map(repr, built)) if verdict == "equal" and isinstance(built, list) else built


def sweep(tree: Path, folder: Path) -> Sweep:
    """Every open candidate of a tree."""
    now = bench(Options(tree), rendered=True)
    copy = Path(shutil.copytree(tree, folder / "copy", symlinks=True,
                                ignore=shutil.ignore_patterns(".git")))  # fmt: skip
    found = Sweep(now, copy)
    for candidate in repeats.gather(now.checkout, now.seen, commits=True).candidates:
        found.counts["candidates"] += 1
        if not candidate.is_open:
            continue
        found.counts["open"] += 1
        made = extracting.alone(now, candidate)
        verdict = made.verdict if isinstance(made, Refusal) else made[1].verdict
        found.counts["proved" if verdict in PROVED else verdict] += 1
        if isinstance(made, Refusal) or not made[1].is_proved:
            continue
        found.lines += made[0].item.net_lines
        found.apply(candidate.id, verdict, Session(now).changes(made[0].files))
    return found


def main(trees: list[str]) -> int:
    print("| tree | candidates | open | proved | refused | unprovable | lines net "
          "| roots built | wrong | seconds |")  # fmt: skip
    print("| --- |" + " ---: |" * 9)
    failed = False
    for tree in map(Path, trees):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            found = sweep(tree, Path(folder))
        counts = [found.counts[name] for name in COUNTED]
        row = [*counts, found.lines, found.builds, len(found.wrong)]
        print(f"| {tree.resolve().name} | {' | '.join(map(str, row))} "
              f"| {time.monotonic() - begun:.0f} |", flush=True)  # fmt: skip
        for one in found.wrong:
            print(one, file=sys.stderr)
        failed = failed or bool(found.wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
