"""Do our classes say what people then promoted? Replays a public repository's own commits.

    python -m benchmarks.promotion REPOSITORY [--commits N]

REPOSITORY is a clone of thoth-station/thoth-application. By rule: every commit that is no merge
and touches one of the overlays ocp4-stage and moc-prod and nothing else, in the order of their
ids. At its parent each difference of the components it touches is classed; what the commit then
changed of the target's render is the truth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from analyzer import commands, diff, looking, units
from analyzer.analyses import promotion
from analyzer.gaps import Gap
from analyzer.model import RenderedResource
from analyzer.pairing import hashed, loose, paired, without_hashes
from analyzer.snapshot import Snapshot

OVERLAYS = ("test", "ocp4-stage", "moc-prod")
CONFIG = """layout:
  patterns:
    - "{component}/overlays/{environment}"
    - "{component}/overlays/{environment}/**"
  base: ["{component}/base"]
environments: [test, ocp4-stage, moc-prod]
"""
Key = tuple[str, str, str]  # kind, name, field; "" is the whole resource


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    parts = [(chosen.repository.resolve(), chosen.commits, number, chosen.processes)
             for number in range(chosen.processes)]  # fmt: skip
    counts = Counter[str]()
    with ProcessPoolExecutor(chosen.processes) as pool:
        for found in pool.map(part, parts):
            counts += found
    print("\n".join(table(counts)))


def part(asked: tuple[Path, int, int, int]) -> Counter[str]:
    """Every so manieth commit, in a clone of its own."""
    repository, commits, first, step = asked
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name) / "tree"
        git(Path(name), "clone", "--quiet", "--shared", "--no-checkout",
            str(repository), str(work))  # fmt: skip
        settings = Path(name) / "groundplan.yaml"
        settings.write_text(CONFIG)
        for commit, overlay, components in [*eligible(work)][:commits][first::step]:
            replay(work, settings, commit, overlay, components, counts)
            print(first, commit[:10], overlay, json.dumps(counts), file=sys.stderr, flush=True)
    return counts


def git(where: Path, *words: str, stdin: bytes | None = None) -> bytes:
    return subprocess.run(("git", *words), cwd=where, check=True, capture_output=True,
                          input=stdin).stdout  # fmt: skip


def eligible(work: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(Commit, the overlay, the components it touches)."""
    log = git(work, "log", "--no-merges", "--format=@%H", "--name-only", "HEAD").decode()
    found = []
    for entry in log.split("@")[1:]:
        commit, *paths = entry.split()
        parts = [path.split("/") for path in paths]
        if not parts or any(len(p) < 4 or p[1] != "overlays" for p in parts):
            continue
        overlays = {p[2] for p in parts}
        if len(overlays) == 1 and (overlay := overlays.pop()) in OVERLAYS[1:]:
            found.append((commit, overlay, tuple(sorted({p[0] for p in parts}))))
    yield from sorted(found)


def check_out(work: Path, revision: str, components: tuple[str, ...]) -> None:
    """The components as they were; HEAD is that revision, so that git knows no later commit."""
    for path in work.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    id = git(work, "rev-parse", revision).decode().strip()
    git(work, "update-ref", "--no-deref", "HEAD", id)
    there = git(work, "ls-tree", "--name-only", id).decode().split()
    archive = git(work, "archive", id, "--", *(c for c in components if c in there))
    subprocess.run(("tar", "-x"), cwd=work, input=archive, check=True)
    for path in work.glob("*/overlays/*"):  # of no step
        if path.is_dir() and path.name not in OVERLAYS:
            shutil.rmtree(path)
    for path in work.glob("*/**/*.yaml"):  # what has no name the engine does not build
        text = path.read_text()
        if "generateName:" in text:
            path.write_text(text.replace("generateName:", "name:"))
        elif "/metadata/generateName" in text:
            path.write_text(text.replace("/metadata/generateName", "/metadata/name"))


