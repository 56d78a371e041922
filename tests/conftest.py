"""Fixtures that every test module may use."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.drawn import draw

# Machines differ in speed. A check that passes or fails by chance tells nothing of a change: in CI
# the examples are the same every time, at a desk they are others every time.
settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("here")

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "trees"


GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write expected outputs anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the file of this name in tests/golden, or writes it there."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str], Path]:
    """Draws a tree in a directory of its own, `tree`; drawing again adds to it."""
    return lambda drawing: draw(tmp_path / "tree", drawing)


@pytest.fixture(scope="session")
def shared_trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Real public repositories, unpacked once; what needs them skips where there are none."""
    archives = sorted(SHARED.glob("*.tar.xz"))
    if not archives:
        pytest.skip(f"no real trees: {SHARED} holds no *.tar.xz")
    where = tmp_path_factory.mktemp("trees")
    for archive in archives:
        with tarfile.open(archive) as packed:
            if hasattr(tarfile, "data_filter"):
                packed.extractall(where, filter="data")
            else:  # Python before 3.11.4
                packed.extractall(where)
    return tuple(sorted(path for path in where.iterdir() if path.is_dir()))
