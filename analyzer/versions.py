"""Rendered resources → the versions a team speaks of: images, and charts of HelmReleases.

Images of a chart stand in its values as most charts have them, a map of `repository` and `tag`
under a key that ends in `image`. So Renovate reads them too:
https://docs.renovatebot.com/modules/manager/helm-values/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.model import Content, RenderedResource

_POD_PATHS = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)
_NAME = re.compile(r"[\w.:/${}-]+", re.A)  # of an image, variables too; no password before an `@`
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """One pin: an image or a chart, its version (`""` when it has none), and who runs it."""

    kind: str  # "chart" or "image"; charts sort first, they say more about a component
    name: str
    version: str
    resource: str

    @property
    def floating(self) -> bool:
        """Does what runs depend on when it was pulled? A range of charts says so itself: no."""
        return self.version in ("", "latest" if self.kind == "image" else "*")

    def __str__(self) -> str:
        return f"{self.name}:{self.version}" if self.version else self.name


def versions(resources: Iterable[RenderedResource]) -> tuple[Version, ...]:
    """Every distinct pin, charts first, by name."""
    found = tuple(resources)
    charts = {r.id.name: r.content for r in found if r.id.kind in ("OCIRepository", "HelmChart")}
    return tuple(sorted({version for resource in found for version in _of(resource, charts)}))


def main_version(found: tuple[Version, ...], component: str = "") -> Version | None:
    """The one for a matrix cell: a chart or image named like the component, else the first."""
    named = [v for v in found if component and component in v.name.rsplit("/", 1)[-1]]
    exact = [v for v in named if component == v.name.rsplit("/", 1)[-1]]
    return next(iter(exact or named or found), None)


def _of(resource: RenderedResource, charts: Mapping[str, Content]) -> Iterator[Version]:
    content, name = resource.content, resource.id.short
    if resource.id.kind == "HelmRelease":
        spec = _mapping(content.get("spec"))
        yield from _chart(spec, charts, name)
        for named in _values(_mapping(spec.get("values"))):
            yield Version("image", *split_image(named), name)
    for path in _POD_PATHS:
        for container in containers(_at(content, path)):
            image = container.get("image")
            if isinstance(image, str) and image:
                yield Version("image", *split_image(image), name)


def pod_specs(resource: RenderedResource) -> Iterator[Content]:
    """The pods a built-in workload makes."""
    if resource.id.group in ("", "apps", "batch"):
        yield from filter(None, (_at(resource.content, path) for path in _POD_PATHS))


def containers(pod: Content) -> Iterator[Content]:
    """All containers of a pod, those that run first and those for debugging too."""
    for field in _CONTAINERS:
        listed = pod.get(field)
        yield from map(_mapping, listed if isinstance(listed, list) else [])


def _at(content: Content, path: tuple[str, ...]) -> Content:
    for key in path:
        content = _mapping(content.get(key))
    return content


def _chart(spec: Content, charts: Mapping[str, Content], name: str) -> Iterator[Version]:
    """The chart a HelmRelease names itself, or by a source object that is rendered with it."""
    chart = _mapping(_mapping(spec.get("chart")).get("spec"))
    if chart.get("chart"):
        yield Version("chart", str(chart["chart"]), str(chart.get("version") or ""), name)
    named = str(_mapping(spec.get("chartRef")).get("name", ""))
    source = _mapping(_mapping(charts.get(named)).get("spec"))
    if source.get("chart"):
        yield Version("chart", str(source["chart"]), str(source.get("version") or ""), name)
    elif source.get("url"):
        pin = _mapping(source.get("ref"))
        version = _short(str(pin.get("digest") or pin.get("semver") or pin.get("tag") or ""))
        yield Version("chart", str(source["url"]).rsplit("/", 1)[-1], version, name)


def _values(node: object, key: str = "") -> Iterator[str]:
    """Images that values name with a tag or a digest; without one the chart decides."""
    if isinstance(node, Mapping):
        image = _image(node) if key.lower().endswith("image") else ""
        if image:
            yield image
        for inner, value in node.items():
            yield from _values(value, str(inner))
    elif isinstance(node, list):
        for value in node:
            yield from _values(value)


def _image(values: Content) -> str:
    """`registry/repository:tag@digest` of a map; "" where it is none, or pins nothing."""
    registry, name = values.get("registry"), values.get("repository")
    tag, digest = values.get("tag", values.get("version")), values.get("digest")
    before = f"{registry}/" if isinstance(registry, str) and registry else ""
    if not isinstance(name, str) or "://" in before + name or not _NAME.fullmatch(before + name):
        return ""
    pin = "".join((
        f":{tag}" if isinstance(tag, str | int | float) and not isinstance(tag, bool) else "",
        f"@{digest}" if isinstance(digest, str) and digest else "",
    ))  # fmt: skip
    return f"{before}{name}{pin}" if pin.strip(":") else ""


def split_image(image: str) -> tuple[str, str]:
    """(name, tag or shortened digest) of an image; a tag that says something wins over a digest."""
    name, _, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, _short(digest)
    return head, _short(digest) if digest and tag in ("", "latest") else tag


def _short(version: str) -> str:
    """A digest as people compare it: its first twelve digits."""
    return version[:19] if version.startswith("sha256:") else version


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}
