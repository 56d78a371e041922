"""Nouns of a GitOps tree as written and as rendered. Values only: no disk, no clock, no printing.

Paths are relative to the tree (the git toplevel), POSIX, without a leading `./`; the tree itself
is `""`. Lines and columns count from 1, `start` and `end` are byte offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Content = Mapping[str, object]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: where it begins, and which bytes it covers."""

    path: str
    line: int = 1
    column: int = 1
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class ResourceId:
    """What makes two resources the same object for a cluster. The version is no part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}" if self.namespace else self.short

    @property
    def short(self) -> str:
        """`Deployment/web`, as kubectl prints it."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One YAML document with a kind, as written.

    `content` is None until somebody needs it: only Flux, Argo CD and Helm objects are read whole
    when a tree is loaded (a tree holds megabytes of CRDs nobody looks into).
    """

    id: ResourceId
    api_version: str
    span: Span
    content: Content | None = None


class Field(Enum):
    """The fields of a kustomization file that name files. One member a field; `value` is its key.

    From kustomize's `api/types/kustomization.go`; the last three are what built-in plugin
    configurations and Helm charts read on top.
    """

    RESOURCES = "resources"
    BASES = "bases"
    COMPONENTS = "components"
    CRDS = "crds"
    CONFIGURATIONS = "configurations"
    PATCHES = "patches"
    PATCHES_STRATEGIC_MERGE = "patchesStrategicMerge"
    PATCHES_JSON6902 = "patchesJson6902"
    CONFIG_MAP_GENERATOR = "configMapGenerator"
    SECRET_GENERATOR = "secretGenerator"
    GENERATORS = "generators"
    TRANSFORMERS = "transformers"
    VALIDATORS = "validators"
    REPLACEMENTS = "replacements"
    OPENAPI = "openapi"
    HELM_CHARTS = "helmCharts"
    HELM_CHART_INFLATION = "helmChartInflationGenerator"
    HELM_GLOBALS = "helmGlobals"
    PLUGIN_CONFIG = "plugin configuration"


class Status(Enum):
    """What a reference turned out to name."""

    FILE = "file"
    DIRECTORY = "directory"
    REMOTE = "remote"
    MISSING = "missing"
    IGNORED = "git-ignored"  # absent here, and git ignores it: somebody makes it before building
    OUTSIDE = "outside the tree"
    CHART = "helm chart"
    PLUGIN = "exec plugin"


@dataclass(frozen=True, slots=True)
class Reference:
    """Who names whom, in which field, at which line.

    `source` is the root whose kustomization file says it. `target` is the path it resolves to,
    links followed, also when nothing is there; None for a remote or what lies outside the tree.
    `entry` is the bytes of the whole list entry, so that it can be left out of a private copy.
    """

    source: str
    field: Field
    written: str
    status: Status
    span: Span
    target: str | None = None
    entry: Span | None = None


Kind = Literal["Kustomization", "Component"]


@dataclass(frozen=True, slots=True)
class Kustomization:
    """A root: a directory with a kustomization file, or one Flux would generate.

    `path` is the file ("" when generated), `settings` its content as a mapping (empty when it
    could not be read; then `problem` says why). `references` are in the order they are written.
    """

    root: str
    path: str
    kind: Kind
    span: Span
    references: tuple[Reference, ...] = ()
    settings: Content = field(default_factory=dict)
    generated: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """Where something is deployed: an environment, and the cluster in it where it has several.

    Seats sort by name, an environment as a whole before its clusters.
    """

    environment: str
    cluster: str | None = None

    def __lt__(self, other: Seat) -> bool:
        return (self.environment, self.cluster or "") < (other.environment, other.cluster or "")

    def __str__(self) -> str:
        return f"{self.environment}/{self.cluster}" if self.cluster else self.environment


@dataclass(frozen=True, slots=True)
class Placement:
    """What the layout says a root or file is. `pattern` is the one that matched, None if none."""

    category: str | None = None
    component: str | None = None
    seats: tuple[Seat, ...] = ()
    base: bool = False
    pattern: str | None = None

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(seat.environment for seat in self.seats))


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """A Flux or Argo CD object that applies a directory, and where it is declared."""

    kind: str
    namespace: str
    name: str
    declared: Span
    cluster: str = ""  # the seat it is in, where reconcilers were followed


@dataclass(frozen=True, slots=True)
class Deployment:
    """One reconciler applying one directory. `root` is None when it is not in this tree."""

    object: ObjectRef
    root: str | None
    written: str
    seats: tuple[Seat, ...] = ()
    depends_on: tuple[tuple[str, str], ...] = ()  # (namespace, name)
    source: str = ""
    external: str | None = None  # why `root` is None although nothing is wrong
    suspended: bool = False
    prune: bool = False
    options: Content | None = field(
        default=None, hash=False
    )  # what Argo CD edits in before it builds


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file of the tree. `data` is None for what is not read on loading (no YAML)."""

    path: str
    size: int
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A tree as written. `subdir` is the analysed directory; `""` when it is the whole tree.

    `links` maps each symbolic link to the path it resolves to inside the tree, or None where it
    leaves the tree or resolves to nothing. `unreadable` maps a YAML file to why it could not be
    read, and the line.
    """

    name: str
    subdir: str
    files: Mapping[str, FileEntry]
    directories: frozenset[str]
    links: Mapping[str, str | None]
    kustomizations: Mapping[str, Kustomization]
    manifests: Mapping[str, tuple[Manifest, ...]]
    unreadable: Mapping[str, tuple[str, Span]]
    problems: tuple[tuple[str, Span], ...] = ()  # what the walk could not read: (message, where)


@dataclass(frozen=True, slots=True, order=True)
class RenderKey:
    """What is rendered: a root, as one reconciler applies it (None: as kustomize alone would)."""

    root: str
    reconciler: ObjectRef | None = None
    substitutions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """kustomize's origin annotation: the file (tree path), or who generated it from where.

    `path` is None for what a generator made; `configured_in` is then the file that says so.
    """

    path: str | None
    configured_in: str | None = None
    configured_by: str | None = None
    repo: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedResource:
    """One object as the cluster gets it. `content` is shared between equal resources: read only.

    `digest` is that of the engine's own text, "" where something else than the engine made it.
    """

    id: ResourceId
    api_version: str
    content: Content
    origin: Origin | None = None
    digest: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A root that built. `partial`: without what is in `omitted`, because it `needs` something."""

    key: RenderKey
    resources: tuple[RenderedResource, ...]
    completeness: Literal["full", "partial"] = "full"
    needs: tuple[str, ...] = ()
    omitted: tuple[Reference, ...] = ()
    unrestricted: bool = False  # built only with LoadRestrictionsNone
    reads: frozenset[str] = frozenset()  # files and directories it depended on, absent ones too


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """Why a root does not build, at the line somebody has to change. `rule` is a finding's id."""

    path: str
    line: int
    message: str
    rule: str = "does-not-build"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """A root that does not build, why, and what it would need besides."""

    key: RenderKey
    causes: tuple[Cause, ...]
    needs: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()


Rendering = Rendered | RenderFailure


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, texts as they are written. `date` is ISO 8601 with its own offset."""

    id: str
    date: str
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link inside the tree, as a private copy repeats it: `target` is relative."""

    target: str


@dataclass(frozen=True, slots=True)
class Scratch:
    """A private copy to render in: tree paths to bytes or links. As on disk, or with changes."""

    files: Mapping[str, bytes | Link]


Render = Callable[[Scratch, tuple[RenderKey, ...]], tuple[Rendering, ...]]
