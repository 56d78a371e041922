"""Flux and Argo CD objects as written → which directories are applied, by whom, where.

The plain case: objects whose path stands in a file of the tree. What a path made by a substitution
means is known only once its parent is rendered; such an object is `external` with that reason.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzer import argo
from analyzer.ignoring import Rules
from analyzer.kustomization import FILE_NAMES
from analyzer.model import (
    Content,
    Deployment,
    Field,
    Kustomization,
    Manifest,
    ObjectRef,
    Reference,
    Repository,
    Seat,
    Span,
    Status,
)

FLUX = "kustomize.toolkit.fluxcd.io"
SOURCES = "source.toolkit.fluxcd.io"
ARGO = "argoproj.io"
_PATCHES = (Field.PATCHES, Field.PATCHES_STRATEGIC_MERGE, Field.PATCHES_JSON6902)
NOTHING: Content = {"namespace": "_placeholder"}  # what Flux writes where there is no YAML
_HERE = ("flux-system",)  # the source that `flux bootstrap` creates for the repository itself


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a source's root is in the tree: `""` the tree itself, None another repository."""

    directories: Mapping[str, str | None]  # by name, or namespace/name
    default: str = ""

    def of(self, namespace: str, name: str) -> tuple[str | None, bool]:
        """(directory, said so in the configuration)."""
        for key in (f"{namespace}/{name}", name):
            if key in self.directories:
                return self.directories[key], True
        return self.default, False


def find(
    repository: Repository, sources: Sources, seats: Callable[[str], tuple[Seat, ...]]
) -> tuple[Deployment, ...]:
    """Every Flux Kustomization and Argo CD Application, by where it is declared.

    `seats` tells which environments a file belongs to.
    """
    patches = patch_files(repository)
    urls = _urls(repository)
    found: list[Deployment] = []
    for path, manifests in repository.manifests.items():
        if path in patches:
            continue  # says Kustomization, but is a patch for one
        declared = [d for m in manifests for d in _deployments(m, repository, sources, urls)]
        here = seats(path) if declared else ()
        found.extend(replace(deployment, seats=here) for deployment in declared)
    return tuple(sorted(found, key=lambda d: (d.object, d.written)))


def patch_files(repository: Repository) -> frozenset[str]:
    """The files that are listed as patches only: what is in them is no object."""
    references = [r for k in repository.kustomizations.values() for r in k.references]
    patches = {r.target for r in references if r.field in _PATCHES and r.target is not None}
    listed = {r.target for r in references if r.field in (Field.RESOURCES, Field.BASES)}
    return frozenset(patches - listed)


Urls = Mapping[tuple[str, str], str]  # of Git and OCI repositories, by namespace and name


def _urls(repository: Repository) -> dict[tuple[str, str], str]:
    return {
        (m.id.namespace, m.id.name): str(_at(m.content, "spec", "url") or "")
        for manifests in repository.manifests.values()
        for m in manifests
        if m.id.group == SOURCES and m.id.kind in ("GitRepository", "OCIRepository")
    }


def _url(urls: Urls, namespace: str, name: str) -> str | None:
    """A source's URL; of another namespace, which kustomize may set, where that is clear."""
    if (namespace, name) in urls:
        return urls[namespace, name]
    named = {url for (_, other), url in urls.items() if other == name}
    return named.pop() if len(named) == 1 else None


def _deployments(
    manifest: Manifest, repository: Repository, sources: Sources, urls: Urls
) -> Iterator[Deployment]:
    if manifest.content is None:
        return
    spec = _mapping(manifest.content.get("spec"))
    reference = ObjectRef(_kind(manifest), manifest.id.namespace, manifest.id.name, manifest.span)
    if manifest.id.group == FLUX and manifest.id.kind == "Kustomization" and "sourceRef" in spec:
        yield _flux(reference, spec, repository, sources, urls)
    elif manifest.id.group == ARGO and manifest.id.kind == "Application":
        yield from _application(reference, spec, repository, sources)
    elif manifest.id.group == ARGO and manifest.id.kind == "ApplicationSet":
        yield from _application_set(reference, spec, repository, sources)


