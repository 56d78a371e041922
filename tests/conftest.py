"""Fixtures that every test module may use."""

from __future__ import annotations

import fcntl
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from analyzer import commands, looking, reviewing
from analyzer.remembering import remembered
from tests.drawn import draw, snapshot
from tests.explaining import WEB, Over, Root
from tests.look import EXAMPLE

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


@pytest.fixture
def over_web(tree: Callable[[str], Path]) -> Over:
    """Draws what lies over the base WEB, and traces the root `top` of it."""
    return lambda drawing: Root(tree(WEB + drawing), "top")


@pytest.fixture
def open_tree() -> Iterator[Callable[[str], Path]]:
    """Draws a tree where everybody may go, unlike below pytest's own directories."""
    where = Path(tempfile.mkdtemp())
    where.chmod(0o755)
    yield lambda drawing: draw(where, drawing)
    for path in (where, *where.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(where)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A directory to write into; whatever a test does, no journal may be left."""
    base = tmp_path / "base"
    base.mkdir()
    before = os.umask(0o022)
    yield base
    os.umask(before)


# Modules that render the same trees again and again, and say nothing of the engine itself.
_RENDER_ALIKE = {
    f"tests.test_{name}"
    for name in ("attribution", "coverage", "extract", "extract_plan", "extract_staying",
                 "extract_trees", "pages", "plans", "promotion", "proving", "proving_besides",
                 "proving_unseen", "schemas", "sharing")
}  # fmt: skip


@pytest.fixture(scope="session")
def for_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def memory(for_all_workers: Path) -> Path:
    """What the engine said in this run, by all that it was given."""
    (for_all_workers / "engine").mkdir(exist_ok=True)
    return for_all_workers / "engine"


@pytest.fixture(autouse=True)
def engine_asked_once(request: pytest.FixtureRequest, memory: Path) -> Iterator[None]:
    """In modules that render alike, the engine is not asked again what it has answered."""
    anew = request.node.get_closest_marker("anew") is not None
    if request.module.__name__ in _RENDER_ALIKE and not anew:
        with remembered(memory):
            yield
    else:
        yield


@pytest.fixture(scope="session")
def example_site(for_all_workers: Path, memory: Path) -> Path:
    """The built site of the example, for tests that only read it; built by whoever comes first."""
    out = for_all_workers / "example-site"
    with (for_all_workers / "example-site.lock").open("w") as lock, remembered(memory):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.is_dir():
            before = snapshot(EXAMPLE)
            commands.site(looking.Options(EXAMPLE), out, reviewing.reviews)
            assert snapshot(EXAMPLE) == before
    return out


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
