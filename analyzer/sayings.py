"""What kustomize says → what it means: a message to act on, and where that is.

One rule a saying. Its words may quote configuration, which may hold secrets: what no rule knows is
cut and redacted by `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from analyzer import pieces, redact
from analyzer.causes import shown
from analyzer.locating import Place
from analyzer.model import Span


@dataclass(frozen=True, slots=True)
class Said:
    message: str
    at: Span | None = None
    entry: Span | None = None
    lacking: bool = False


Rule = Callable[[re.Match[str], Place], Said]
RULES: list[tuple[re.Pattern[str], Rule]] = []


def _rule(pattern: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES.append((re.compile(pattern, re.S), rule))
        return rule

    return register


_ID = r"(?P<kind>[^\s.]+)\.[^./]+\.[^/]+?/(?P<name>\S+?)\.(?P<namespace>\[noNs\]|[^\s.;:\"]+)"


def _named(match: re.Match[str]) -> str:
    """`Deployment/web`, with its namespace in front where it has one; without what is not said."""
    name = "" if match["name"] == "[noName]" else f"/{match['name']}"
    namespace = "" if match["namespace"] == "[noNs]" else f"{match['namespace']}/"
    return f"{namespace}{match['kind']}{name}"


def _namespace(match: re.Match[str]) -> str:
    return "" if match["namespace"] == "[noNs]" else match["namespace"]


@_rule(rf"no matches for Id {_ID}[;,]? ?")
def _patch(match: re.Match[str], place: Place) -> Said:
    entry = pieces.patch(place, match["kind"], match["name"], _namespace(match))
    message = f"the patch for {_named(match)} finds no such resource"
    return Said(f"{message}; correct it, or remove it", None, entry, lacking=True)


@_rule(rf"multiple matches for Id {_ID}")
def _ambiguous_patch(match: re.Match[str], place: Place) -> Said:
    entry = pieces.patch(place, match["kind"], match["name"], _namespace(match))
    return Said(f"the patch for {_named(match)} finds more than one resource", None, entry)


@_rule(r"resource with name (\S+) does not match a config")
def _replicas(match: re.Match[str], place: Place) -> Said:
    entry = place.entry("replicas", name=match[1])
    message = f"replicas: no Deployment, StatefulSet or ReplicaSet is named {match[1]}"
    return Said(f"{message}; correct the name, or remove it", None, entry, lacking=True)


@_rule(rf"nothing selected by {_ID}(?::|$)")
def _no_source(match: re.Match[str], place: Place) -> Said:
    entry, at = pieces.replacement(place, match["kind"], match["name"])
    message = f"the replacement's source {_named(match)} is not there"
    return Said(f"{message}; correct it, or remove it", at, entry, lacking=True)


@_rule(rf"multiple matches for selector {_ID}")
def _sources(match: re.Match[str], place: Place) -> Said:
    entry, at = pieces.replacement(place, match["kind"], match["name"])
    return Said(f"the replacement's source {_named(match)} is more than one resource", at, entry)


@_rule(rf"fieldPath `(?P<field>[^`]*)` is missing for replacement source {_ID}")
def _no_field(match: re.Match[str], place: Place) -> Said:
    entry, at = pieces.replacement(place, match["kind"], match["name"], match["field"])
    message = f"the replacement's source {_named(match)} has no field {shown(match['field'])}"
    return Said(message, at, entry)


@_rule(r'unable to find field "([^"]*)" in replacement target')
def _no_target(match: re.Match[str], place: Place) -> Said:
    at = pieces.field_path(place, match[1])
    return Said(f"the replacement's target has no field {shown(match[1])}", at)


@_rule(r"var '\{(\S+) .*cannot be mapped to a field")
def _var(match: re.Match[str], place: Place) -> Said:
    entry = place.variable(match[1])
    return Said(f"the resource that var {match[1]} names is not there", None, entry, lacking=True)


@_rule(r"field specified in var '\{(\S+) .*not found in corresponding resource")
def _var_field(match: re.Match[str], place: Place) -> Said:
    entry = place.variable(match[1])
    return Said(f"the resource that var {match[1]} names has no such field", None, entry)


@_rule(rf"may not add resource with an already registered id: {_ID}(?:\s|$)")
def _twice(match: re.Match[str], place: Place) -> Said:
    at = place.defined_twice(match["kind"], match["name"])
    message = f"{_named(match)} is there already (already registered id)"
    return Said(f"{message}; one build may hold it only once", at)


@_rule(r'merging from generator.*?Kind:"(\w+)".*?Name:"([^"]*)".*?\} (exists|does not exist)')
def _generator(match: re.Match[str], place: Place) -> Said:
    kind, name, there = match.groups()
    entry = place.generator(kind, name)
    if there == "exists":
        return Said(f"{kind}/{name} is generated and there already; its behavior must be merge "
                     "or replace", None, entry)  # fmt: skip
    message = f"{kind}/{name} is not there; it cannot be merged or replaced"
    return Said(message, None, entry, lacking=True)


@_rule(r"(?:configmap|secret) (\S+) illegally repeats the key `([^`]*)`")
def _repeated(match: re.Match[str], place: Place) -> Said:
    entry = place.generator("", match[1])
    return Said(f"the generator {match[1]} has the key {shown(match[2])} twice", None, entry)


@_rule(r"literal sources? .*expected key=value")
def _literal(_: re.Match[str], place: Place) -> Said:
    return Said("a literal of a generator is not key=value", place.odd_literal())


@_rule(r"(?:a|the) (configmap|secret) must have a name|(?:configmap|secret).*must have a name")
def _nameless(_: re.Match[str], place: Place) -> Said:
    entry = place.generator("", "")
    return Said("a generator has no name", None, entry)


@_rule(r"loading KV pairs: (?:file sources|env source files): \[(?P<files>[^\]]*)\]: (?P<why>.*)")
def _pairs(match: re.Match[str], place: Place) -> Said:
    named = [name.partition("=")[2] or name for name in match["files"].split()]
    at = next((span for name in named if (span := place.reference(name))), None)
    known = re.search(r"security; file .*|.* must resolve to a file|.* contains '='$", match["why"])
    why = known[0] if known else "a line is not as a generator takes it"
    return Said(f"{shown(match['files'])}: {plain(why)}", at)


@_rule(r'json: unknown field "([^"]*)"')
def _unknown(match: re.Match[str], place: Place) -> Said:
    return Said(f'unknown field "{shown(match[1])}"', place.key(match[1]))


@_rule(r"json: cannot unmarshal (\w+) into Go struct field \w+\.([\w.-]+) of type (\S+)")
def _type(match: re.Match[str], place: Place) -> Said:
    got, path, wanted = match.groups()
    at = place.field(path.split("."), got)
    return Said(f"{path} is {_GOT.get(got, got)} where kustomize expects {_wanted(wanted)}", at)


_GOT = {"string": "a text", "number": "a number", "bool": "a boolean", "array": "a list",
        "object": "a mapping"}  # fmt: skip


def _wanted(go: str) -> str:
    if go.startswith("[]"):
        return "a list"
    known = {"string": "a text", "bool": "a boolean", "map[string]string": "a mapping of texts"}
    if re.fullmatch(r"u?int\d*|float\d*", go):
        return "a number"
    return known.get(go, "a mapping")


@_rule(r'mapping key "([^"]*)" already defined at line (\d+)')
def _duplicate_key(match: re.Match[str], place: Place) -> Said:
    return Said(f"the key {shown(match[1])} stands twice", place.twice(match[1]))


@_rule(r"missing Resource metadata")
def _no_manifest(_: re.Match[str], place: Place) -> Said:
    return Said("not a Kubernetes manifest: missing Resource metadata", place.without("metadata"))


@_rule(r"missing metadata\.name in object \{\{(\S*) ?(\S*?)\}")
def _no_name(match: re.Match[str], place: Place) -> Said:
    return Said(
        f"{match[2] or 'an object'} has no metadata.name", place.without("metadata", "name")
    )


@_rule(r"MalformedYAMLError: (.*?)(?: in File: .*)?$|yaml: (line \d+: .*|[a-z].*)")
def _malformed(match: re.Match[str], place: Place) -> Said:
    why = re.sub(r"^(?:yaml: )?(?:line \d+: )?", "", match[1] or match[2])
    return Said(f"not valid YAML: {plain(why)}", place.broken())


@_rule(r"unable to parse SM or JSON patch from \[|into Go value of type jsonpatch\.Patch")
def _no_patch(_: re.Match[str], place: Place) -> Said:
    return Said("not a patch kustomize can read", pieces.odd_patch(place))


@_rule(r"must specify one of patch and path|empty file path and empty jsonOp")
def _empty_patch(_: re.Match[str], place: Place) -> Said:
    return Said(
        "a patch has neither patch nor path", pieces.patch_with(place, patch=False, path=False)
    )


@_rule(r"patch and path can't be set at the same time")
def _both(_: re.Match[str], place: Place) -> Said:
    return Said("a patch has both patch and path", pieces.patch_with(place, patch=True, path=True))


@_rule(r"must specify a target for JSON patch")
def _untargeted(_: re.Match[str], place: Place) -> Said:
    return Said("a JSON patch needs a target", pieces.untargeted(place))


@_rule(r"Multiple Strategic-Merge Patches in one `patches` entry")
def _several(_: re.Match[str], place: Place) -> Said:
    message = "a patch with a target may hold only one document"
    return Said(message, pieces.several_documents(place))


@_rule(r"(?:(\w+) operation does not apply: .*?path: |error in (\w+) for path: |"
       r"(testing) value )'?(/[^\s':]*)'?(.*)")  # fmt: skip
def _operation(match: re.Match[str], place: Place) -> Said:
    op = match[1] or match[2] or "test"
    at = pieces.operation(place, op, match[4])
    why = "the value there is another one" if match[3] else "nothing is there"
    return Said(f"the patch cannot {op} {shown(match[4])}: {why}", at)


@_rule(r"Unexpected kind: (\S+)")
def _no_operation(match: re.Match[str], place: Place) -> Said:
    return Said(
        f"a patch has the unknown op {shown(match[1])}", pieces.operation(place, match[1], None)
    )


@_rule(r"expected kind != 'Component' for path '(.*?)'")
def _component(match: re.Match[str], place: Place) -> Said:
    message = f"{shown(match[1])} is a kustomize Component; list it under components"
    return Said(message, place.named() or place.reference(match[1]))


@_rule(r"expected kind 'Component' for path '(.*?)'")
def _no_component(match: re.Match[str], place: Place) -> Said:
    message = f"{shown(match[1])} is no kustomize Component; list it under resources"
    return Said(message, place.reference(match[1]))


@_rule(r"must build at directory: '(.*?)': file is not directory")
def _no_directory(match: re.Match[str], place: Place) -> Said:
    return Said(f"{shown(match[1])} is a file, and no directory", place.reference(match[1]))


@_rule(r"the field '([\w.]+)' must be one of (\[[\w, ]+\])")
def _one_of(match: re.Match[str], place: Place) -> Said:
    at = place.field(match[1].split("."), "")
    return Said(f"{match[1]} must be one of {match[2]}", at)


@_rule(
    r"replacements must specify a source|target must specify resources to select"
    r"|types\.Replacement$"
)
def _replacement(match: re.Match[str], place: Place) -> Said:
    return Said("a replacement needs a source, and targets that select something",
                 pieces.odd_replacement(place))  # fmt: skip


@_rule(r"cycle detected")
def _circle(_: re.Match[str], place: Place) -> Said:
    return Said("references go in a circle", place.named())


@_rule(r"unable to parse open API definition from '(.*?)'")
def _open_api(match: re.Match[str], place: Place) -> Said:
    return Said("not an OpenAPI definition kustomize can read", place.file(match[1]))


@_rule(r"security; file '(.*?)' is not in or below '(.*?)'")
def _restricted(match: re.Match[str], place: Place) -> Said:
    message = f"{shown(match[1])} is outside {shown(match[2])}, and plugins are configured here"
    return Said(message, place.reference(match[1]) or place.named())


@_rule(r"validator shouldn't modify the resource map")
def _validator(_: re.Match[str], place: Place) -> Said:
    return Said("a validator changes resources", place.entry("validators"))


def plain(message: str) -> str:
    """The engine's own words on one line, without what it quotes of the configuration."""
    text = re.split(r"\n\n|node contents:|nodes unequal:|with config: `", message)[0]
    text = re.sub(r"&?\{0x[^}]*\}", "…", text)
    return shown(redact.text(" ".join(text.split())))