def _application(
    reference: ObjectRef, spec: Content, repository: Repository, sources: Sources
) -> Iterator[Deployment]:
    for source in argo.sources(spec):
        yield _argo(reference, source, repository, sources)


def _application_set(
    reference: ObjectRef, spec: Content, repository: Repository, sources: Sources
) -> Iterator[Deployment]:
    """The Applications it makes, declared where the set is; else the set itself, and why."""
    try:
        made = argo.applications(spec, repository.directories)
    except argo.NotUnderstood as reason:
        yield Deployment(reference, None, "", external=f"what it makes is not known: {reason}")
        return
    for content in made:
        metadata = _mapping(content.get("metadata"))
        namespace = str(metadata.get("namespace") or reference.namespace)
        name = str(metadata.get("name", ""))
        own = replace(reference, kind="Application", namespace=namespace, name=name)
        yield from _application(own, _mapping(content.get("spec")), repository, sources)


def _kind(manifest: Manifest) -> str:
    return "FluxKustomization" if manifest.id.group == FLUX else manifest.id.kind


def _flux(
    reference: ObjectRef,
    spec: Content,
    repository: Repository,
    sources: Sources,
    urls: Urls,
) -> Deployment:
    written = str(spec.get("path") or "./")
    source = _mapping(spec.get("sourceRef"))
    name = str(source.get("name", ""))
    namespace = str(source.get("namespace") or reference.namespace)
    depends = spec.get("dependsOn")
    deployment = Deployment(
        reference,
        None,
        written,
        depends_on=tuple(
            (str(d.get("namespace") or reference.namespace), str(d.get("name", "")))
            for d in (depends if isinstance(depends, list) else [])
            if isinstance(d, dict)
        ),
        source=f"{source.get('kind', '')}/{name}",
        suspended=spec.get("suspend") is True,
        prune=spec.get("prune") is True,
    )
    if "${" in written:
        return replace(deployment, external="its path is made by a substitution of its parent")
    directory, said = sources.of(namespace, name)
    if directory is None:
        return replace(
            deployment, external=f"source {name} is another repository (groundplan.yaml)"
        )
    if source.get("kind") == "ExternalArtifact":
        return replace(
            deployment, external=f"source {name} is an artifact put together in the cluster"
        )
    root = _root(repository, directory, written)
    kind = str(source.get("kind", ""))
    foreign = None if said or name in _HERE else _foreign(kind, namespace, name, root, urls)
    return replace(deployment, external=foreign) if foreign else replace(deployment, root=root)


def _foreign(kind: str, namespace: str, name: str, root: str | None, urls: Urls) -> str | None:
    """Why a source seems not to be this repository; None where its path speaks for it."""
    url = _url(urls, namespace, name)
    here = next((u for h in _HERE if (u := _url(urls, "", h))), None)
    if kind == "Bucket":
        return f"source {name} is a bucket, filled from elsewhere"
    if url and here is not None:
        return None if same_repository(url, here) else f"source {name} is another repository: {url}"
    if root:
        return None
    if url:
        return f"source {name} seems to be another repository: {url}"
    return f"source {name} seems to be another repository" if kind == "OCIRepository" else None


def same_repository(a: str, b: str) -> bool:
    """Do two URLs name one repository, whatever the protocol?"""
    return _bare(a) == _bare(b)


def _bare(url: str) -> str:
    """`host/owner/name` of https://, ssh://, oci:// and git@host:owner/name.git, without a port."""
    text = url.strip().lower()
    scheme = re.match(r"[a-z+]+://", text)
    text = re.sub(r"^[^@/]+@", "", text[scheme.end() :] if scheme else text)
    host, separator, path = text.partition("/")
    if scheme is None and ":" in host:
        host, _, first = host.partition(":")
        path = f"{first}{separator}{path}"
    return f"{host.partition(':')[0]}/{path.strip('/').removesuffix('.git')}"


