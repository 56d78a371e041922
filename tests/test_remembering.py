"""One engine call for all who render the same files: it says the same, and is asked only once."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import engine
from analyzer.engine import Output
from analyzer.remembering import remembered
from tests.drawn import draw

TREE = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = ConfigMap/web
    --- overlay/kustomization.yaml
    resources: [../base]
    namePrefix: my-
    --- broken/kustomization.yaml
    resources: [gone.yaml]
    """
ROOTS = ("base", "overlay", "broken")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The roots that the engine itself is asked to build, in order."""
    found: list[str] = []
    real = engine.build

    def build(
        program: Path, directory: str, root: str, confined: bool, outward: bool = False
    ) -> Output:
        found.append(root)
        return real(program, directory, root, confined, outward)

    monkeypatch.setattr(engine, "build", build)
    return found


def said(where: Path) -> list[Output]:
    return [engine.build(engine.program(), str(where), root, False) for root in ROOTS]


def test_the_engine_is_asked_once_and_its_answers_are_what_they_were(
    tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "memory").mkdir()
    plain = said(draw(tmp_path / "one", TREE))
    asked.clear()
    for copy in ("one", "other"):
        with remembered(tmp_path / "memory"):
            assert said(draw(tmp_path / copy, TREE)) == plain
    assert asked == list(ROOTS)


@pytest.mark.parametrize(
    "drawing",
    [
        "--- base/web.yaml = ConfigMap/other\n",
        "--- base/one-more.yaml\n",
        "--- empty/\n",
        "--- link -> base\n",
    ],
    ids=["another file", "one more file", "one more directory", "a link"],
)
def test_anything_else_is_asked_anew(tmp_path: Path, asked: list[str], drawing: str) -> None:
    (tmp_path / "memory").mkdir()
    with remembered(tmp_path / "memory"):
        said(draw(tmp_path / "one", TREE))
        asked.clear()
        other = draw(draw(tmp_path / "other", TREE), drawing)
        found = said(other)
    assert asked == list(ROOTS)
    assert found == said(other)
