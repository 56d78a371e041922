"""Do our classes say what people then promoted? Replays a public repository's own commits.

    python -m benchmarks.promotion REPOSITORY [--tree NAME] [--commits N] [--adding]

REPOSITORY is a clone of what --tree names: thoth-station/thoth-application, or
redhat-appstudio/infra-deployments. By rule: every commit that is no merge and touches one later
environment and nothing else (with --adding: and adds a file), in the order of their ids. At its
parent each difference of the components it touches is classed; what the commit then changed of
the target's render is the truth.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analyzer import commands, diff, looking, units
from analyzer.analyses import promotion
from analyzer.gaps import Gap
from analyzer.model import RenderedResource
from analyzer.pairing import hashed, loose, paired, without_hashes
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository: its environments in order, how it is laid out, what a path of it belongs to."""

    environments: tuple[str, ...]
    layout: str
    path: re.Pattern[str]  # component, environment
    component: str  # the directory of one

    @property
    def config(self) -> str:
        return f"layout: {self.layout}\nenvironments: [{', '.join(self.environments)}]\n"


TREES = {
    "thoth-application": Tree(
        ("test", "ocp4-stage", "moc-prod"),
        '{patterns: ["{component}/overlays/{environment}", '
        '"{component}/overlays/{environment}/**"], base: ["{component}/base"]}',
        re.compile(r"(?P<component>[^/]+)/overlays/(?P<environment>[^/]+)/."),
        "{}",
    ),
    "infra-deployments": Tree(
        ("development", "staging", "production"),
        '{patterns: ["components/{component}/{environment}", '
        '"components/{component}/{environment}/{cluster}"], base: ["components/{component}/base"]}',
        re.compile(r"components/(?P<component>[^/]+)/(?P<environment>[^/]+)/."),
        "components/{}",
    ),
}
Key = tuple[str, str, str, str]  # cluster, kind, name, field; "" is the whole resource


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--tree", choices=TREES, default="thoth-application")
    parser.add_argument("--adding", action="store_true")
    chosen = parser.parse_args()
    counts = Counter[str]()
    with ProcessPoolExecutor(chosen.processes) as pool:
        for found in pool.map(partial(part, chosen), range(chosen.processes)):
            counts += found
    print("\n".join(table(counts)))


def part(chosen: argparse.Namespace, first: int) -> Counter[str]:
    """Every so manieth commit, in a clone of its own."""
    repository, tree = chosen.repository.resolve(), TREES[chosen.tree]
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name) / "tree"
        git(Path(name), "clone", "--quiet", "--shared", "--no-checkout",
            str(repository), str(work))  # fmt: skip
        settings = Path(name) / "groundplan.yaml"
        settings.write_text(tree.config)
        found = [*eligible(work, tree, adding=chosen.adding)][: chosen.commits]
        for commit, overlay, components in found[first :: chosen.processes]:
            replay(work, tree, settings, (commit, overlay, components), counts)
            print(first, commit[:10], overlay, json.dumps(counts), file=sys.stderr, flush=True)
    return counts


def git(where: Path, *words: str, stdin: bytes | None = None) -> bytes:
    return subprocess.run(("git", *words), cwd=where, check=True, capture_output=True,
                          input=stdin).stdout  # fmt: skip


Commit = tuple[str, str, tuple[str, ...]]  # id, the environment, the components it touches


def eligible(work: Path, tree: Tree, *, adding: bool) -> Iterator[Commit]:
    """Commits of one later environment alone, by id."""
    log = git(work, "log", "--no-merges", "--no-renames", "--format=@%H", "--name-status", "HEAD")
    found = []
    for entry in re.split("^@", log.decode(), flags=re.M)[1:]:
        commit, *lines = filter(None, entry.split("\n"))
        touched = [line.split("\t", 1) for line in lines]
        parts = [tree.path.match(path) for _, path in touched]
        if not parts or (adding and all(how != "A" for how, _ in touched)):
            continue
        places = {(p["component"], p["environment"]) for p in parts if p is not None}
        environments = {environment for _, environment in places}
        if None in parts or len(environments) > 1:
            continue
        if (environment := environments.pop()) in tree.environments[1:]:
            found.append((commit, environment, tuple(sorted({c for c, _ in places}))))
    yield from sorted(found)