def _argo(
    reference: ObjectRef, source: argo.Source, repository: Repository, sources: Sources
) -> Deployment:
    directory, said = sources.of("", source.url)
    deployment = Deployment(
        reference, None, source.path, source=source.url, options=argo.as_spec(source.options)
    )
    if directory is None:
        return replace(deployment, external=f"{source.url} is another repository (groundplan.yaml)")
    if argo.names_a_patch_file(source.options):
        reason = "its kustomize options name a patch file, which is not followed"
        return replace(deployment, external=reason)
    root = _root(repository, directory, source.path)
    if not root and not said:
        return replace(deployment, external=f"{source.url} seems to be another repository")
    return replace(deployment, root=root)


def _root(repository: Repository, directory: str, written: str) -> str | None:
    """The directory a path names below its source; it cannot leave it (Flux clamps `..`)."""
    inside = posixpath.normpath(posixpath.join("/", written)).lstrip("/")
    for base in dict.fromkeys((directory, repository.subdir)):
        root = posixpath.normpath(posixpath.join(base, inside)) if base or inside else ""
        root = "" if root == "." else root
        if root in repository.directories:
            return root
    return None


def _by_default(root: str, path: str) -> bool:
    """What Flux leaves out of every source that says nothing else."""
    return Rules().excludes(path) is not None


def with_generated(
    repository: Repository,
    applied: Mapping[str, Span],
    excluded: Callable[[str, str], bool] = _by_default,
) -> Repository:
    """The repository with the kustomizations Flux generates where a path has none.

    `applied` maps the directories Flux Kustomizations apply to where they say so; `excluded` tells
    of a directory and a file below it whether the source leaves the file out.
    """
    written = (root for root, k in repository.kustomizations.items() if not k.generated)
    roots, files = sorted(written), sorted(repository.files)
    generated = {
        root: _generate(roots, files, root, span, partial(excluded, root))
        for root, span in applied.items()
        if root not in repository.kustomizations
    }
    if not generated:
        return repository
    return replace(
        repository, kustomizations=dict(sorted({**repository.kustomizations, **generated}.items()))
    )


def applied_by_flux(deployments: Iterable[Deployment]) -> dict[str, Span]:
    """The directories Flux applies, and where that is said."""
    return {
        d.root: d.object.declared
        for d in deployments
        if d.root is not None and d.object.kind == "FluxKustomization"
    }


def _generate(
    roots: Sequence[str],
    files: Sequence[str],
    root: str,
    span: Span,
    excluded: Callable[[str], bool],
) -> Kustomization:
    """Directories with a kustomization as units, every other YAML file, in lexical order.

    Rules: fluxcd/pkg kustomize/kustomize_generator.go, scanManifests. `roots` and `files` are
    those of the tree, sorted.
    """
    prefix = f"{root}/" if root else ""
    units = {other for other in _starting(roots, prefix) if other != root}
    units = {unit for unit in units if not _in_one(unit, units)}
    references = [
        Reference(root, Field.RESOURCES, unit[len(prefix) :], Status.DIRECTORY, span, unit)
        for unit in units
    ]
    references += [
        Reference(root, Field.RESOURCES, path[len(prefix) :], Status.FILE, span, path)
        for path in _starting(files, prefix)
        if path.endswith((".yaml", ".yml"))
        and posixpath.basename(path) not in FILE_NAMES
        and not _in_one(path, units)
        and not excluded(path)
    ]
    references.sort(key=lambda r: r.written.split("/"))  # as a walk meets them
    return Kustomization(
        root,
        "",
        "Kustomization",
        span,
        tuple(references),
        {"resources": [r.written for r in references]} if references else NOTHING,
        generated=True,
    )


def _starting(paths: Sequence[str], prefix: str) -> Iterator[str]:
    """Of sorted paths those that start with a prefix."""
    for at in range(bisect_left(paths, prefix), len(paths)):
        if not paths[at].startswith(prefix):
            return
        yield paths[at]


def _in_one(path: str, folders: Collection[str]) -> bool:
    """Is the path below one of these directories?"""
    while path := posixpath.dirname(path):
        if path in folders:
            return True
    return False


def _at(content: object, *keys: str) -> object:
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def _mapping(value: object) -> Content:
    return value if isinstance(value, dict) else {}
