"""The style sheet and the script of a site: small, self-contained, and they do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analyzer import dot
from analyzer.drawing import EDGE_KINDS, NODE_KINDS, Diagram, Edge, Node, finish_svg, to_dot

ASSETS = Path(__file__).parents[1] / "templates/assets"


@pytest.mark.parametrize(("name", "size"), [("groundplan.css", 26_000), ("groundplan.js", 22_000)])
def test_assets_are_small_and_ask_nobody_for_anything(name: str, size: int) -> None:
    text = (ASSETS / name).read_text("utf-8")
    assert len(text.encode()) <= size
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|localStorage", text)


def test_the_style_sheet_knows_every_kind() -> None:
    text = (ASSETS / "groundplan.css").read_text("utf-8")
    plain = {"environment", "category", "file", "references", "patches", "depends-on"}
    kinds = {f"gp-node--{k}" for k in NODE_KINDS.keys() - plain}
    kinds |= {f"gp-edge--{k}" for k in EDGE_KINDS.keys() - plain}
    for state in ("referenced", "partial", "copied", "own", "missing", "broken"):
        kinds.add(f"gp-state--{state}")
    assert not [name for name in kinds if f".{name}" not in text]


# In a browser -----------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>t</title>
<style>{css}</style>
<figure class="gp-figure"><div class="gp-frame">{svg}</div></figure>
<script>{js}</script>
<script>
const said = {{}};
const frame = document.querySelector(".gp-frame"), svg = frame.querySelector("svg");
const width = () => Number(svg.getAttribute("viewBox").split(" ")[2]);
const left = () => Number(svg.getAttribute("viewBox").split(" ")[0]);
const key = (key) => frame.dispatchEvent(new KeyboardEvent("keydown", {{key, bubbles: true}}));
const wheel = (ctrlKey) => svg.dispatchEvent(
  new WheelEvent("wheel", {{deltaY: -90, ctrlKey, bubbles: true, cancelable: true}}));
document.addEventListener("DOMContentLoaded", () => setTimeout(() => {{
  const start = width();
  said.target = [...document.querySelectorAll(".gp-node--target")].map((n) => n.dataset.gpNode);
  said.label = frame.getAttribute("aria-label");
  said.focusable = frame.tabIndex === 0;
  said.buttons = [...document.querySelectorAll(".gp-tools button")].map((b) => b.ariaLabel);
  said.scrolls = wheel(false) && width() === start;
  said.zooms = !wheel(true) && width() < start;
  key("0"); said.fits = width() === start;
  key("+"); said.plus = width() < start;
  const x = left();
  key("ArrowRight"); said.right = left() > x;
  key("-"); said.minus = Math.abs(width() - start) < 1;
  const edge = svg.querySelector("[data-gp-node=a] .gp-shape");
  edge.dispatchEvent(new PointerEvent("pointerover", {{bubbles: true}}));
  said.traced = [...svg.querySelectorAll(".gp-on")].map((mark) => mark.id);
  document.title = "done";
  document.body.appendChild(document.createElement("pre")).textContent = JSON.stringify(said);
}}, 100));
</script></html>
"""


def chromium() -> str:
    """Debian's Chromium. CI requires it; elsewhere the test says why it did not run."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("GROUNDPLAN_BROWSER") == "required":
            pytest.fail("chromium is not installed, and GROUNDPLAN_BROWSER requires it")
        pytest.skip("needs chromium on PATH")
    return program


@pytest.mark.browser
def test_the_script_zooms_moves_traces_and_finds(tmp_path: Path) -> None:
    nodes = tuple(Node(id, id, "overlay", f"{id}/") for id in ("a", "b/c", "d"))
    diagram = Diagram("d", "Three", nodes, (Edge("a", "b/c", "references"),))
    (raw,) = dot.render([to_dot(diagram)])
    page = tmp_path / "page.html"
    page.write_text(PAGE.format(
        svg=finish_svg(raw or "", diagram),
        css=(ASSETS / "groundplan.css").read_text("utf-8"),
        js=(ASSETS / "groundplan.js").read_text("utf-8"),
    ), "utf-8")  # fmt: skip
    done = subprocess.run(
        [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{page.as_uri()}#gp-node=b%2Fc"],
        capture_output=True, text=True, timeout=120, check=True)  # fmt: skip
    found = re.search(r"<pre>(.*)</pre>", done.stdout)
    assert found is not None, done.stdout[-2000:]
    assert json.loads(found[1]) == {
        "target": ["b/c"],
        "label": "Three. Diagram: plus and minus zoom, zero shows all, arrow keys move.",
        "focusable": True,
        "buttons": ["Zoom in (+)", "Zoom out (−)", "Show the whole diagram (0)", "Full screen"],
        "scrolls": True,
        "zooms": True,
        "fits": True,
        "plus": True,
        "right": True,
        "minus": True,
        "traced": ["d-e0", "d-n0", "d-n1"],
    }
