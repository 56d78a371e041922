"""What is meant is silenced, with a reason; what silences nothing is a finding itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analyzer import analyses, commands, looking, silences, silencing
from analyzer.findings import Silenced
from analyzer.formats.text import Style
from analyzer.intent import Intent, Subject, covering
from analyzer.model import ResourceId, Seat, Span
from tests.drawn import commit
from tests.look import look, pairs, said

Draw = Callable[[str], Path]

# an image without a version at web/web.yaml:4, an old field at web/kustomization.yaml:2
WEB = """
    --- web/kustomization.yaml
    resources: [web.yaml]
    commonLabels: {a: b}
    --- web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: web}]}}}
"""
IMAGE = ("floating-image", "web/web.yaml:4")
OLD = ("deprecated-field", "web/kustomization.yaml:2")


def run(where: Path, **options: bool) -> analyses.Said:
    return analyses.run(look(where, **options))


def found(where: Path, **options: bool) -> list[tuple[str, str]]:
    return sorted(pairs(run(where, **options).findings))


def meant(silenced: tuple[Silenced, ...]) -> list[tuple[str, str, str, str]]:
    """(rule, place, reason, where that is written) of each."""
    return [(s.finding.rule.id, str(s.finding.location), s.reason, str(s.by)) for s in silenced]


def test_without_a_word_everything_counts(tree: Draw) -> None:
    done = run(tree(WEB))
    assert sorted(pairs(done.findings)) == [OLD, IMAGE]
    assert done.silenced == ()


# comments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kustomization", "by", "at"),
    [
        ("resources: [web.yaml]\ncommonLabels: {a: b} # groundplan: ignore[deprecated-field] old "
         "names stay", 2, 2),
        ("resources: [web.yaml]\n# groundplan: ignore[deprecated-field] old names stay\n"
         "commonLabels: {a: b}", 2, 3),
        ("resources: [web.yaml]\n# groundplan: ignore[deprecated-field] old names stay\n\n"
         "# about labels\ncommonLabels: {a: b}", 2, 5),
        ("resources: [web.yaml]\n#groundplan:ignore[ deprecated-field , orphan-file ]: old names "
         "stay\ncommonLabels: {a: b}", 2, 3),
        ("# groundplan: ignore-file[deprecated-field] old names stay\nresources: [web.yaml]\n"
         "commonLabels: {a: b}", 1, 3),
        ("# the web\n---\n# groundplan: ignore-file[deprecated-field] — old names stay\n"
         "resources: [web.yaml]\ncommonLabels: {a: b}", 3, 5),
    ],
    ids=["same line", "line above", "further above", "several rules", "file", "below a separator"],
)  # fmt: skip
def test_a_comment_silences(tree: Draw, kustomization: str, by: int, at: int) -> None:
    where = tree(WEB)
    (where / "web/kustomization.yaml").write_text(kustomization + "\n")
    done = run(where)
    path = "web/kustomization.yaml"
    assert meant(done.silenced) == [
        ("deprecated-field", f"{path}:{at}", "old names stay", f"{path}:{by}")
    ]
    unused = [("unused-silence", f"{path}:{by}")] if "orphan-file" in kustomization else []
    assert sorted(pairs(done.findings)) == [IMAGE, *unused]


def test_a_comment_silences_nothing_but_its_rule_line_and_file(tree: Draw) -> None:
    where = tree(WEB)
    (where / "web/kustomization.yaml").write_text(
        "resources: [web.yaml] # groundplan: ignore[deprecated-field] the line below is meant\n"
        "commonLabels: {a: b} # groundplan: ignore[floating-image] it is in another file\n"
    )
    assert sorted(said(run(where).findings)) == [
        ("deprecated-field", "web/kustomization.yaml:2", "commonLabels is deprecated; use labels"),
        ("floating-image", "web/web.yaml:4",
         "image web has no fixed version; name a tag or digest"),
        ("unused-silence", "web/kustomization.yaml:1",
         "deprecated-field finds nothing at line 1; remove the comment"),
        ("unused-silence", "web/kustomization.yaml:2",
         "floating-image finds nothing at line 2; remove the comment"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore[deprecated-field]",
         "ignore[deprecated-field] gives no reason; say after the brackets why it is right"),
        ("ignore[deprecated-field] :",
         "ignore[deprecated-field] gives no reason; say after the brackets why it is right"),
        ("ignore[depreciated-field] why",
         "depreciated-field is no rule; did you mean deprecated-field?"),
        ("ignore[zzz] why", "zzz is no rule"),
        ("ignore[] why", "ignore names no rule; write ignore[rule] reason"),
        ("ignore why", "ignore names no rule; write ignore[rule] reason"),
        ("ignor[deprecated-field] why",
         "not understood; write ignore[rule] reason, or ignore-file[rule] reason"),
        ("ignore[unused-silence] why", "unused-silence cannot be silenced; mend what it finds"),
        ("ignore-file[deprecated-field] why",
         "ignore-file stands below the first content; move it to the top of the file"),
    ],
)  # fmt: skip
def test_a_comment_that_is_not_understood_is_a_finding(
    tree: Draw, comment: str, message: str
) -> None:
    where = tree(WEB)
    (where / "web/kustomization.yaml").write_text(
        f"resources: [web.yaml]\ncommonLabels: {{a: b}} # groundplan: {comment}\n"
    )
    at = "web/kustomization.yaml:2"
    assert ("invalid-silence", at, message) in said(run(where).findings)
    assert OLD in found(where)


def test_a_rule_that_is_unknown_leaves_the_others(tree: Draw) -> None:
    where = tree(WEB)
    (where / "web/kustomization.yaml").write_text(
        "resources: [web.yaml]\n"
        "commonLabels: {a: b} # groundplan: ignore[zzz, deprecated-field] old names\n"
    )
    assert found(where) == [IMAGE, ("invalid-silence", "web/kustomization.yaml:2")]


WORDS = "groundplan: ignore[orphan-file] no comment"


@pytest.mark.parametrize(
    "text",
    [f'a: "x # {WORDS}"', f"a: 'x # {WORDS}'", f"a: x#{WORDS}", f"a: |\n  # {WORDS}",
     f"a: >-\n  x # {WORDS}", "# a groundplan: not ours"],
)  # fmt: skip
def test_what_is_no_comment_says_nothing(text: str) -> None:
    assert silences.read("web/a.yaml", f"kind: X\n{text}\n".encode()) == ((), ())


def test_a_comment_in_an_inline_patch_is_one() -> None:
    text = b"patches:\n- patch: |-\n    # groundplan: ignore[orphan-file] why\n    - op: add\n"
    (silence,), wrong = silences.read("web/kustomization.yaml", text)
    assert (silence.line, silence.span.line, wrong) == (4, 3, ())


def test_comments_count_in_a_file_that_is_no_yaml(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [a.yaml]
        --- web/a.yaml
        a: b: c # groundplan: ignore[broken-yaml] a template, made before the build
    """)
    done = run(where)
    assert (pairs(done.findings), len(done.silenced)) == ([], 1)