def check_out(work: Path, tree: Tree, revision: str, components: tuple[str, ...]) -> None:
    """The components as they were; HEAD is that revision, so that git knows no later commit."""
    for path in work.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    id = git(work, "rev-parse", revision).decode().strip()
    git(work, "update-ref", "--no-deref", "HEAD", id)
    wanted = [tree.component.format(component) for component in components]
    there = git(work, "ls-tree", "--name-only", id, *wanted).decode().split()
    archive = git(work, "archive", id, "--", *there)
    subprocess.run(("tar", "-x"), cwd=work, input=archive, check=True)
    for path in work.glob("*/overlays/*"):  # of no step
        if path.is_dir() and path.name not in tree.environments:
            shutil.rmtree(path)
    for path in work.glob("*/**/*.yaml"):  # what has no name the engine does not build
        text = path.read_text()
        if "generateName:" in text:
            path.write_text(text.replace("generateName:", "name:"))
        elif "/metadata/generateName" in text:
            path.write_text(text.replace("/metadata/generateName", "/metadata/name"))


def replay(work: Path, tree: Tree, settings: Path, one: Commit, counts: Counter[str]) -> None:
    """Class the differences at the parent, and count which of them the commit took away."""
    commit, overlay, components = one
    options = looking.Options(work, config=settings, jobs=2)
    check_out(work, tree, f"{commit}^", components)
    before = commands.look(options, lags=True, commits=True).snapshot
    check_out(work, tree, commit, components)
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
                key = _key(gap, lag.target.cluster)
                seen.add(key)
                what = f"{_kind(gap)}.{gap.verdict}"
                counts[f"{what}.said"] += 1
                counts[f"{what}.changed"] += key in truth
                counts[f"rule.{gap.rule.id}.said"] += 1
                counts[f"rule.{gap.rule.id}.changed"] += key in truth
                counts[f"{what}.made-equal"] += key in truth and _says(gap, truth[key])
    for key in truth.keys() - seen:
        counts["unseen." + ("resource" if not key[3] else "field")] += 1


def _says(gap: Gap, now: object) -> bool:
    """Did it become what the source has?"""
    return gap.shape in ("new", "own") or bool(diff.equal(gap.source.value, now))


def _kind(gap: Gap) -> str:
    if gap.pinned:
        return "version"
    return "resource" if gap.shape in ("new", "own") else "field"


def _key(gap: Gap, cluster: str | None) -> Key:
    assert gap.resource is not None or gap.pinned
    if gap.resource is None:
        return cluster or "", "", "", gap.field
    return cluster or "", gap.resource.kind, gap.resource.name, gap.field


def changed(before: Snapshot, after: Snapshot, overlay: str) -> Iterator[tuple[Key, object]]:
    """What of an overlay's renders is otherwise now, with what it is now."""
    old, new = _resources(before, overlay), _resources(after, overlay)
    for name in old.keys() & new.keys():
        if old[name] == new[name]:
            continue
        pairs, come, gone = paired(old[name], new[name])
        names = hashed((*old[name], *new[name]))
        for a, b in pairs:
            for one in diff.changes(without_hashes(names, a.content),
                                    without_hashes(names, b.content)):  # fmt: skip
                yield (name[0], a.id.kind, loose(b)[1], one.field), one.after
        for one in (*come, *gone):
            yield (name[0], one.id.kind, loose(one)[1], ""), None


def _resources(snapshot: Snapshot, overlay: str
               ) -> dict[tuple[str, str], tuple[RenderedResource, ...]]:  # fmt: skip
    return {
        (unit.seat.cluster or "", f"{component.name} {unit.root}"): units.resources(snapshot, unit)
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
