"""A proposal → leaves of its base to change, to see that exactly the right roots follow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer import mutations, yamltext
from analyzer.actions.proposals import Proposal
from analyzer.bench import Bench
from analyzer.candidates import Candidate
from analyzer.model import Rendered, RenderedResource, Rendering
from analyzer.plans import Mutation

_OVERLAID = ("name", "mountPath", "containerPort", "port", "ip", "key", "host", "image",
             "replicas", "secretName", "serviceName", "serviceAccountName", "claimName",
             "namespace", "apiVersion", "kind")  # fmt: skip


def probes(
    now: Bench, candidate: Candidate, proposal: Proposal, before: Mapping[str, Rendering]
) -> Iterator[Mutation]:
    """For each clone a leaf that all copies have, and that nothing sets later."""
    graph = now.seen.graph
    reached = sorted({
        root for r in candidate.roots for root in graph.dependents(r)
        if graph.kustomizations[root].kind == "Kustomization"
        and not graph.kustomizations[root].generated
    })  # fmt: skip
    built = {r for r, made in now.alone(reached).items() if isinstance(made, Rendered)}
    roots = tuple(root for root in reached if root in built)
    for number, (path, document) in proposal.places.items():
        pointer = _leaf(candidate, number, proposal, before)
        if pointer is not None:
            yield Mutation(path, document, pointer, roots)


def _leaf(
    candidate: Candidate,
    number: int,
    proposal: Proposal,
    before: Mapping[str, Rendering],
) -> str | None:
    path, document = proposal.places[number]
    data = proposal.files[path]
    assert data is not None
    node = yamltext.compose(data, path).documents[document]
    clone = candidate.clones[number]
    parts = [part for part in proposal.parts if part.clone == number]
    patched = {_in_list(at) for part in parts for at in part.patch.sets}
    made = [_rendered(before[copy.root], copy.span.path, clone.name) for copy in clone.copies]
    for pointer, scalar in _scalars(node, ""):
        value = yamltext.value(scalar)
        if any(pointer == at or pointer.startswith(f"{at}/") for at in patched):
            continue  # a patch may write it too
        if all(r is not None and _value_at(r.content, pointer) == value for r in made):
            return pointer
    return None


def _rendered(rendering: Rendering, path: str, name: str) -> RenderedResource | None:
    """What became of a document of this file; None where that is not clear."""
    if not isinstance(rendering, Rendered):
        return None
    kind, _, own = name.partition("/")
    found = [r for r in rendering.resources if r.origin is not None and r.origin.path == path
             and r.id.kind == kind and own in r.id.name]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _scalars(node: yamltext.Node, pointer: str) -> Iterator[tuple[str, yamltext.ScalarNode]]:
    """Leaves that can be changed without another meaning, those of lists last."""
    late = []
    for key, _, value in yamltext.pairs(node):
        at = pointer + yamltext.pointer((key,))
        if key in ("labels", "annotations", "matchLabels", "selector", "status"):
            continue
        if isinstance(value, yamltext.ScalarNode):
            if key not in _OVERLAID and mutations.is_simple(value):
                yield at, value
        else:
            late.append((at, value))
    for number, item in enumerate(yamltext.items(node)):
        at = f"{pointer}/{number}"
        if isinstance(item, yamltext.ScalarNode):
            if mutations.is_simple(item):
                yield at, item
        else:
            late.append((at, item))
    for at, value in late:
        yield from _scalars(value, at)


def _in_list(pointer: str) -> str:
    """A pointer up to the first list on its way: a patch may write that whole."""
    match = re.search(r"/\d+(?=/|$)", pointer)
    return pointer[: match.start()] if match else pointer


def _value_at(value: object, pointer: str) -> object:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, Mapping):
            value = value.get(name)
        else:
            return None
    return value
