"""groundplan.yaml: what it pins, and all that is wrong with it at once."""

from __future__ import annotations

import textwrap
from datetime import date

import jsonschema
import pytest
import yaml

from analyzer import config
from analyzer.config import Config
from analyzer.deployments import Sources
from analyzer.errors import ConfigError
from analyzer.intent import Intent
from analyzer.layout import Layout
from analyzer.model import Span

WHOLE = """
    layout:
      patterns: ["clusters/{environment}/{category}/{component}"]
      base: ["clusters/base/{category}/{component}"]
    environments: [local, staging, production]
    protected: [production]
    sources: {flux-system: ., infra/platform: ./platform/, elsewhere: null}
    readme: [README.md, ./docs//index.md]
    title: The platform
    sourceUrl: https://example.com/{path}#L{line}
    intent:
      - {kind: keep-different, component: vault, environment: [staging, production],
         resource: StatefulSet, field: spec.replicas, path: "clusters/**", reason: quorum}
      - {kind: accept-finding, rule: [orphan-file, floating-*], reason: soon, expires: "2027-01-31"}
    promotion: [{class: promote, resource: ConfigMap, field: data, reason: they follow}]
"""


AT = Span("groundplan.yaml")  # of an intent, which is equal wherever it stands


def read(text: str) -> Config:
    return config.read(textwrap.dedent(text).encode(), "groundplan.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value).splitlines()


# what is read -----------------------------------------------------------------------------------


def test_every_key_is_read() -> None:
    assert read(WHOLE) == Config(
        patterns=("clusters/{environment}/{category}/{component}",),
        base=("clusters/base/{category}/{component}",),
        environments=("local", "staging", "production"),
        protected=("production",),
        sources={"flux-system": "", "infra/platform": "platform", "elsewhere": None},
        readme=("README.md", "docs/index.md"),
        title="The platform",
        source_url="https://example.com/{path}#L{line}",
        promotion=(Intent("promote", "they follow", AT, resource=("ConfigMap",), field=("data",)),),
        intent=(
            Intent(
                "keep-different",
                "quorum",
                AT,
                ("vault",),
                ("staging", "production"),
                ("StatefulSet",),
                ("spec.replicas",),
                ("clusters/**",),
            ),
            Intent(
                "accept-finding",
                "soon",
                AT,
                rule=("orphan-file", "floating-*"),
                expires=date(2027, 1, 31),
            ),
        ),
        present=True,
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "---\n"])
def test_an_empty_file_pins_nothing(text: str) -> None:
    assert read(text) == Config(present=True)


def test_an_empty_list_of_readmes_is_none_at_all() -> None:
    assert read("readme: []").readme == ()
    assert Config().readme == ("README.md",)


# what is wrong ----------------------------------------------------------------------------------


