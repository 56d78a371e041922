"""One difference and its history → promote, keep or decide, by the first rule that fits.

The rules are data. They are what was seen in thousands of real promotions: versions move, what
names the environment stays, and what was never equal was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from analyzer.history import Moment
from analyzer.promotionlist import CLASSES, Class
from analyzer.threeway import Story

# value: it differs; source and target: only there; new and own: a resource that only is there
Shape = Literal["value", "source", "target", "new", "own", "order"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done with differences of some shapes, kinds and fields, when history tells so.

    Empty tuples take anything; `kinds` and `fields` are patterns of the whole text.
    """

    id: str
    verdict: Class
    sentence: str
    shapes: tuple[Shape, ...] = ()
    kinds: str = ""
    fields: str = ""
    told: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # of `Subject.facts`, all of them

    def fits(self, subject: Subject) -> bool:
        return (
            (not self.shapes or subject.shape in self.shapes)
            and (not self.kinds or re.fullmatch(self.kinds, subject.kind) is not None)
            and (not self.fields or re.search(self.fields, subject.field) is not None)
            and (not self.told or subject.story.told in self.told)
            and subject.facts.issuperset(self.facts)
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """A difference as rules see it. `facts`: pin, secret, name, noise, substitution, …"""

    shape: Shape
    kind: str
    field: str
    story: Story
    facts: frozenset[str]


PIN = re.compile(
    r"\.(?:containers|initContainers|ephemeralContainers)\[[^\]]*\]\.image$"
    r"|^spec\.chart\.spec\.version$|^spec\.ref\.(?:tag|semver|digest|branch|commit)$"
    r"|^spec\.sources?(?:\[[^\]]*\])?\.targetRevision$|^spec\.tags\[[^\]]*\]\.from\.name$"
    r"|^spec\.values\.(?:.*\.)?(?:image\.)?(?:tag|digest)$|\?ref$|^spec\.image$|^spec\.version$"
)
_ACCESS = (
    "Role|ClusterRole|RoleBinding|ClusterRoleBinding|ServiceAccount|NetworkPolicy|"
    "PodDisruptionBudget|ServiceMonitor|PodMonitor|PrometheusRule|ClusterPolicy|Policy"
)
_HOST = (
    r"(?i)(?:^|[.\]_-])(?:hosts?|hostname|domains?|dnsnames?|fqdn|url|issuer|loadBalancerIP|"
    r"externalname|addresses)(?:[.\[]|$)|external-dns.*hostname|^spec\.rules\[host="
)
# not what an element is called: a container may be named vault
_SECRET = r"(?i)(?:remoteRef|secretName|secretRef|secretKeyRef|(?<!=)vault|secretStoreRef|dataFrom)"
_CLOUD = (
    r"(?:^|[.\]_/-])(?i:arn|account[-_]?id|project[-_]?id|subnet|zone|region|bucket)"
    r"|[a-z](?:Arn|AccountId|ProjectId|Subnet|Zone|Region|Bucket)"
)

RULES: tuple[Rule, ...] = (
    Rule("noise", "keep", "it says nothing by itself: a hash, a checksum or a label of a chart",
         facts=("noise",)),
    Rule("environment-name", "keep", "it only says which environment this is", facts=("name",)),
    Rule("secret", "keep", "secrets are each environment's own and are not promoted",
         facts=("secret",)),
    Rule("flux-system", "keep", "what runs the cluster's own reconciler is not promoted",
         facts=("flux-system",)),
    Rule("substitution", "keep", "different only by what one environment calls otherwise",
         facts=("substitution",)),
    Rule("passed-over", "keep", "promotions since then left it as it is: it was meant",
         ("new", "source", "own", "target"), facts=("passed-over",)),
    Rule("removed-in-source", "decide", "the source had it and removed it",
         ("own", "target"), facts=("source-removed",)),
    Rule("removed-in-target", "decide", "the target had it and removed it",
         ("new", "source"), facts=("target-removed",)),
    Rule("only-in-target", "keep", "only the target has it", ("own", "target")),
    Rule("registry", "decide", "another image, not another version of the same",
         facts=("pin", "renamed")),
    Rule("reverted", "decide", "the target had the source's value and went back",
         ("value",), told=("reverted",)),
    Rule("held-back", "decide", "versions beside it were promoted since, and this one was not",
         facts=("pin",), told=("held-back",)),
    Rule("earlier-version", "decide", "the target took a version that the source had left already",
         facts=("pin",), told=("earlier",)),
    Rule("never-in-source", "decide", "the target took a version that the source never had",
         facts=("pin",), told=("never-in-source",)),
    Rule("newer-in-target", "decide", "the target's version is the higher one",
         facts=("pin", "newer")),
    Rule("floating", "decide", "a version that floats says nothing about what runs",
         facts=("pin", "floating")),
    Rule("split-lockstep", "decide", "the source has one version for all of these, and the target "
         "has several", facts=("pin", "split")),
    Rule("chart-major", "decide", "a chart's major version changes, and its values with it",
         facts=("chart", "major")),
    Rule("pin", "promote", "a version", ("value",), facts=("pin",)),
    Rule("version-label", "promote", "a label that repeats a version",
         ("value",), fields=r"labels\b.*version\]?$", facts=("repeats",)),
    Rule("left-out", "decide", "the target was changed since, and this was not taken along",
         ("new",), kinds=_ACCESS, facts=("left-out",)),
    Rule("new-access", "promote", "new access rules, policies and monitors follow what needs them",
         ("new",), kinds=_ACCESS),
    Rule("new-resource", "decide", "a new resource needs configuration of its own", ("new",)),
    Rule("namespace", "keep", "names and namespaces are each environment's own",
         fields=r"(?:^|\.)(?:namespace|namePrefix)$|^metadata\.name$"),
    Rule("host", "keep", "hosts and addresses are each environment's own", ("value",),
         fields=_HOST),
    Rule("own-host", "keep", "a host is each environment's own", ("source",),
         fields=r"^spec\.(?:rules\[host=|tls|hosts|dnsNames)"),
    Rule("secret-path", "keep", "where secrets are is each environment's own", ("value",),
         fields=_SECRET),
    Rule("cloud", "keep", "ids of a cloud are each environment's own", ("value",), fields=_CLOUD),
    Rule("replicas", "keep", "how many run is each environment's own", ("value", "source"),
         fields=r"(?i)(?:replicas|replicaCount|parallelism|minAvailable|maxUnavailable)$"),
    Rule("resources", "keep", "how much they may use is each environment's own",
         ("value", "source"), fields=r"(?:^|\.)resources(?:\.|$)|\.(?:cpu|memory)$|^spec\.hard"),
    Rule("storage", "keep", "storage is each environment's own", ("value", "source"),
         fields=r"(?i)storage|(?:^|\.)retention"),
    Rule("schedule", "keep", "when it runs is each environment's own", ("value",),
         fields=r"(?:^|\.)(?:schedule|suspend)$"),
    Rule("with-version", "decide", "the source changed it with its version", ("value", "source"),
         facts=("with-version",)),
    Rule("never-equal", "keep", "never equal as far as history goes: it was meant", ("value",),
         told=("never-equal",)),
    Rule("target-changed", "keep", "equal once, and only the target was changed since", ("value",),
         told=("target-moved",)),
    Rule("source-changed", "decide", "equal once, and only the source was changed since",
         ("value",), told=("source-moved",)),
    Rule("both-changed", "decide", "equal once, and both were changed since", ("value",),
         told=("both-moved",)),
    Rule("new-key", "decide", "a new key of configuration", ("source",),
         kinds="ConfigMap", fields=r"^(?:data|binaryData)\b"),
    Rule("source-only", "decide", "only the source has it", ("source",)),
    Rule("order", "keep", "the same in another order", ("order",)),
    Rule("other", "decide", "no rule says what this is"),
)  # fmt: skip
# What groundplan.yaml says counts before any of them.
INTENT = Rule("intent", "keep", "groundplan.yaml says it is meant")
OWN_RULES = {
    str(verdict): Rule("own-rule", verdict, "a rule of groundplan.yaml") for verdict in CLASSES
}
BY_ID = {rule.id: rule for rule in (INTENT, *RULES)}


def rule(subject: Subject, rules: Iterable[Rule] = RULES) -> Rule:
    """The first rule that fits; the last one fits everything."""
    return next(rule for rule in rules if rule.fits(subject))


def reason(found: Rule, story: Story, detail: str = "") -> str:
    """The rule's sentence with what history knows of this one."""
    said = [found.sentence]
    if detail:
        said.append(detail)
    if found.id == "reverted" and story.back is not None and story.target is not None:
        said.append(f"it had it since {_commit(story.back)}, until {_commit(story.target)}")
    elif found.id in ("never-in-source", "held-back") and story.target is not None:
        said.append(f"set by {_commit(story.target)}")
    elif (
        found.id in ("earlier-version", "target-changed", "both-changed")
        and story.target is not None
    ):
        said.append(f"the target was last set by {_commit(story.target)}")
    elif story.missed and found.verdict != "keep":
        said.append(_missed(story))
    return "; ".join(said)


def _missed(story: Story) -> str:
    count = len(story.missed)
    lag = f" in {story.days} day{'' if story.days == 1 else 's'}" if story.days else ""
    plural = "" if count == 1 else "s"
    return f"{count} change{plural} of the source since{lag}, last {_commit(story.missed[-1])}"


def _commit(moment: Moment) -> str:
    if not moment.commit.id:
        return "what is not committed yet"
    return f"{moment.commit.id[:10]} of {moment.commit.date[:10]}"