def test_what_only_a_render_shows_is_not_called_unused_without_one(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [web.yaml]
        --- web/web.yaml = Deployment/web
        spec: {template: {spec: {containers: [{name: web, image: web:v1}]}}}
    """)
    with (where / "web/web.yaml").open("a") as file:
        file.write("# groundplan: ignore-file[orphan-file] x\n")
    text = (
        (where / "web/web.yaml")
        .read_text()
        .replace("image: web:v1}]}}}", "image: web:v1}]}}} # groundplan: ignore[floating-image] x")
    )
    (where / "web/web.yaml").write_text(text)
    invalid = ("invalid-silence", "web/web.yaml:5")
    assert found(where, render=False) == [invalid]
    assert found(where) == [invalid, ("unused-silence", "web/web.yaml:4")]


# intents ----------------------------------------------------------------------------------------

CLUSTERS = """
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: app, image: "web:v1"}]}}}
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    commonLabels: {a: b}
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    commonLabels: {a: b}
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{component}"]
      base: ["base/{component}"]
    environments: [staging, production]
    intent:
"""
STAGING = ("deprecated-field", "clusters/staging/web/kustomization.yaml:2")
PRODUCTION = ("deprecated-field", "clusters/production/web/kustomization.yaml:2")
AT = "groundplan.yaml:6"


def intended(tree: Draw, entry: str) -> Path:
    return tree(CLUSTERS + f"    - {{{entry}}}\n")


@pytest.mark.parametrize(
    ("selectors", "left"),
    [
        ("environment: production", [STAGING]),
        ("environment: [staging, prod*]", []),
        ("path: clusters/staging/**", [PRODUCTION]),
        ("path: '*/*/web/kustomization.yaml'", []),
        ("component: web", []),
        ("component: web, environment: staging", [PRODUCTION]),
    ],
)
def test_an_intent_accepts_findings(tree: Draw, selectors: str, left: list[object]) -> None:
    entry = f"kind: accept-finding, rule: deprecated-*, {selectors}, reason: names stay"
    done = run(intended(tree, entry))
    assert pairs(done.findings) == left
    assert {(s.reason, str(s.by), s.in_configuration) for s in done.silenced} == {
        ("names stay", AT, True)
    }
    assert len(done.silenced) == 2 - len(left)


def test_an_intent_may_name_the_resource_at_the_line(tree: Draw) -> None:
    where = tree(
        WEB
        + """
    --- groundplan.yaml
    intent:
    - {kind: accept-finding, rule: floating-image, resource: Deployment/w*, reason: built here}
    """
    )
    assert found(where) == [OLD]


def test_copies_that_are_to_stay_apart_are_no_finding(tree: Draw) -> None:
    where = tree("""
        --- base/web/kustomization.yaml
        resources: [a.yaml]
        --- base/web/a.yaml = ConfigMap/a
        --- clusters/staging/web/kustomization.yaml
        resources: [../../../base/web]
        namePrefix: x-
        --- clusters/production/web/kustomization.yaml
        resources: [a.yaml]
        --- clusters/production/web/a.yaml = ConfigMap/a
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{component}"], base: ["base/{component}"]}
    """)
    copied = ("copied-configuration", "clusters/production/web/kustomization.yaml:1")
    assert copied in found(where)
    with (where / "groundplan.yaml").open("a") as file:
        file.write("intent: [{kind: keep-separate, component: web, reason: audited apart}]\n")
    done = run(where)
    assert copied not in pairs(done.findings)
    assert [s.finding.rule.id for s in done.silenced] == ["copied-configuration"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kind: accept-finding, rule: orphan-file",
         "accept-finding: nothing is found that it describes; correct it, or remove it"),
        ("kind: keep-different, component: wep",
         "keep-different: no component is wep; correct it, or remove it"),
        ("kind: known-lag, environment: [prod, live]",
         "known-lag: no environment is prod, live; correct it, or remove it"),
        ("kind: keep-separate, path: gone/**",
         "keep-separate: no file is gone/**; correct it, or remove it"),
        ("kind: keep-different, component: web, resource: StatefulSet/*",
         "keep-different: no resource there is StatefulSet/*; correct it, or remove it"),
        ("kind: keep-different, resource: Deployment/web, field: spec.replica",
         "keep-different: no field there is spec.replica; correct it, or remove it"),
    ],
)  # fmt: skip
def test_an_intent_that_is_about_nothing_is_a_finding(tree: Draw, entry: str, message: str) -> None:
    where = intended(tree, f"{entry}, reason: why")
    own = [f for f in said(run(where).findings) if f[0] != "deprecated-field"]
    assert own == [("unused-intent", AT, message)]


@pytest.mark.parametrize(
    "entry",
    [
        "kind: keep-different, component: web, environment: production, field: spec.replicas",
        "kind: keep-different, resource: deployment/web, field: '**.containers[app].image'",
        "kind: known-lag, component: web",
        "kind: keep-separate, path: clusters/production",
        "kind: keep-different, environment: staging, resource: Deployment, field: spec.template",
    ],
)
def test_an_intent_about_something_is_no_finding(tree: Draw, entry: str) -> None:
    where = intended(tree, f"{entry}, reason: why")
    if "path" in entry:
        (where / "clusters/production/README").write_text("")
        (where / "groundplan.yaml").write_text(
            (where / "groundplan.yaml").read_text().replace("production, reason",
                                                            "production/*, reason")
        )  # fmt: skip
    assert found(where) == [PRODUCTION, STAGING]


def test_fields_are_not_missed_where_nothing_is_rendered(tree: Draw) -> None:
    where = intended(tree, "kind: keep-different, resource: StatefulSet/gone, reason: why")
    assert "unused-intent" not in dict(found(where, render=False))


def test_an_intent_counts_through_its_last_day(tree: Draw) -> None:
    entry = "kind: accept-finding, rule: deprecated-field, expires: 2026-03-31, reason: after Q1"
    snapshot = look(intended(tree, entry))
    for today, expected in (
        (None, []),
        (date(2026, 3, 31), []),
        (date(2026, 4, 1), [PRODUCTION, STAGING, ("expired-intent", AT)]),
    ):
        done = analyses.run(replace(snapshot, today=today))
        assert sorted(pairs(done.findings)) == expected
    assert done.findings[0].message == "accept-finding expired on 2026-03-31: after Q1"


def test_what_silences_is_a_value_of_its_own(tree: Draw) -> None:
    """Findings of one revision may be judged by what another says."""
    quiet = look(intended(tree, "kind: accept-finding, rule: deprecated-field, reason: why"))
    by = silencing.meant(quiet)
    assert sorted(pairs(analyses.run(quiet, silencing.Meant()).findings)) == [PRODUCTION, STAGING]
    assert pairs(analyses.run(quiet, by).findings) == []


def test_every_report_leaves_out_what_is_meant(tree: Draw) -> None:
    where = tree(
        WEB
        + """
    --- web/orphan.yaml = ConfigMap/a
    # groundplan: ignore-file[orphan-file] too late
    --- groundplan.yaml
    intent: [{kind: accept-finding, rule: orphan-file, reason: kept as a sample}]
    """
    )
    done = run(where)
    for name, report in done.reports.items():
        assert "orphan-file" not in dict(pairs(report.findings)), name
    listed = [s.finding.rule.id for s in done.reports["configuration"].silenced]
    assert listed == ["orphan-file"]


def test_one_report_alone_silences_the_same(tree: Draw) -> None:
    snapshot = look(intended(tree, "kind: accept-finding, rule: deprecated-*, reason: why"))
    every = analyses.run(snapshot).reports
    for name, report in every.items():
        assert analyses.run(snapshot, names=(name,)).reports[name] == report


# selectors --------------------------------------------------------------------------------------

WHERE = Subject(
    "infrastructure/vault", (Seat("production", "eu"),),
    ResourceId("apps", "StatefulSet", "vault", "vault"),
    "spec.template.spec.containers[name=vault].image", "clusters/production/eu/vault.yaml",
)  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "glob", "covered"),
    [
        ("component", "vault", True),
        ("component", "infrastructure/*", True),
        ("component", "infrastructure/vault", True),
        ("component", "monitoring/*", False),
        ("component", "vaul", False),
        ("environment", "production", True),
        ("environment", "production/eu", True),
        ("environment", "*/eu", True),
        ("environment", "production/us", False),
        ("resource", "StatefulSet", True),
        ("resource", "statefulset/vault", True),
        ("resource", "*/vault", True),
        ("resource", "vault/StatefulSet/vault", True),
        ("resource", "Deployment", False),
        ("resource", "StatefulSet/other", False),
        ("field", "spec", True),
        ("field", "spec.template.spec.containers", True),
        ("field", "spec.template.spec.containers[name=vault].image", True),
        ("field", "spec.template.spec.containers[vault].image", True),
        ("field", "spec.template.spec.containers[*].image", True),
        ("field", "spec.*.spec.containers[vault]", True),
        ("field", "**.image", True),
        ("field", "spec.template.spec.containers[other].image", False),
        ("field", "spec.*.image", False),
        ("field", "spec.temp", False),
        ("path", "clusters/**", True),
        ("path", "**/vault.yaml", True),
        ("path", "clusters/*/eu/vault.y?ml", True),
        ("path", "clusters/*/vault.yaml", False),
        ("path", "lusters/**", False),
    ],
)
def test_a_selector_covers(selector: str, glob: str, covered: bool) -> None:
    entry = Intent("keep-different", "why", Span("groundplan.yaml"), **{selector: (glob,)})  # type: ignore[arg-type]  # one of the selectors
    assert entry.covers(WHERE) is covered
    assert not entry.covers(Subject())
    assert (covering((entry,), "keep-different", WHERE) is entry) is covered
    assert covering((entry,), "known-lag", WHERE) is None


def test_every_selector_must_match() -> None:
    entry = Intent("known-lag", "why", Span(""), component=("vault", "loki"), field=("spec",))
    assert entry.covers(WHERE)
    assert not replace(entry, environment=("staging",)).covers(WHERE)
    assert not replace(entry, expires=date(2026, 1, 1)).expired(date(2026, 1, 1))
    late = replace(entry, expires=date(2026, 1, 1))
    assert covering((late, entry), "known-lag", WHERE, date(2026, 1, 2)) is entry


# the day ----------------------------------------------------------------------------------------


def test_the_day_is_that_of_the_newest_commit(tree: Draw) -> None:
    entry = "kind: accept-finding, rule: deprecated-field, expires: 2026-03-31, reason: after Q1"
    where = intended(tree, entry)
    commit(where, "first", "2026-03-31T12:00:00Z")
    options = looking.Options(where, dated=True)
    assert commands.look(options).snapshot.today == date(2026, 3, 31)
    assert commands.check(options, "json", Style())[1] == ()
    commit(where, "second", "2026-04-01T00:30:00Z")
    assert pairs(commands.check(options, "json", Style())[1])[0] == ("expired-intent", AT)


def test_pages_that_are_committed_know_no_day(tree: Draw) -> None:
    where = intended(tree, "kind: known-lag, component: web, expires: 2026-03-31, reason: why")
    commit(where, "late", "2026-05-01T00:00:00Z")
    assert look(where).today is None
    assert found(where) == [PRODUCTION, STAGING]


def test_without_git_the_clock_is_read_only_where_something_expires(tree: Draw) -> None:
    where = intended(tree, "kind: known-lag, component: web, expires: 2001-01-01, reason: why")
    today = commands.look(looking.Options(where, dated=True)).snapshot.today
    assert today is not None
    assert today >= date(2026, 1, 1)
    (where / "groundplan.yaml").write_text("title: none of it\n")
    assert commands.look(looking.Options(where, dated=True)).snapshot.today is None


def test_a_byte_order_mark_moves_nothing() -> None:
    text = '\ufeffa: "x" # groundplan: ignore[orphan-file] why\n'.encode()
    (silence,), wrong = silences.read("web/a.yaml", text)
    assert (silence.line, silence.reason, wrong) == (1, "why", ())


@pytest.mark.parametrize(
    ("name", "proved", "expected"),
    [
        ("gone", True, []),
        ("web", True, [("unused-silence", "web/kustomization.yaml:3")]),
        ("web", False, []),
        ("gone", False, []),
    ],
)
def test_what_only_a_proof_shows_is_not_called_unused_without_one(
    tree: Draw, name: str, proved: bool, expected: list[tuple[str, str]]
) -> None:
    where = tree(f"""
        --- web/kustomization.yaml
        resources: [web.yaml]
        images:
        - {{name: {name}, newTag: v2}} # groundplan: ignore[matches-nothing] comes next week
        --- web/web.yaml = Deployment/web
        spec: {{template: {{spec: {{containers: [{{name: web, image: "web:v1"}}]}}}}}}
    """)
    done = analyses.run(commands.look(looking.Options(where), prove=proved).snapshot)
    assert pairs(done.findings) == expected
    assert len(done.silenced) == (proved and not expected)
