"""Rendered resources → the versions a team speaks of: images, and charts of HelmReleases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.model import Content, RenderedResource

_POD_PATHS = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)
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
        """Does what runs depend on when it was pulled?"""
        return self.version in ("", "latest") if self.kind == "image" else self.version in ("", "*")

    def __str__(self) -> str:
        return f"{self.name}:{self.version}" if self.version else self.name


def versions(resources: Iterable[RenderedResource]) -> tuple[Version, ...]:
    """Every distinct pin, charts first, by name."""
    return tuple(sorted({version for resource in resources for version in _of(resource)}))


def main_version(found: tuple[Version, ...], component: str = "") -> Version | None:
    """The one for a matrix cell: a chart or image named like the component, else the first."""
    named = [v for v in found if component and component in v.name.rsplit("/", 1)[-1]]
    return next(iter(named or found), None)


def _of(resource: RenderedResource) -> Iterator[Version]:
    content, name = resource.content, resource.id.short
    if resource.id.kind == "HelmRelease":
        chart = _mapping(_mapping(_mapping(content.get("spec")).get("chart")).get("spec"))
        if chart.get("chart"):
            yield Version("chart", str(chart["chart"]), str(chart.get("version") or ""), name)
    for path in _POD_PATHS:
        spec: Content = content
        for key in path:
            spec = _mapping(spec.get(key))
        for field in _CONTAINERS:
            containers = spec.get(field)
            for container in containers if isinstance(containers, list) else []:
                image = _mapping(container).get("image")
                if isinstance(image, str) and image:
                    yield Version("image", *split_image(image), name)


def split_image(image: str) -> tuple[str, str]:
    """(name, tag or shortened digest) of an image reference; a tag wins over a digest."""
    name, _, digest = image.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        return head, tag
    return name, digest[:19]


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}
