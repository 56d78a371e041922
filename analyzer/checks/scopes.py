"""Namespaces that are put on what has none in a cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from analyzer import findings as rules
from analyzer.causes import shown
from analyzer.checks.written import Written, place, renders, written
from analyzer.findings import Finding
from analyzer.model import RenderedResource, ResourceId, Span
from analyzer.snapshot import Snapshot

# Newer than the kinds kustomize knows (those of Kubernetes 1.21), or of others; what CRDs of the
# tree say is added to it.
_CLUSTER_SCOPED = frozenset((
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("apiextensions.crossplane.io", "CompositeResourceDefinition"),
    ("apiextensions.crossplane.io", "Composition"),
    ("argoproj.io", "ClusterWorkflowTemplate"),
    ("cert-manager.io", "ClusterIssuer"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("cilium.io", "CiliumLoadBalancerIPPool"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "IPPool"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "ClusterSecretStore"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("karpenter.sh", "NodePool"),
    ("keda.sh", "ClusterTriggerAuthentication"),
    ("kyverno.io", "ClusterCleanupPolicy"),
    ("kyverno.io", "ClusterPolicy"),
    ("networking.k8s.io", "IPAddress"),
    ("networking.k8s.io", "ServiceCIDR"),
    ("pkg.crossplane.io", "Configuration"),
    ("pkg.crossplane.io", "Function"),
    ("pkg.crossplane.io", "Provider"),
    ("resource.k8s.io", "DeviceClass"),
    ("security.openshift.io", "SecurityContextConstraints"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    ("storage.k8s.io", "VolumeAttributesClass"),
    ("templates.gatekeeper.sh", "ConstraintTemplate"),
    ("trust.cert-manager.io", "Bundle"),
))  # fmt: skip
_NAMED = 3  # objects a message names


def cluster_scoped(snapshot: Snapshot) -> Iterator[Finding]:
    """`namespace:` of a kustomization, or `targetNamespace` of Flux, on what has no namespace."""
    every = renders(snapshot)
    scoped = _scoped(every.values())
    found: dict[tuple[Span, str], set[ResourceId]] = defaultdict(set)
    for one in every.values():
        for resource in one.rendered.resources:
            named = resource.id
            if not named.namespace or (named.group, named.kind) not in scoped:
                continue
            manifest = written(snapshot, resource)
            at = _namespace(snapshot, one, resource)
            if at is not None and not (manifest is not None and manifest.id.namespace):
                found[at, named.namespace].add(named)
    for (at, namespace), ids in found.items():
        names = sorted(i.short for i in ids)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        message = (
            f"namespace {shown(namespace)} is put on {shown(', '.join(names[:_NAMED]))}{more}, "
            f"which {'have' if len(names) > 1 else 'has'} none in a cluster"
        )
        yield Finding(rules.NAMESPACE_ON_CLUSTER_SCOPED, message, at)


def _scoped(every: Iterable[Written]) -> frozenset[tuple[str, str]]:
    """(group, kind) of what has no namespace, as far as it is known."""
    said: dict[tuple[str, str], bool] = {}
    for one in every:
        for resource in one.rendered.resources:
            spec = resource.content.get("spec")
            if resource.id.kind != "CustomResourceDefinition" or not isinstance(spec, Mapping):
                continue
            names = spec.get("names")
            kind = names.get("kind") if isinstance(names, Mapping) else None
            said[str(spec.get("group")), str(kind)] = spec.get("scope") == "Cluster"
    known = {key for key in _CLUSTER_SCOPED if said.get(key, True)}
    return frozenset(known | {key for key, cluster in said.items() if cluster})


def _namespace(snapshot: Snapshot, one: Written, resource: RenderedResource) -> Span | None:
    """Who puts the namespace there: the reconciler, else the outermost root that has it."""
    namespace = resource.id.namespace
    if one.declared is not None and one.namespace == namespace:
        return one.declared
    origin = resource.origin
    path = origin and (origin.path or origin.configured_in)
    for root in snapshot.graph.closure(one.rendered.key.root):
        kustomization = snapshot.repository.kustomizations.get(root)
        if kustomization is None or kustomization.settings.get("namespace") != namespace:
            continue
        if path in snapshot.graph.reads(root) or kustomization.kind == "Component":
            return place(snapshot, root).key("namespace")
    return None