def replay(work: Path, settings: Path, commit: str, overlay: str, components: tuple[str, ...],
           counts: Counter[str]) -> None:  # fmt: skip
    """Class the differences at the parent, and count which of them the commit took away."""
    options = looking.Options(work, config=settings, jobs=2)
    check_out(work, f"{commit}^", components)
    before = commands.look(options, lags=True, commits=True).snapshot
    check_out(work, commit, components)
    after = commands.look(options).snapshot
    truth = dict(changed(before, after, overlay))
    counts["commits"] += 1
    counts["changes"] += len(truth)
    counts["commits.visible"] += bool(truth)
    seen: set[Key] = set()
    for step in promotion.analyze(before).steps:
        for lag in step.lags if step.target == overlay else ():
            counts[f"state.{lag.state}"] += 1
            for gap in lag.gaps:
                if gap.rule.id in ("environment-name", "noise"):
                    continue
                key = _key(gap)
                seen.add(key)
                what = f"{_kind(gap)}.{gap.verdict}"
                counts[f"{what}.said"] += 1
                counts[f"{what}.changed"] += key in truth
                counts[f"rule.{gap.rule.id}.said"] += 1
                counts[f"rule.{gap.rule.id}.changed"] += key in truth
                counts[f"{what}.made-equal"] += key in truth and _says(gap, truth[key])
    for key in truth.keys() - seen:
        counts["unseen." + ("resource" if not key[2] else "field")] += 1


def _says(gap: Gap, now: object) -> bool:
    """Did it become what the source has?"""
    return gap.shape in ("new", "own") or bool(diff.equal(gap.source.value, now))


def _kind(gap: Gap) -> str:
    if gap.pinned:
        return "version"
    return "resource" if gap.shape in ("new", "own") else "field"


def _key(gap: Gap) -> Key:
    assert gap.resource is not None or gap.pinned
    if gap.resource is None:
        return "", "", gap.field
    return gap.resource.kind, gap.resource.name, gap.field


def changed(before: Snapshot, after: Snapshot, overlay: str) -> Iterator[tuple[Key, object]]:
    """What of an overlay's renders is otherwise now, with what it is now."""
    old, new = _resources(before, overlay), _resources(after, overlay)
    for name in old.keys() & new.keys():
        pairs, come, gone = paired(old[name], new[name])
        names = hashed((*old[name], *new[name]))
        for a, b in pairs:
            for one in diff.changes(without_hashes(names, a.content),
                                    without_hashes(names, b.content)):  # fmt: skip
                yield (a.id.kind, loose(b)[1], one.field), one.after
        for one in (*come, *gone):
            yield (one.id.kind, loose(one)[1], ""), None


def _resources(snapshot: Snapshot, overlay: str) -> dict[str, tuple[RenderedResource, ...]]:
    return {
        f"{component.name} {unit.root}": units.resources(snapshot, unit)
        for component in units.components(snapshot)
        for unit in component.at(overlay)
    }


def table(counts: Counter[str]) -> Iterator[str]:
    """Markdown: each class of each kind, how often people then changed it, and the baseline."""
    yield f"{counts['commits']} commits, {counts['commits.visible']} of them change a render, "
    yield f"{counts['changes']} values changed; "
    states = {k[6:]: n for k, n in counts.items() if k.startswith("state.")}
    yield f"components at the parents: {', '.join(f'{n} {k}' for k, n in states.items())}; "
    yield f"not seen as a difference before: {counts['unseen.field']} fields, "
    yield f"{counts['unseen.resource']} resources."
    yield ""
    yield "| Kind | Class | Said | Then changed | Made equal | Precision | Recall |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for kind in ("version", "resource", "field"):
        total = sum(counts[f"{kind}.{c}.changed"] for c in ("promote", "decide", "keep"))
        for verdict in ("promote", "decide", "keep"):
            yield _row(kind, verdict, counts, f"{kind}.{verdict}", total)
    total = sum(counts[k] for k in counts if k.startswith(("version.", "resource.", "field."))
                and k.endswith(".changed"))  # fmt: skip
    for title, keys in (
        ("promote, all kinds", [f"{k}.promote" for k in ("version", "resource", "field")]),
        ("baseline: every version", [f"version.{c}" for c in ("promote", "decide", "keep")]),
    ):
        for what in ("said", "changed", "made-equal"):
            counts[f"{title}.{what}"] = sum(counts[f"{key}.{what}"] for key in keys)
        yield _row("all", title, counts, title, total)
    yield ""
    for key in sorted(k for k in counts if k.startswith("rule.") and k.endswith(".said")):
        rule = key.split(".")[1]
        yield f"- {rule}: {counts[f'rule.{rule}.changed']} of {counts[key]}"


def _row(kind: str, verdict: str, counts: Counter[str], key: str, total: int) -> str:
    said, done = counts[f"{key}.said"], counts[f"{key}.changed"]
    precision, recall = _share(done, said), _share(done, total)
    return f"| {kind} | {verdict} | {said} | {done} | {counts[f'{key}.made-equal']} | " + (
        f"{precision} | {recall} |"
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


if __name__ == "__main__":
    main()