def test_all_problems_are_reported_together_with_their_lines() -> None:
    assert problems("""\
        layout:
          pattern: [a]
          base: ["{x}", "/a", "a/../b", "{component}/{component}", ""]
        environments: [a, a, {}]
        protected: [c]
        enviroments: []
        readme: [../README.md, /etc/motd]
        sources: {a: ../b, c: [d], e: /f, g: ""}
        title: []
        title: x
        sourceUrl:
    """) == [
        "groundplan.yaml:2: layout.pattern is not a key; did you mean patterns?",
        "groundplan.yaml:3: layout.base: '/a': a pattern is a relative path such as "
        "apps/{component}",
        "groundplan.yaml:3: layout.base: 'a/../b': a pattern is a relative path such as "
        "apps/{component}",
        "groundplan.yaml:3: layout.base: '{component}/{component}': {component} appears twice",
        "groundplan.yaml:3: layout.base: '{x}': {x} is not one of environment, cluster, category, "
        "component",
        "groundplan.yaml:3: layout.base: an entry must be a text that is not empty",
        "groundplan.yaml:4: environments: a appears twice",
        "groundplan.yaml:4: environments: an entry must be a text that is not empty",
        "groundplan.yaml:5: protected: c is not one of environments: a",
        "groundplan.yaml:6: enviroments is not a key; did you mean environments?",
        "groundplan.yaml:7: readme: ../README.md must be a path below this directory",
        "groundplan.yaml:7: readme: /etc/motd must be a path below this directory",
        "groundplan.yaml:8: sources.a: ../b must be a path below this directory",
        "groundplan.yaml:8: sources.c must be a directory or null",
        "groundplan.yaml:8: sources.e: /f must be a path below this directory",
        "groundplan.yaml:8: sources.g must be a directory or null",
        "groundplan.yaml:9: title must be a text",
        "groundplan.yaml:10: title appears twice",
        "groundplan.yaml:11: sourceUrl must be a text",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "groundplan.yaml:1: groundplan.yaml must be a mapping"),
        ("layout: [a]", "groundplan.yaml:1: layout must be a mapping"),
        ("environments: a", "groundplan.yaml:1: environments must be a list"),
        ("layout:", "groundplan.yaml:1: layout must be a mapping"),
        (
            "sources: [a]",
            "groundplan.yaml:1: sources must be a mapping of source names to directories",
        ),
        ("sources: {a: b, a: c}", "groundplan.yaml:1: sources.a appears twice"),
        ("title: a\n---\ntitle: b", "groundplan.yaml:3: a second document; only one is read"),
        (
            "zzz: 1",
            "groundplan.yaml:1: zzz is not a key; known: layout, environments, protected, sources, "
            "readme, title, sourceUrl, intent, promotion",
        ),
        (
            "\n\na: [",
            "groundplan.yaml:4: not valid YAML: did not find expected node content",
        ),
        ("!include x", "groundplan.yaml:1: groundplan.yaml must be a mapping"),
    ],
)
def test_a_problem_names_what_is_expected(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_the_file_is_named_as_it_was_given() -> None:
    with pytest.raises(ConfigError, match=r"^ci/g.yaml:1: a is not a key"):
        config.read(b"a: 1", "ci/g.yaml")


def test_protected_environments_need_no_order() -> None:
    assert read("protected: [production]").protected == ("production",)


# intents ----------------------------------------------------------------------------------------


def test_an_intent_knows_its_line_and_its_place_in_the_tree() -> None:
    text = "title: a\nintent:\n- {kind: known-lag, component: a, reason: b}\n"
    (intent,) = config.read(text.encode(), "groundplan.yaml", "platform/groundplan.yaml").intent
    assert str(intent.span) == "platform/groundplan.yaml:3"


def test_all_that_is_wrong_with_intents_is_said_at_once() -> None:
    assert problems("""
        intent:
          - {kind: keep-diffrent, component: a, reason: b}
          - {kind: known-lag, component: a}
          - {kind: known-lag, reason: b}
          - {kind: keep-separate, rule: orphan-file, path: a, reason: b}
          - {kind: accept-finding, path: a, reason: b}
          - {kind: accept-finding, rule: [orphan, "zzz*", expired-*], reason: b}
          - {component: a, reason: [b]}
          - {kind: known-lag, component: "", reason: b, expires: 2027-02-30}
          - {kind: known-lag, compnent: a, field: [a, a], reason: b, expires: soon}
          - known-lag
    """) == [
        "groundplan.yaml:3: intent[0].kind: keep-diffrent is no kind; did you mean keep-different?",
        "groundplan.yaml:4: intent[1] has no reason; say why, for whoever reads it later",
        "groundplan.yaml:5: intent[2] is about everything; name at least one of component, "
        "environment, resource, field, path",
        "groundplan.yaml:6: intent[3].rule belongs to accept-finding and not to keep-separate",
        "groundplan.yaml:7: intent[4] names no rule; say which findings are accepted",
        "groundplan.yaml:8: intent[5].rule: expired-* cannot be silenced; mend what it finds",
        "groundplan.yaml:8: intent[5].rule: orphan is no rule; did you mean orphan-file?",
        "groundplan.yaml:8: intent[5].rule: zzz* is no rule",
        "groundplan.yaml:9: intent[6] has no kind; it is one of keep-different, keep-separate, "
        "known-lag, accept-finding",
        "groundplan.yaml:9: intent[6].reason must be a text",
        "groundplan.yaml:10: intent[7].component: an entry must be a text that is not empty",
        "groundplan.yaml:10: intent[7].expires must be a day such as 2027-01-31",
        "groundplan.yaml:11: intent[8].compnent is not a key; did you mean component?",
        "groundplan.yaml:11: intent[8].expires must be a day such as 2027-01-31",
        "groundplan.yaml:11: intent[8].field: a appears twice",
        "groundplan.yaml:12: intent[9] must be a mapping",
    ]


# the schema -------------------------------------------------------------------------------------


def test_the_schema_accepts_what_is_read_and_refuses_what_is_not() -> None:
    schema = config.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(yaml.safe_load(textwrap.dedent(WHOLE)))) == []
    for wrong in (
        "a: 1",
        "layout: {a: 1}",
        "environments: a",
        "environments: ['']",
        "title: []",
        "intent: {}",
        "intent: [{kind: known-lag, component: a}]",
        "intent: [{kind: known-lag, reason: a}]",
        "intent: [{kind: accept-finding, path: a, reason: a}]",
        "intent: [{kind: keep-separate, path: a, rule: cycle, reason: a}]",
    ):
        assert not validator.is_valid(yaml.safe_load(wrong)), wrong
        assert problems(wrong)


