"""Findings in the formats of other programs: valid there whatever a tree writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from analyzer import formats
from analyzer.cli import main
from analyzer.findings import (
    DEPRECATED_FIELD,
    FLOATING_IMAGE,
    MISSING_REFERENCE,
    RULES,
    Finding,
    Related,
    Silenced,
)
from analyzer.model import Span
from tests.test_escape import CONTROL, HOSTILE, SHOWN

Draw = Callable[[str], Path]

BLOCKED = Related(Span("over/kustomization.yaml", 1), "does not build because of it")
GONE = Finding(
    MISSING_REFERENCE, "a.yaml does not exist", Span("web/kustomization.yaml", 3), (BLOCKED,)
)
IMAGE = Finding(FLOATING_IMAGE, "image web has no fixed version", Span("web/web.yaml", 9))
OLD = Finding(DEPRECATED_FIELD, "bases is deprecated", Span("web/kustomization.yaml", 1))
MEANT = Silenced(OLD, "an old tool reads it", Span("web/kustomization.yaml", 1), False)
INTENDED = Silenced(OLD, "an old tool reads it", Span("groundplan.yaml", 7), True)


def sarif(*found: Finding, silenced: tuple[Silenced, ...] = ()) -> dict[str, Any]:
    """The one run."""
    log = json.loads(formats.sarif.text(found, silenced))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    return dict(run)


def junit(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


# SARIF ------------------------------------------------------------------------------------------


def test_sarif_has_a_result_for_each_finding() -> None:
    run = sarif(GONE, IMAGE)
    assert run["tool"]["driver"]["name"] == "groundplan"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "floating-image", "missing-reference",
    ]  # fmt: skip
    first, second = run["results"]
    assert first == {
        "ruleId": "missing-reference",
        "ruleIndex": 1,
        "level": "error",
        "message": {"text": "a.yaml does not exist"},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "web/kustomization.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3},
        }}],
        "partialFingerprints": first["partialFingerprints"],
        "relatedLocations": [{
            "id": 1,
            "physicalLocation": {
                "artifactLocation": {"uri": "over/kustomization.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1},
            },
            "message": {"text": "does not build because of it"},
        }],
    }  # fmt: skip
    assert (second["level"], second["ruleIndex"], "relatedLocations" in second) == (
        "warning", 0, False,
    )  # fmt: skip


def test_sarif_rules_help() -> None:
    for rule in RULES:
        (said,) = sarif(Finding(rule, "x", Span("a.yaml")))["tool"]["driver"]["rules"]
        assert said["id"] == rule.id
        assert said["shortDescription"]["text"].endswith(".")
        assert said["fullDescription"]["text"]
        assert "To mend it" in said["help"]["text"]
        assert "`" not in said["help"]["text"]
        assert rule.mend in said["help"]["markdown"]
        assert said["defaultConfiguration"]["level"] == rule.severity.value


def test_sarif_says_what_is_meant_and_where_that_stands() -> None:
    (one,) = sarif(silenced=(MEANT,))["results"]
    (two,) = sarif(silenced=(INTENDED,))["results"]
    assert one["suppressions"] == [{
        "kind": "inSource",
        "justification": "an old tool reads it",
        "location": {"physicalLocation": {
            "artifactLocation": {"uri": "web/kustomization.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        }},
    }]  # fmt: skip
    assert two["suppressions"][0]["kind"] == "external"
    assert sarif()["results"] == []


def test_sarif_fingerprints_stay_when_lines_move() -> None:
    moved = Finding(GONE.rule, GONE.message, Span(GONE.location.path, 99))
    (one, two) = (sarif(f)["results"][0]["partialFingerprints"] for f in (GONE, moved))
    (other,) = sarif(IMAGE)["results"]
    assert one == two != other["partialFingerprints"]


@pytest.mark.parametrize("text", [*HOSTILE, CONTROL])
def test_sarif_takes_hostile_text_as_text(text: str) -> None:
    (result,) = sarif(Finding(GONE.rule, text, Span(f"a/{text}/b c#?.yaml")))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' #?[]<>\\^`{|}"\n\x1b')
    said = result["message"]["text"]
    assert "\x1b" not in said
    assert "](" not in said.replace("\\]", "")


def test_sarif_shows_control_characters() -> None:
    (result,) = sarif(Finding(GONE.rule, CONTROL, Span("")))["results"]
    assert result["message"]["text"] == SHOWN
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."


# JUnit ------------------------------------------------------------------------------------------


def test_junit_has_a_suite_for_each_rule_and_a_case_for_each_finding() -> None:
    top = junit(formats.junit.text((GONE, IMAGE), (MEANT,)))
    assert top.attrib == {"name": "groundplan", "tests": "3", "failures": "1", "errors": "0",
                          "skipped": "1"}  # fmt: skip
    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("skipped")) for s in top] == [
        ("missing-reference", "1", "1", "0"),
        ("floating-image", "1", "0", "0"),
        ("deprecated-field", "1", "0", "1"),
    ]
    cases = list(top.iter("testcase"))
    assert [(c.get("file"), c.get("line")) for c in cases] == [
        ("web/kustomization.yaml", "3"), ("web/web.yaml", "9"), ("web/kustomization.yaml", "1"),
    ]  # fmt: skip
    (failure,) = top.iter("failure")
    assert failure.attrib == {"type": "error", "message": "a.yaml does not exist"}
    assert "Kustomize stops at the first missing file" in (failure.text or "")
    (skipped,) = top.iter("skipped")
    assert skipped.attrib == {"message": "an old tool reads it"}


@pytest.mark.parametrize(("level", "failed"), [("error", 1), ("warning", 2), ("note", 3)])
def test_junit_fails_what_makes_the_command_fail(level: str, failed: int) -> None:
    top = junit(formats.junit.text((GONE, IMAGE, OLD), (), level))
    assert len(list(top.iter("failure"))) == failed == int(top.get("failures", ""))


def test_junit_of_nothing_is_a_test_that_passed() -> None:
    top = junit(formats.junit.text(()))
    assert (top.get("tests"), top.get("failures")) == ("1", "0")
    (case,) = top.iter("testcase")
    assert list(case) == []


@pytest.mark.parametrize("text", [*HOSTILE, CONTROL, "a\u0085b\ufffe\x0c", "'\"&<>]]>"])
def test_junit_is_xml_whatever_a_tree_writes(text: str) -> None:
    finding = Finding(GONE.rule, text, Span(text))
    top = junit(formats.junit.text((finding,), (Silenced(OLD, text, Span(text), False),)))
    (failure,) = top.iter("failure")
    shown = " ".join(text.split()) if text.isprintable() else None
    assert shown in (None, failure.get("message"))
    assert "\x1b" not in (failure.get("message") or "")


# the command ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", formats.CHECK_FORMATS)
def test_check_prints_every_format_and_fails_alike(tree: Draw, format: str) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [gone.yaml]
        commonLabels: {a: b} # groundplan: ignore[deprecated-field] an old tool reads it
    """)
    done = CliRunner().invoke(main, ["-C", str(where), "check", "-f", format])
    assert (done.exit_code, done.stderr) == (1, "")
    assert "gone.yaml does not exist" in done.stdout
    assert ("an old tool reads it" in done.stdout) is (format != "github")
