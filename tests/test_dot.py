"""The door to a renderer: order and bytes kept, and trouble stays with the diagram that made it."""

from __future__ import annotations

import shutil
import stat
import sys
from pathlib import Path

import pytest

from analyzer import dot

FAKE = """#!{python}
import sys, time
text = sys.stdin.read()
with open({log!r}, "a") as log:
    log.write(str(text.count("digraph")) + "\\n")
if "hang" in text:
    time.sleep(60)
if "crash" in text:
    sys.exit(3)
if "garbage" in text:
    sys.stdout.buffer.write(b"\\xff\\xfe")
for name in text.split("digraph ")[1:]:
    if "silent" not in name:
        print("<?xml version='1.0'?><svg>" + name.split()[0] + "</svg>")
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A renderer that hangs, crashes, prints garbage or nothing when asked; its log is returned."""
    program, log = tmp_path / "fake", tmp_path / "log"
    program.write_text(FAKE.format(python=sys.executable, log=str(log)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(dot, "_command", lambda: ("fake", (str(program),)))
    return log


def svg(name: str) -> str:
    return f"<?xml version='1.0'?><svg>{name}</svg>\n"


def test_the_wheel_draws() -> None:
    assert dot.renderer() == "graphviz-pure"
    (drawn,) = dot.render(["digraph { a -> b }"])
    assert drawn is not None
    assert drawn.startswith("<?xml ")
    assert drawn.rstrip().endswith("</svg>")


def test_many_are_drawn_in_their_order() -> None:
    drawn = dot.render([f'digraph {{ n [label="<{n}>"] }}' for n in range(50)], jobs=3)
    assert [f"&lt;{n}&gt;</text>" in str(one) for n, one in enumerate(drawn)] == [True] * 50


def test_nothing_to_draw_is_no_trouble() -> None:
    assert dot.render([]) == ()


def test_the_same_text_gives_the_same_bytes_alone_and_in_company() -> None:
    text = "digraph { rankdir=LR; node [fontname=Helvetica]; a -> b -> c }"
    (alone,) = dot.render([text])
    assert dot.render([text, "digraph { x }", text])[::2] == (alone, alone)


@pytest.mark.parametrize("bad", ["digraph { [[[ }", "", "no DOT", "digraph { a", "\ud800"])
def test_what_cannot_be_drawn_is_none_and_the_others_are_there(bad: str) -> None:
    first, middle, last = dot.render(["digraph { a }", bad, "digraph { b }"])
    assert middle is None
    assert "<title>a</title>" in str(first)
    assert "<title>b</title>" in str(last)


@pytest.mark.parametrize("word", ["hang", "crash", "garbage", "silent"])
def test_trouble_costs_only_its_own_diagram(fake: Path, word: str) -> None:
    drawn = dot.render(["digraph a", f"digraph {word}", "digraph b"], seconds=1)
    assert drawn == (svg("a"), None, svg("b"))
    assert fake.read_text().split() == ["3", "1", "1", "1"]


def test_a_batch_without_trouble_starts_one_process(fake: Path) -> None:
    names = [f"n{n}" for n in range(dot._BATCH + 1)]
    assert dot.render([f"digraph {n}" for n in names], jobs=1) == tuple(map(svg, names))
    assert fake.read_text().split() == [str(dot._BATCH), "1"]


def test_a_renderer_that_cannot_be_started_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "_command", lambda: ("gone", ("/nonexistent/dot",)))
    assert dot.render(["digraph a", "digraph b"]) == (None, None)


def test_without_any_renderer_there_are_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "_wheel", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(dot, "find_spec", lambda name: None)
    dot._command.cache_clear()
    try:
        assert dot.renderer() == "none"
        assert dot.render(["digraph { a }"]) == (None,)
    finally:
        dot._command.cache_clear()


def test_the_others_stand_in_for_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "_wheel", lambda: None)
    monkeypatch.setattr(dot, "find_spec", lambda name: object())
    try:
        for found, name in (("/usr/bin/dot", "dot"), (None, "pygraphviz")):
            monkeypatch.setattr(shutil, "which", lambda _, found=found: found)
            dot._command.cache_clear()
            assert dot.renderer() == name
    finally:
        dot._command.cache_clear()


def test_the_wheels_program_is_the_wheels_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    program = dot._wheel()
    assert program is not None
    assert program.is_absolute()
    assert program.stem == "graphviz-pure"
