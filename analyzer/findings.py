"""What Groundplan says about a tree: rules, findings and severities. The only list of rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from analyzer.model import Span


class Severity(Enum):
    """How much a finding matters: an error stops a deployment, a note is for the curious."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong: what it is, why it matters, and how to mend it."""

    id: str
    severity: Severity
    title: str
    why: str
    mend: str
    rendered: bool = False  # does only a render show it?
    proved: bool = False  # does only a run that proves what does nothing show it?
    silenced: bool = True  # may an ignore comment or an intent silence it?


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, and what it has to do with it."""

    location: Span
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that applies at a place. The message starts with its subject and says what to do."""

    rule: Rule
    message: str
    location: Span
    related: tuple[Related, ...] = ()

    @property
    def severity(self) -> Severity:
        return self.rule.severity


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that somebody meant: why, and where that is written."""

    finding: Finding
    reason: str
    by: Span
    in_configuration: bool  # by an intent of groundplan.yaml; else by a comment in the file


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without repetitions; by path, line, rule, so that the same tree gives the same list."""
    unique = {(f.location.path, f.location.line, f.rule.id, f.message): f for f in findings}
    return tuple(unique[key] for key in sorted(unique))


def most_severe_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """`ordered`, errors before warnings before notes."""
    return tuple(sorted(ordered(findings), key=lambda f: f.severity.rank))


def _error(
    id: str, title: str, why: str, mend: str, *, rendered: bool = False, proved: bool = False
) -> Rule:
    return Rule(id, Severity.ERROR, title, why, mend, rendered, proved)


def _warning(
    id: str, title: str, why: str, mend: str, *, rendered: bool = False, proved: bool = False
) -> Rule:
    return Rule(id, Severity.WARNING, title, why, mend, rendered, proved)


def _note(
    id: str, title: str, why: str, mend: str, *, rendered: bool = False, proved: bool = False
) -> Rule:
    return Rule(id, Severity.NOTE, title, why, mend, rendered, proved)


def _silence(id: str, title: str, why: str, mend: str) -> Rule:
    return Rule(id, Severity.WARNING, title, why, mend, silenced=False)


