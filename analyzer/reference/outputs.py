"""What commands really print on the example, for pages that show it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from analyzer import remembering
from analyzer.errors import AnalyzerError
from analyzer.findings import SECTION_MARKER, Finding
from analyzer.markers import Section

ROOT = Path(__file__).resolve().parents[2]  # the checkout: only there the example is
EXAMPLE = "examples/platform"
_SECONDS = 300

# What a marker `output of=NAME` shows. Names are ours, words are what a reader types.
COMMANDS: Mapping[str, str] = {
    "version": "groundplan --version",
    "structure": "groundplan report structure",
    "coverage": "groundplan report coverage",
    "coverage-json": "groundplan report coverage -f json",
    "check": "groundplan check",
    "github": "groundplan check -f github --no-render",
    "render": "groundplan render local/orders-api",
    "partial": "groundplan render local/gateway-api",
    "broken": "groundplan render production/worker-bulk",
    "place": "groundplan render production/valt",
    "init": "groundplan init --print",
    "readme": "groundplan readme --diff",
    "docs": "groundplan docs -o docs/platform",
    "diff": "groundplan diff --since main",
    "diff-markdown": "groundplan diff --since main -f markdown",
    "diff-environments": "groundplan diff staging production loki",
    "impact": "groundplan report impact --since main",
    "promotion": "groundplan report promotion",
    "duplication": "groundplan report duplication",
    "extract": "groundplan extract plan --all",
    "why": "groundplan why production/storefront deploy/storefront spec.replicas",
    "why-images": "groundplan why production/storefront deploy/storefront "
    "spec.template.spec.containers[storefront].image",
    "why-component": "groundplan why local/orders-api deploy/orders-api "
    "spec.template.spec.containers[orders-api].readinessProbe",
    "why-json-patch": "groundplan why production/vault sts/vault "
    "spec.volumeClaimTemplates[data].spec.resources.requests.storage",
    "why-generator": "groundplan why production/orders-api cm/orders-api-config data.LOG_LEVEL",
    "why-base": "groundplan why production/vault sts/vault "
    "spec.template.spec.containers[vault].image",
    "why-values": "groundplan why production/prometheus hr/prometheus "
    "values.server.global.external_labels.cluster",
    "why-whole": "groundplan why staging/alertmanager svc/alertmanager",
    "dead": "groundplan report configuration",
}

# What a branch of the example edits, for commands that compare with its main branch.
BRANCH: tuple[tuple[str, str, str], ...] = (
    ("clusters/base/monitoring/grafana/deployment.yaml", "grafana:11.1.4", "grafana:11.2.0"),
    ("clusters/production/monitoring/grafana/resources.yaml", "memory: 512Mi", "memory: 1Gi"),
    ("clusters/production/infrastructure/vault/cluster.json6902.yaml", "50Gi", "80Gi"),
    ("dashboards/orders.json", "orders_created_total", "orders_accepted_total"),
)
_WHEN = "2026-01-01T00:00:00Z"
_GIT = {
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Ada"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.com"),
    **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), _WHEN),
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@contextmanager
def example() -> Iterator[Path]:
    """A copy of the example as a tree of its own, as a reader has one; gone afterwards.

    An empty `.git` says so, wherever the copy is made.
    """
    if not (ROOT / EXAMPLE).is_dir():
        raise AnalyzerError(f"{EXAMPLE}: not beside the package; run this in a checkout")
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        here = Path(folder) / Path(EXAMPLE).name
        shutil.copytree(ROOT / EXAMPLE, here)
        (here / ".git").mkdir()
        yield here


def printed(names: Iterable[str], memory: Path) -> Mapping[str, str]:
    """What each named command prints, words to the user included; each in a copy of its own.

    `memory` is the folder in which they find what the engine said to another.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(pool.map(lambda name: (name, _run(COMMANDS[name], memory)), sorted(set(names))))


def _run(command: str, memory: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
    program = (sys.executable, "-m", remembering.__name__, str(memory))
    words = (*program, *command.split()[1:])
    with example() as here:
        if "--since" in words:
            _branch(here)
        elif "why" in words:
            _committed(here)
        done = subprocess.run(words, cwd=here, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=_SECONDS, check=False)  # fmt: skip
    text = done.stdout.decode()
    if done.returncode not in (0, 1, 2) or "Traceback" in text:
        raise AnalyzerError(f"{command}: failed:\n{text}")
    return text


def _branch(tree: Path) -> None:
    """The copy as a repository, edited as a branch is."""
    _committed(tree)
    for path, old, new in BRANCH:
        text = (tree / path).read_text(encoding="utf-8")
        if old not in text:
            raise AnalyzerError(f"{path}: does not say {old} any more; correct BRANCH")
        (tree / path).write_text(text.replace(old, new), encoding="utf-8")


def _committed(tree: Path) -> None:
    """The copy as a repository with one commit, of the same hash everywhere."""
    (tree / ".git").rmdir()
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Platform")):
        subprocess.run(("git", *words), cwd=tree, env={**os.environ, **_GIT}, check=True,
                       timeout=_SECONDS, capture_output=True)  # fmt: skip


def shown(section: Section, said: Mapping[str, str]) -> str | Finding:
    """A command and what it printed, as a fenced block.

    `from=WORD` begins at the first line that begins so, `lines=N` ends after so many lines; `…`
    stands for what is left out.
    """
    name = section.option("of")
    if name not in said:
        return Finding(SECTION_MARKER, f"of={name} is none of {', '.join(COMMANDS)}", section.span)
    body = "\n".join(_part(said[name].rstrip("\n").split("\n"), section))
    return f"```console\n$ {COMMANDS[name]}\n{body}\n```"


def _part(lines: list[str], section: Section) -> Iterator[str]:
    word = section.option("from")
    first = next((i for i, line in enumerate(lines) if line.startswith(word)), 0)
    last = min(first + int(section.option("lines", str(len(lines)))), len(lines))
    if first:
        yield "…"
    yield from lines[first:last]
    if last < len(lines):
        yield "…"
