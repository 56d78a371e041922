"""A built directory of plugin configurations → what kustomize would read, fetch or run for them.

A directory's kustomization may patch what it lists, so only its output says what is configured.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.kustomization import BUILTIN_PLUGINS, is_http
from analyzer.mentions import plugin_files
from analyzer.model import Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """`needs` is what is not there and never fetched or run; `inside`: it reads only the tree."""

    needs: Status | None = None
    inside: bool = True


def vetted(output: bytes, root: str, links: Collection[str]) -> Verdict:
    """What a root may do with these configurations; `links` are the symbolic links of the copy."""
    found = list(_found(output, root, links))
    needs = [status for status in found if status not in (None, Status.OUTSIDE)]
    return Verdict(needs[0] if needs else None, Status.OUTSIDE not in found)


def _found(output: bytes, root: str, links: Collection[str]) -> Iterator[Status | None]:
    text = yamltext.compose(output, "")
    for document in text.documents:
        kind = yamltext.text_of(yamltext.get(document, "kind"))
        version = yamltext.text_of(yamltext.get(document, "apiVersion"))
        if version != "builtin" or kind not in BUILTIN_PLUGINS:
            yield Status.PLUGIN
        if kind == "HelmChartInflationGenerator":
            yield Status.CHART
        for mention in plugin_files(text, document):
            yield _of_path(root, mention.written, links)


def _of_path(root: str, written: str, links: Collection[str]) -> Status | None:
    if is_http(written):
        return Status.REMOTE
    path = posixpath.normpath(posixpath.join(root or ".", written))
    parts = posixpath.join(root, written).split("/")
    behind_link = any("/".join(parts[:end]) in links for end in range(1, len(parts) + 1))
    leaves = posixpath.isabs(written) or path == ".." or path.startswith("../")
    return Status.OUTSIDE if leaves or (behind_link and ".." in parts) else None
