"""Which text nobody should extract, and why: other people's, frozen, made by a program, hidden."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from analyzer.model import Rendered
from analyzer.snapshot import Snapshot

FLUX = "Flux's own manifests (gotk-*)"
CRDS = "CustomResourceDefinitions"
VENDORED = "vendored: a directory or bundle of somebody else's manifests"
FIXTURES = "test fixtures"
ENCRYPTED = "encrypted: no two ciphertexts are the same text"
UNREFERENCED = "listed by no kustomization, so nothing may pull it in"
OUTPUT = "committed build output of another directory"
SNAPSHOTS = "snapshots of a version"
APART = "no directory or component in common"
BUILT = "one directory builds on the other: said twice, and not copied"
SEVERAL = "several in one directory: a patch with a target, not a base"
SMALL = "saves fewer than 8 lines"

WHOLE = (FLUX, CRDS, VENDORED, FIXTURES)  # what is compared byte by byte, and never looked into

_VENDOR = frozenset(("vendor", "vendored", "third_party", "third-party", "upstream", "charts"))
_FIXTURE = frozenset(
    ("test", "tests", "testdata", "test-data", "fixture", "fixtures", "__tests__", "e2e")
)
_BUNDLE = 8  # documents in a file, a definition among them, that make it somebody's release
_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:[-+.][\w.-]+)?|\d{4}-\d\d-\d\d.*|[0-9a-f]{7,40}")
_MADE = re.compile(
    rb"(?i)^#.*(?:do not edit|auto-?generated|(?:was|is|file) generated|generated (?:by|from|with))"
    rb"|^# Source: [\w.-]+/(?:charts/|templates/)",
    re.M,
)
_ENOUGH = 3  # resources of a partial render that are no coincidence in one file
_HEAD = 2000  # bytes in which a file says that a program wrote it


def of_path(path: str, environments: Collection[str]) -> str:
    """Why nothing of a file is anybody's to extract; "" where it may be.

    `environments` in lower case: one of them may be called test.
    """
    *folders, name = path.split("/")
    if name.startswith("gotk-"):
        return FLUX
    segments = {folder.lower() for folder in folders}
    if segments & _VENDOR:
        return VENDORED
    return FIXTURES if (segments & _FIXTURE) - set(environments) else ""


def of_file(kinds: Collection[str]) -> str:
    """The same by the kinds of the documents in a file."""
    bundle = len(kinds) >= _BUNDLE and "CustomResourceDefinition" in kinds
    return VENDORED if bundle else ""


def of_document(content: object) -> str:
    """The same by one document."""
    if not isinstance(content, Mapping):
        return ""
    if "sops" in content or content.get("kind") == "SealedSecret":
        return ENCRYPTED
    return CRDS if content.get("kind") == "CustomResourceDefinition" else ""


def of_text(text: str) -> str:
    """The same by a text that is no YAML document."""
    hidden = "ENC[AES256_GCM," in text or "sops_version=" in text or "\n$ANSIBLE_VAULT" in text
    return ENCRYPTED if hidden or text.startswith("$ANSIBLE_VAULT") else ""


def is_made(data: bytes) -> bool:
    """Does a text say of itself that a program writes it?"""
    return _MADE.search(data[:_HEAD]) is not None


def is_chart(content: object) -> bool:
    """Is a document what a Helm chart once rendered to?"""
    metadata = content.get("metadata") if isinstance(content, Mapping) else None
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return isinstance(labels, Mapping) and "helm.sh/chart" in labels


def of_roots(roots: Iterable[str], names: Iterable[str]) -> str:
    """Why copies in these directories have no common place. `names`: of environments, and bases."""
    listed = [root.split("/") if root else [] for root in roots]
    if len({len(parts) for parts in listed}) == 1:
        columns = [set(column) for column in zip(*listed, strict=True)]
        apart = [column for column in columns if len(column) > 1]
        if apart and all(_VERSION.fullmatch(name) for column in apart for name in column):
            return SNAPSHOTS
    first = {parts[0] if parts else "" for parts in listed}
    known = {name.lower() for name in names}
    common = set.intersection(*(set(parts) for parts in listed))
    shared = {name for name in common if name.lower() not in known}
    return APART if len(first) > 1 and "" not in first and not shared else ""


# committed build output --------------------------------------------------------------------------


def outputs(snapshot: Snapshot, contents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Files that hold what another directory renders to. `contents`: a digest a document.

    Counted is a file alone, and all files of a directory together. A root whose render is what one
    file says anyway makes nothing. Of a render that had to leave something out, a file may hold
    more.
    """
    made: dict[frozenset[tuple[str, int]], set[str]] = {}
    partial: list[tuple[str, list[str]]] = []
    for rendering in snapshot.renderings.values():
        if isinstance(rendering, Rendered) and rendering.resources:
            digests = [of_content(resource.content) for resource in rendering.resources]
            made.setdefault(_bag(digests), set()).add(rendering.key.root)
            if rendering.omitted and len(digests) >= _ENOUGH:
                partial.append((rendering.key.root, digests))
    folders: dict[str, list[str]] = {}
    for path in contents:
        folders.setdefault(posixpath.dirname(path), []).append(path)
    found: set[str] = set()
    for paths in (*([path] for path in contents), *folders.values()):
        roots = made.get(_bag(d for path in paths for d in contents[path]), set())
        if any(_makes(snapshot, root, paths) for root in roots):
            found.update(paths)
    holding: dict[str, set[str]] = defaultdict(set)
    for path, held in contents.items():
        for one in held:
            holding[one].add(path)
    for root, wanted in partial:
        all_of_it = set.intersection(*(holding[one] for one in wanted))
        found.update(path for path in all_of_it if _makes(snapshot, root, [path]))
    return frozenset(found)


def _makes(snapshot: Snapshot, root: str, paths: Collection[str]) -> bool:
    """Is a root another directory than these files', and more than a list of files?"""
    reads = snapshot.graph.reads(root)
    if any(path in reads for path in paths):
        return False
    return len(snapshot.graph.closure(root)) > 1 or any(
        key not in ("apiVersion", "kind", "resources", "metadata")
        for key in snapshot.graph.kustomizations[root].settings
    )


def _bag(digests: Iterable[str]) -> frozenset[tuple[str, int]]:
    return frozenset(Counter(digests).items())


def of_content(content: object) -> str:
    """The same for equal contents, whatever the order of keys."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