MISSING_REFERENCE = _error(
    "missing-reference",
    "A file or directory that is named is not there",
    "Kustomize stops at the first missing file, so this root and every root above it do not build.",
    "Create the file, correct the path, or remove the entry.",
)
OUTSIDE_TREE = _error(
    "outside-tree",
    "A reference leaves the repository",
    "What lies outside the repository is different on every machine, and Flux and Argo CD refuse "
    "it. Groundplan does not read it and does not render the root.",
    "Move the file into the repository and name it by a relative path.",
)
BROKEN_YAML = _error(
    "broken-yaml",
    "A YAML file cannot be read",
    "Kustomize cannot read it either, so whatever lists it does not build.",
    "Correct the syntax at the line that is named.",
)
BROKEN_KUSTOMIZATION = _error(
    "broken-kustomization",
    "A kustomization file is not what kustomize expects",
    "Kustomize refuses the whole directory, and every root above it.",
    "Correct the field that is named.",
)
DOES_NOT_BUILD = _error(
    "does-not-build",
    "A root does not build",
    "Nothing in it can be deployed, and nothing that builds on it either.",
    "Mend the cause that is named; it is reported once, with the roots it blocks.",
    rendered=True,
)
CYCLE = _error(
    "reference-cycle",
    "Roots reference each other in a circle",
    "Kustomize refuses to build any root of the circle.",
    "Remove one of the references; usually a base must not name its overlay.",
)
AMBIGUOUS_ROOT = _error(
    "two-kustomization-files",
    "A directory has two kustomization files",
    "Kustomize refuses a directory in which it finds more than one.",
    "Keep one of them, preferably kustomization.yaml.",
)
MISSING_PATH = _error(
    "missing-flux-path",
    "A Flux Kustomization or Argo CD Application names a path that is not there",
    "The reconciler reports an error and applies nothing.",
    "Correct spec.path, or map the source to a directory under `sources:` in groundplan.yaml.",
)
LIMIT = _error(
    "limit-reached",
    "A file or render is larger than Groundplan reads",
    "It was left out, so what is said about it may be incomplete.",
    "Split the file, or leave it out of the tree.",
    rendered=True,
)
UNREADABLE = _error(
    "unreadable",
    "A file or directory cannot be read",
    "What is in it is not part of any report.",
    "Correct its permissions, or the link it stands behind.",
)
NEEDS = _note(
    "needs-input",
    "A root needs something that is not in the repository",
    "Remote resources, Helm charts, exec plugins and git-ignored files are never fetched or run; "
    "the root is rendered without them where that works.",
    "Nothing to mend. Render where the inputs are there to see all of it.",
)
UNRESTRICTED = _note(
    "needs-load-restrictions-none",
    "A root reads a file outside its own directory",
    "kustomize and Argo CD refuse that by default; Flux allows it.",
    "Make what is shared a base or a kustomize Component, or build with "
    "--load-restrictor=LoadRestrictionsNone.",
    rendered=True,
)
ORPHAN_FILE = _warning(
    "orphan-file",
    "A manifest is listed by no kustomization",
    "It looks deployed and is not: changes to it have no effect.",
    "List it in the kustomization of its directory, or remove it.",
)
UNUSED_BASE = _warning(
    "unused-base",
    "A base is referenced by nothing",
    "It is deployed nowhere; it is either dead or copied instead of referenced.",
    "Remove it, or reference it from the environments.",
)
EMPTY_OVERLAY = _note(
    "empty-overlay",
    "An overlay changes nothing of its base",
    "It is a place to put differences, or a directory that is not needed.",
    "Nothing, if a difference is to come; else reference the base directly.",
    rendered=True,
)
COPIED = _warning(
    "copied-configuration",
    "An environment keeps its own copy of what base has",
    "A change to base does not reach it, and nobody sees which differences are meant.",
    "Reference the base and keep only the differences as patches.",
    rendered=True,
)
DUPLICATE_KEY = _warning(
    "duplicate-key",
    "A kustomization file has the same key twice",
    "Kustomize takes the last one silently; what the first one lists is not deployed.",
    "Join the two lists.",
)
SECOND_DOCUMENT = _warning(
    "second-document-ignored",
    "A kustomization file has more than one YAML document",
    "Kustomize reads the first and ignores the others silently.",
    "Move what is in the others into the first document.",
)
DEPRECATED_FIELD = _note(
    "deprecated-field",
    "A deprecated kustomization field",
    "It still works and is announced to go.",
    "Use the field that is named; `kustomize edit fix` rewrites most of them.",
)
MATCHES_NOTHING = _warning(
    "matches-nothing",
    "An entry of a kustomization, or of a Flux object, that matches nothing",
    "Kustomize says nothing of it: the change it was to make is in no render. Proved by rendering "
    "every root that reaches it without it: all come out the same.",
    "Correct its target, name or path, or remove it.",
    proved=True,
)
CHANGES_NOTHING = _note(
    "changes-nothing",
    "An entry of a kustomization, or of a Flux object, that changes nothing",
    "What it sets is so already, or is set again later. Proved by rendering every root that "
    "reaches it without it: all come out the same.",
    "Remove it, or change what was to be different.",
    proved=True,
)
FLOATING_IMAGE = _warning(
    "floating-image",
    "An image without a fixed version",
    "What runs depends on when the node pulled it.",
    "Name a version tag or a digest.",
    rendered=True,
)
FLOATING_REF = _warning(
    "floating-ref",
    "A remote reference without a fixed version",
    "What is deployed changes without a change in this repository.",
    "Add `?ref=` with a tag or a commit.",
)
LAYOUT_DEVIATION = _note(
    "layout-deviation",
    "A root is where the layout does not expect it",
    "It belongs to no environment or component, so no report compares it.",
    "Move it, or describe its place in `layout:` of groundplan.yaml.",
)
README_TREE = _warning(
    "readme-tree-outdated",
    "The README's directory tree is not the tree",
    "Newcomers look for what is not there and miss what is.",
    "Correct the tree, or replace it by a generated section (`groundplan readme --init`).",
)
SECTION_MARKER = _error(
    "section-marker",
    "A generated section's markers are not usable",
    "The file is left untouched, so its other sections are not regenerated either.",
    "Correct the markers; `groundplan readme --help` shows their form.",
)