def test_the_schema_describes_every_key_that_is_read() -> None:
    schema = config.json_schema()
    assert isinstance(schema["properties"], dict)
    assert list(schema["properties"]) == [key.name for key in config.KEYS]
    assert set(schema["properties"]) == set(yaml.safe_load(textwrap.dedent(WHOLE)))
    layout = schema["properties"]["layout"]["properties"]
    assert set(layout) == {"patterns", "base"}
    described = [*schema["properties"].values(), *layout.values()]
    assert all(len(entry["description"]) > 20 for entry in described)


# what it pins -----------------------------------------------------------------------------------

DETECTED = Layout(("{environment}/{component}",), ("base/{component}",), ("dev", "prod"),
                  "detected", 0.8, "gitops", "platform")  # fmt: skip


def test_without_configuration_the_layout_is_the_detected_one() -> None:
    assert Config().layout(DETECTED) == DETECTED


def test_patterns_take_the_place_of_what_was_detected() -> None:
    pinned = read("""
        layout: {patterns: ["apps/{component}/{environment}"]}
        environments: [a, b]
    """)
    assert pinned.layout(DETECTED) == Layout(
        ("apps/{component}/{environment}",), (), ("a", "b"), "config", 1.0, "gitops", "platform"
    )


def test_an_order_alone_keeps_the_detected_patterns() -> None:
    assert read("environments: [prod, edge]").layout(DETECTED) == Layout(
        DETECTED.patterns, DETECTED.base, ("prod", "edge", "dev"), "detected", 0.8, "gitops",
        "platform",
    )  # fmt: skip


def test_a_base_alone_keeps_the_detected_patterns() -> None:
    assert read('layout: {base: ["shared/{component}"]}').layout(DETECTED) == Layout(
        DETECTED.patterns, ("shared/{component}",), DETECTED.environments, "detected", 0.8,
        "gitops", "platform",
    )  # fmt: skip


def test_sources_are_below_the_directory_that_holds_the_configuration() -> None:
    pinned = read("sources: {a: ., b: sub/dir, c: null}")
    assert pinned.deployed_from("gitops") == Sources(
        {"a": "gitops", "b": "gitops/sub/dir", "c": None}, "gitops"
    )
    assert pinned.deployed_from("") == Sources({"a": "", "b": "sub/dir", "c": None}, "")


def test_without_configuration_sources_are_the_tree() -> None:
    assert Config().deployed_from("gitops") == Sources({}, "")


# what `init` writes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [("staging", "production"), ('a"b', "c\\d", "e: f #g", "ü", "- x", "null")]
)
def test_a_layout_is_written_as_it_is_read(names: tuple[str, ...]) -> None:
    layout = Layout(
        tuple(f"{name}/{{component}}" for name in names), ("base/{component}",), names,
        "detected", 1.0,
    )  # fmt: skip
    pinned = config.read(config.as_yaml(layout, names[:1]).encode(), "groundplan.yaml")
    assert (pinned.patterns, pinned.base) == (layout.patterns, layout.base)
    assert (pinned.environments, pinned.protected) == (names, names[:1])


def test_a_written_layout_reads_well() -> None:
    layout = Layout(("{environment}/{component}",), (), ("staging", "production"), "detected", 1.0)
    assert config.as_yaml(layout, ("production",)) == textwrap.dedent("""\
        # How this repository is laid out; see `groundplan init --help`.
        layout:
          patterns:
            - "{environment}/{component}"
          base: []
        # in promotion order
        environments:
          - "staging"
          - "production"
        protected:
          - "production"
    """)


def test_a_written_layout_says_what_is_not_known() -> None:
    names = ("staging", "production", "edge", "load")
    made = config.as_yaml(Layout((), (), names, "detected", 0.0), ())
    assert made == textwrap.dedent("""\
        # How this repository is laid out; see `groundplan init --help`.
        layout:
          # no shape was recognised; say where things are, such as
          # - "clusters/{environment}/{category}/{component}"
          patterns: []
          base: []
        # in promotion order
        environments:
          - "staging"
          - "production"
          - "edge"  # from here on no order is known: move them where they belong
          - "load"
    """)
    assert config.read(made.encode(), "groundplan.yaml").environments == names
    pinned = config.as_yaml(Layout((), (), names, "config", 1.0), ())
    assert "no order is known" not in pinned
