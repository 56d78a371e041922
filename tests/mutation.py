"""Every file of a tree changed or removed: which roots were said to be reached, and which are.

Many files are mutated at once, as long as nobody predicts one root for two of them: what then is
rendered otherwise belongs to the one file that predicts it, or to none, which is a false negative.
Everything is rendered in full each time; nothing that predicts is trusted.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analyzer import hearing, looking, sides, yamltext
from analyzer.applying import Applied
from analyzer.kustomization import FILE_NAMES
from analyzer.layout import Layout
from analyzer.model import Rendered, Rendering, RenderKey
from analyzer.snapshot import Snapshot
from analyzer.yamltext import YamlError
from tests.drawn import commit

AT_ONCE = 40  # files
Outcome = dict[tuple[str, ...], object]


@dataclass
class Score:
    """What came out for one tree. `missed`: (file, what changed without being predicted)."""

    tree: str
    files: int = 0
    reaching: int = 0
    predicted: Counter[str] = field(default_factory=Counter)  # of each sort: root, object
    observed: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)  # fails before and after: never observed
    runs: int = 0
    since_said: int = 0  # with both sides known, batch by batch
    since_seen: int = 0
    missed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    idle: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def precision(self, sort: str) -> float:
        return self.observed[sort] / ((self.predicted[sort] - self.broken[sort]) or 1)

    def __str__(self) -> str:
        sorts = "; ".join(
            f"{sort}s: {self.predicted[sort]} predicted ({self.broken[sort]} broken before and "
            f"after), {self.observed[sort]} observed, precision {self.precision(sort):.3f}"
            for sort in ("root", "object")
        )
        return (
            f"{self.tree}: {self.files} files, {self.reaching} reach something, "
            f"{len(self.missed)} missed; {sorts}; {self.runs} runs; "
            f"with both sides {self.since_said} predicted, {self.since_seen} observed"
        )


def outcomes(snapshot: Snapshot) -> Outcome:
    """What every root renders to by itself, and what every object applies."""
    found: Outcome = {}
    for key, rendering in snapshot.renderings.items():
        if key.reconciler is None:
            found["root", key.root] = _outcome(rendering)
    for one in snapshot.applied:
        found["object", *one.key] = _of_object(one)
    return found


def _outcome(rendering: Rendering) -> object:
    if isinstance(rendering, Rendered):
        return [(r.id, r.api_version, r.content) for r in rendering.resources]
    return "fails"


def _of_object(one: Applied) -> object:
    if one.problems:
        return "fails"
    if one.rendering is None or isinstance(one.rendering, Rendered):
        return [(r.id, r.api_version, r.content) for r in one.resources], one.place.root
    return "fails"


def look(options: looking.Options, layout: Layout | None) -> Snapshot:
    """Everything rendered; with a layout that is given, as a difference looks at both sides."""
    checkout, written = looking.load(options)
    written = looking.as_written(checkout, written.config, layout)
    seen = looking.followed(checkout, written, options)
    keys = tuple(k for k in map(RenderKey, seen.roots()) if k not in seen.renderings)
    made = {r.key: r for r in looking.render(checkout, seen, keys, options)}
    return replace(seen, renderings={**seen.renderings, **made})


def mutate(where: Path, file: str, choose: random.Random) -> bool:
    """Change a file so that it shows, or remove it; False for what is not mutated."""
    path = where / file
    if path.is_symlink() or choose.random() < 0.3:
        path.unlink()
        return True
    data = path.read_bytes()
    yaml = file.endswith((".yaml", ".yml", "Kustomization"))
    edited = _edited(data, path.name in FILE_NAMES) if yaml else None
    path.write_bytes(edited if edited is not None else data + b"\nmutated: x\n")
    return True


def _edited(data: bytes, kustomization: bool) -> bytes | None:
    """Labels on every object, patches too, or annotations by a kustomization; None without any."""
    try:
        text = yamltext.compose(data, "")
    except YamlError:
        return None
    way = ("commonAnnotations",) if kustomization else ("metadata", "labels")
    places = [found for node in text.documents if (found := _place(node, way)) is not None]
    for node, more in sorted(places, key=lambda place: -place[0].start_mark.index):
        at, column = text.byte(node.start_mark.index), node.start_mark.column
        data = data[:at] + more.encode() + b"\n" + b" " * column + data[at:]
    return data if places else None


def _place(node: yamltext.Node, way: Sequence[str]) -> tuple[yamltext.Node, str] | None:
    """The key to put something in front of, so that the last mapping on the way has one more."""
    if not isinstance(node, yamltext.MappingNode) or node.flow_style or not node.value:
        return None
    first = node.value[0][0]
    if not way:
        return first, "mutated: x"
    inner = yamltext.get(node, way[0])
    if inner is not None:
        return _place(inner, way[1:])
    if way[0] == "metadata":
        return None
    return first, f"{way[0]}: {{mutated: x}}"


def files_of(where: Path) -> list[str]:
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=where, check=True, capture_output=True)
    return sorted(name for name in listed.stdout.decode().split("\0") if name)


def run(
    source: Path,
    sample: int | None,
    seed: int = 1,
    progress: bool = False,
) -> Score:
    """Mutate a sample of a tree's files (None: all), and compare what was predicted."""
    choose = random.Random(seed)
    score = Score(source.name)
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / source.name
        shutil.copytree(source, where, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        commit(where, "as it was")
        listed = files_of(where)
        if sample is not None and sample < len(listed):
            listed = sorted(choose.sample(listed, sample))
        options = looking.Options(where, all_roots=True)
        seen = look(options, None)
        before = outcomes(seen)
        for batch in _batches(seen, listed):
            for file in batch:
                mutate(where, file, choose)
            _measure(score, where, options, seen, before, batch)
            subprocess.run(("git", "checkout", "--quiet", "."), cwd=where, check=True)
            subprocess.run(("git", "clean", "-fdq"), cwd=where, check=True)
            if progress:
                print(score, *score.missed[-2:], file=sys.stderr, flush=True)
    return score


def predicted(seen: Snapshot, file: str) -> set[tuple[str, ...]]:
    """What is said of a file, one side alone."""
    affected = seen.graph.affected([file], seen.repository.links)
    found: set[tuple[str, ...]] = {("root", root) for root in affected}
    return found | {("object", *one.key) for one in hearing.changed_by(seen, [file], affected)}


def since(options: looking.Options) -> set[tuple[str, ...]]:
    """What is said of all that changed since the last commit."""
    change = sides.since(replace(options, all_roots=False), "HEAD")
    found: set[tuple[str, ...]] = {("root", root) for root in change.affected}
    return found | {("object", *one.key) for _, one in sides.changed(change)}


def lost(seen: Snapshot, now: Snapshot, said: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Objects that are no more because who applies them, of whom that is said, fails."""
    there = {one.key for one in now.applied}
    by_ref = {(str(one.target), one.object.ref): one for one in seen.applied}
    found: set[tuple[str, ...]] = set()
    for one in seen.applied:
        above = one
        while above.key not in there and above.object.parent is not None:
            parent = by_ref.get((str(one.seat), above.object.parent))
            if parent is None or parent is above:  # an entry point applies itself
                break
            above = parent
        if above is not one and ("object", *above.key) in said:
            found.add(("object", *one.key))
    return found


def _batches(seen: Snapshot, files: Sequence[str]) -> Iterator[list[str]]:
    left = {file: predicted(seen, file) for file in files}
    while left:
        batch: list[str] = []
        taken: set[tuple[str, ...]] = set()
        for file, said in list(left.items()):
            if len(batch) < AT_ONCE and taken.isdisjoint(said):
                batch.append(file)
                taken |= said
                del left[file]
        yield batch


def _measure(
    score: Score, where: Path, options: looking.Options, seen: Snapshot, before: Outcome,
    batch: Sequence[str],
) -> None:  # fmt: skip
    now = look(options, seen.layout)
    after = outcomes(now)
    changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
    score.runs += 1
    explained: set[tuple[str, ...]] = set()
    for file in batch:
        said = {key for key in predicted(seen, file) if key[0] == "root"} | predicted(now, file)
        said |= {("object", *one.key) for one in seen.applied
                 if one.object.ref.declared.path == file}  # fmt: skip
        explained |= said
        hit = said & changed
        silent = {k for k in said - changed if before.get(k) == "fails" == after.get(k)}
        score.files += 1
        score.reaching += bool(said)
        score.predicted.update(key[0] for key in said)
        score.observed.update(key[0] for key in hit)
        score.broken.update(key[0] for key in silent)
        score.idle += [(file, k) for k in sorted(said - hit - silent)]
    explained |= lost(seen, now, explained)
    score.missed += [(" ".join(batch), k) for k in sorted(changed - explained)]
    both = since(options)
    score.missed += [("since: " + " ".join(batch), k) for k in sorted(changed - both)]
    score.since_said += len(both)
    score.since_seen += len(both & changed)


def main() -> None:
    """`python -m tests.mutation TREE [SAMPLE]`: the figures, and what was missed."""
    source = Path(sys.argv[1])
    sample = int(sys.argv[2]) if len(sys.argv) > 2 else None
    score = run(source, sample, progress=True)
    for name, found in (("missed", score.missed), ("idle", score.idle)):
        for file, key in found[:80]:
            print(name, file, *key)
    print(score)


if __name__ == "__main__":
    main()