IGNORED_BY_SOURCE = _error(
    "ignored-by-source",
    "What is applied is left out of its source",
    "Flux reads an artifact, not the repository: what `.sourceignore`, `spec.ignore` or the copies "
    "of an ArtifactGenerator leave out is not there in the cluster.",
    "Take it back in with a line `!path`, or apply and list only what the source holds.",
    rendered=True,
)
SUBSTITUTION_FAILS = _error(
    "substitution-fails",
    "Flux cannot substitute the variables of a Flux Kustomization",
    "Nothing of it is applied: one text that Flux cannot read fails the whole of it.",
    "Correct the text; a `$` that is meant is written `$$`.",
    rendered=True,
)
UNSET_VARIABLE = _warning(
    "unset-variable",
    "A variable is used and set by nobody",
    "It becomes empty, and an empty value removes the field it stands in. Flux 2.9 and newer fail.",
    "Set it under `postBuild`, give it a default (`${NAME:=value}`), or write `$${NAME}`.",
    rendered=True,
)
DANGLING_DEPENDENCY = _error(
    "dangling-depends-on",
    "A Flux Kustomization or HelmRelease waits for one that is not there",
    "It waits for ever and applies nothing.",
    "Correct the name or namespace under `dependsOn`, or remove the entry.",
    rendered=True,
)
DEPENDENCY_CYCLE = _error(
    "depends-on-cycle",
    "Flux Kustomizations wait for each other in a circle",
    "None of them is ever applied.",
    "Remove one of the `dependsOn` entries.",
    rendered=True,
)
DANGLING_SOURCE = _warning(
    "dangling-source",
    "A Flux Kustomization names a source that is declared nowhere",
    "Unless somebody creates the source by hand, nothing is applied.",
    "Declare the source, correct `sourceRef`, or map it under `sources:` in groundplan.yaml.",
    rendered=True,
)
DANGLING_SUBSTITUTES = _warning(
    "dangling-substitutes",
    "Variables come from a ConfigMap or Secret that nothing in the tree makes",
    "Flux fails until it is there, and what its variables are is not known here.",
    "Make it in the tree, or mark it `optional: true`.",
    rendered=True,
)
DANGLING_CHART = _warning(
    "dangling-chart",
    "A HelmRelease takes its chart from a source that nothing in the tree makes",
    "Unless somebody creates the source by hand, the chart is never installed.",
    "Declare the source in this cluster, or correct its kind, name or namespace.",
    rendered=True,
)
DANGLING_VALUES = _warning(
    "dangling-values",
    "A HelmRelease takes values from a ConfigMap or Secret that nothing in the tree makes",
    "The release fails until it is there, and what its values are is not known here.",
    "Make it in the tree, correct its name, or mark it `optional: true`.",
    rendered=True,
)
TWO_OWNERS = _warning(
    "two-owners",
    "Two Flux Kustomizations of one cluster apply the same resource",
    "They overwrite each other, and what one of them drops, it deletes.",
    "Leave the resource to one of them.",
    rendered=True,
)
SUSPENDED = _note(
    "suspended",
    "A Flux object is suspended",
    "What it made stays as it was; changes in git do not reach the cluster.",
    "Resume it when it is meant to follow git again.",
    rendered=True,
)
UNREACHED_OBJECT = _warning(
    "unreached-object",
    "A Flux Kustomization that no cluster applies",
    "It is written down, and no entry point leads to it: it does nothing.",
    "List its file in the kustomization of a directory that is applied, or remove it.",
    rendered=True,
)
DANGLING_HEALTH_CHECK = _warning(
    "dangling-health-check",
    "A health check for something that is not applied",
    "The Flux Kustomization never becomes ready, and what waits for it never starts.",
    "Correct the name, kind or namespace under `healthChecks`, or remove the entry.",
    rendered=True,
)
NEVER_SETTLES = _warning(
    "never-settles",
    "A Flux Kustomization that changes itself for ever",
    "What it applies changes its own definition, and with that what it applies. What is shown of "
    "it is one of its states.",
    "Let its definition be made in one place only.",
    rendered=True,
)
MADE_ELSEWHERE = _note(
    "made-elsewhere",
    "Something that is named may come from outside of this repository",
    "Another source, a chart or a template in the same cluster applies what is not known here.",
    "Nothing to mend if it is there; map the source under `sources:` in groundplan.yaml to see.",
    rendered=True,
)
NOT_DEPLOYED = _note(
    "not-deployed",
    "A root of an environment that none of its clusters applies",
    "It looks deployed and is not: no entry point leads to it.",
    "List it where its environment is put together, or remove it.",
    rendered=True,
)
ONLY_AS_APPLIED = _note(
    "only-as-applied",
    "A root that builds only as its reconciler builds it",
    "Flux tolerates what kustomize refuses, or adds what the root lacks; alone it does not build.",
    "Nothing to mend for Flux; mend the cause to build it with kustomize too.",
    rendered=True,
)
COMPONENT_ALONE = _note(
    "component-not-alone",
    "A kustomize Component does not build on its own",
    "A kustomize Component changes what it is added to; alone it often finds nothing to change.",
    "Nothing to mend as long as the roots that use it build.",
    rendered=True,
)


