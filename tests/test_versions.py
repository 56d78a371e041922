"""Images and charts as a team speaks of them."""

from __future__ import annotations

import pytest

from analyzer import rendered, yamltext
from analyzer.versions import Version, main_version, split_image, versions

DIGEST = "sha256:" + "0123456789abcdef" * 4


def found(text: str) -> list[tuple[str, str, str, str]]:
    resources = rendered.Documents().resources(text.encode(), "")
    return [(v.kind, v.name, v.version, v.resource) for v in versions(resources)]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", ("nginx", "")),
        ("nginx:1.27", ("nginx", "1.27")),
        ("nginx:", ("nginx", "")),
        ("ghcr.io/team/web:v1.2.3", ("ghcr.io/team/web", "v1.2.3")),
        ("registry:5000/web", ("registry:5000/web", "")),
        ("registry:5000/web:v1", ("registry:5000/web", "v1")),
        (f"nginx@{DIGEST}", ("nginx", "sha256:0123456789ab")),
        (f"registry:5000/web@{DIGEST}", ("registry:5000/web", "sha256:0123456789ab")),
        (f"nginx:1.27@{DIGEST}", ("nginx", "1.27")),
        (f"nginx:latest@{DIGEST}", ("nginx", "sha256:0123456789ab")),
        ("web:${TAG}", ("web", "${TAG}")),
    ],
)
def test_an_image_is_a_name_and_a_version(image: str, expected: tuple[str, str]) -> None:
    assert split_image(image) == expected


@pytest.mark.parametrize(
    ("kind", "version", "floating"),
    [
        ("image", "", True),
        ("image", "latest", True),
        ("image", "v1", False),
        ("image", "sha256:0123456789ab", False),
        ("image", "*", False),
        ("chart", "", True),
        ("chart", "*", True),
        ("chart", "1.2.3", False),
        ("chart", ">=1.0.0 <2.0.0", False),
    ],
)
def test_a_version_floats(kind: str, version: str, floating: bool) -> None:
    assert Version(kind, "a", version, "Deployment/a").floating is floating


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Pod", "{containers: [{image: 'web:v1'}]}"),
        ("Deployment", "{template: {spec: {containers: [{image: 'web:v1'}]}}}"),
        ("StatefulSet", "{template: {spec: {initContainers: [{image: 'web:v1'}]}}}"),
        ("Job", "{template: {spec: {ephemeralContainers: [{image: 'web:v1'}]}}}"),
        ("CronJob", "{jobTemplate: {spec: {template: {spec: {containers: [{image: 'web:v1'}]}}}}}"),
        ("Rollout", "{template: {spec: {containers: [{image: 'web:v1'}]}}}"),
    ],
)
def test_every_workload_says_its_images(kind: str, spec: str) -> None:
    assert found(f"{{apiVersion: v1, kind: {kind}, metadata: {{name: a}}, spec: {spec}}}\n") == [
        ("image", "web", "v1", f"{kind}/a")
    ]


def test_charts_come_first_and_nothing_twice() -> None:
    assert found("""\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{image: "web:v2"}, {image: "web:v1"}, {image: "web:v1"}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db}
spec: {chart: {spec: {chart: postgresql, version: 15.x}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: mq}
spec: {chart: {spec: {chart: nats}}}
""") == [
        ("chart", "nats", "", "HelmRelease/mq"),
        ("chart", "postgresql", "15.x", "HelmRelease/db"),
        ("image", "web", "v1", "Pod/a"),
        ("image", "web", "v2", "Pod/a"),
    ]


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("{tag: 1.2.3}", "1.2.3"),
        ('{tag: 1.2.3, semver: ">=1.0.0 <2.0.0-alpha"}', ">=1.0.0 <2.0.0-alpha"),
        (f"{{tag: 1.2.3, digest: '{DIGEST}'}}", "sha256:0123456789ab"),
        ("{}", ""),
    ],
)
def test_a_chart_may_be_named_by_an_oci_repository(reference: str, version: str) -> None:
    assert found(f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: web}}
spec: {{url: "oci://ghcr.io/charts/web", ref: {reference}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: a}}
spec: {{chartRef: {{kind: OCIRepository, name: web}}}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: b}}
spec: {{chartRef: {{kind: OCIRepository, name: elsewhere}}}}
""") == [("chart", "web", version, "HelmRelease/a")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("{image: {repository: ghcr.io/a/web, tag: v1}}", ("ghcr.io/a/web", "v1")),
        ("{a: [{b: {image: {repository: web, tag: 1.5}}}]}", ("web", "1.5")),
        ("{image: {repository: web, tag: 1}}", ("web", "1")),
        ("{image: {repository: web, version: v1}}", ("web", "v1")),
        ("{coreImage: {registry: docker.io, repository: a/b, tag: v1}}", ("docker.io/a/b", "v1")),
        (f"{{image: {{repository: web, tag: 'v1@{DIGEST}'}}}}", ("web", "v1")),
        (f"{{image: {{repository: web, digest: '{DIGEST}'}}}}", ("web", "sha256:0123456789ab")),
        (f"{{image: {{repository: web, tag: latest, digest: '{DIGEST}'}}}}",
         ("web", "sha256:0123456789ab")),
        ("{image: {repository: web, tag: latest}}", ("web", "latest")),
    ],
)  # fmt: skip
def test_values_of_a_chart_name_images_as_most_charts_do(
    values: str, expected: tuple[str, str]
) -> None:
    assert found(_release(values)) == [("image", *expected, "HelmRelease/a")]


@pytest.mark.parametrize(
    "values",
    [
        "{image: {repository: web}}",  # the chart decides
        "{image: {repository: web, tag: ''}}",
        "{image: {repository: web, tag: true}}",
        "{image: {tag: v1}}",
        "{image: {repository: [web], tag: v1}}",
        "{image: {repository: '', tag: v1}}",
        "{image: {repository: 'https://u:hunter2@example.com/web', tag: v1}}",
        "{image: {registry: 'u:hunter2@example.com', repository: web, tag: v1}}",
        "{chart: {repository: https://charts.example.com, version: v1}}",
        "{image: 'web:v1'}",  # what a chart makes of a text is its own
        "[a]",
    ],
)
def test_values_that_pin_no_image_have_no_version(values: str) -> None:
    assert found(_release(values)) == []


def _release(values: str) -> str:
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n"
        f"spec: {{values: {values}}}\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{}, {image: ''}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: [a]}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: {image: a}}}",
        "{apiVersion: v1, kind: HelmRelease, metadata: {name: a}, spec: {chart: a}}",
        "{apiVersion: v1, kind: HelmRelease, metadata: {name: a}}",
    ],
)
def test_odd_objects_have_no_versions(text: str) -> None:
    assert yamltext.parse(text.encode())
    assert found(text + "\n") == []


def test_the_main_version_is_named_like_the_component() -> None:
    pins = tuple(
        Version("image", name, "v1", "Pod/a") for name in ("a/proxy", "b/vault-agent", "c/vault")
    )
    assert main_version(pins, "vault") == pins[2]
    assert main_version(pins, "agent") == pins[1]
    assert main_version(pins, "other") == pins[0]
    assert main_version(pins) == pins[0]
    assert main_version(()) is None


def test_a_version_is_shown_as_it_is_written() -> None:
    assert str(Version("image", "web", "v1", "Pod/a")) == "web:v1"
    assert str(Version("image", "web", "", "Pod/a")) == "web"