SECOND_JSON_PATCH = _warning(
    "second-json-patch-ignored",
    "A JSON patch has more than one YAML document",
    "Kustomize uses the first and ignores the others silently: their operations do nothing.",
    "Join them into one list of operations, or make each a patch of its own.",
)
REPLACE_ADDS = _warning(
    "replace-adds",
    "A JSON patch replaces what is not there",
    "Kustomize adds the key silently; a key that is misspelled, or has moved, looks as if it were "
    "set.",
    "Correct the path; where the key is to be added, write `op: add`.",
    rendered=True,
)
AMBIGUOUS_TARGET = _note(
    "ambiguous-target",
    "A patch for one object changes several",
    "The name of a target is a regular expression and counts in every namespace: every object it "
    "matches is patched, silently.",
    "Give the target a namespace; write `\\.` where a dot is meant; or, where all are meant, a "
    "pattern that says so.",
    rendered=True,
)
PATCH_DIRECTIVE = _error(
    "patch-directive-left",
    "A patch directive is left in what is deployed",
    "Kustomize knows how lists of built-in kinds merge; a list of another kind is replaced whole, "
    "and directives in it stay as data. The cluster refuses them, or drops what was to stay.",
    "Write a JSON patch for this list.",
    rendered=True,
)
EXCLUSIVE_FIELDS = _error(
    "exclusive-fields",
    "Two fields are set of which the cluster takes only one",
    "A patch merges its field beside the one that was there; the cluster refuses the whole object.",
    "Set the other field to null in the patch.",
    rendered=True,
)
NAMESPACE_ON_CLUSTER_SCOPED = _note(
    "namespace-on-cluster-scoped",
    "A namespace is put on an object that has none",
    "Kustomize knows only old built-in kinds to be without one. In the cluster the object has no "
    "namespace, so what compares or prunes by namespace takes it for another object.",
    "Nothing breaks in the cluster; to see what is really there, list these objects in a "
    "kustomization without `namespace`.",
    rendered=True,
)

# What says that findings are meant can be wrong itself; nothing silences that.
UNUSED_SILENCE = _silence(
    "unused-silence",
    "A comment that silences nothing",
    "What it was for is gone, or never was at that line; the next real finding there would go "
    "unseen.",
    "Remove the comment, or move it to the line of the finding, or the line above it.",
)
INVALID_SILENCE = _silence(
    "invalid-silence",
    "An ignore comment that is not understood",
    "It silences nothing: without a reason nobody knows later whether it still holds.",
    "Write `# groundplan: ignore[rule] reason`, or for a whole file, before its first content, "
    "`# groundplan: ignore-file[rule] reason`.",
)
UNUSED_INTENT = _silence(
    "unused-intent",
    "An intent that is about nothing",
    "What it was for is gone or has another name; it looks as if somebody watched over it.",
    "Correct its component, environment, resource, field, path or rule, or remove it.",
)
UNUSED_PROMOTION_RULE = _silence(
    "unused-promotion-rule",
    "A rule of promotion that is about nothing",
    "What it was for is gone or has another name; those differences get another class now.",
    "Correct its component, environment, resource or field, or remove it.",
)
EXPIRED_INTENT = _silence(
    "expired-intent",
    "An intent that has expired",
    "It was meant for a time only, and counts no more.",
    "Do what it put off, and remove it; or give it a later `expires` and say why.",
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (value for value in list(globals().values()) if isinstance(value, Rule)),
        key=lambda rule: rule.id,
    )
)

BY_ID = {rule.id: rule for rule in RULES}
