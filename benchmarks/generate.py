"""A tree of N kustomizations as teams write them: the same bytes for the same arguments.

clusters/{base,dev,staging,production}/{category}/{component}: platform categories that Flux applies
whole, teams whose applications it applies one by one, overlays with patches, images and generators,
kustomize Components, and a flaw in every sixth application.

    python benchmarks/generate.py 1000 DIR
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENVIRONMENTS = ("dev", "staging", "production")
PLATFORM = {
    "infrastructure": (
        "cert-manager", "ingress-nginx", "vault", "external-dns", "metallb",
        "sealed-secrets", "velero", "kyverno", "postgres-operator",
    ),
    "monitoring": (
        "prometheus", "grafana", "loki", "alertmanager", "tempo",
        "node-exporter", "kube-state-metrics", "blackbox-exporter", "promtail",
    ),
}  # fmt: skip
TEAMS = (
    "accounts", "billing", "catalog", "checkout", "content", "delivery", "experiments", "fraud",
    "identity", "inventory", "invoicing", "logistics", "loyalty", "mailing", "marketing", "media",
    "messaging", "notifications", "onboarding", "orders", "partners", "payments", "pricing",
    "procurement", "profiles", "promotions", "recommendations", "reporting", "returns", "reviews",
    "search", "security", "sellers", "shipping", "shopfront", "subscriptions", "support", "taxes",
    "tracking", "wallet", "warehouse",
)  # fmt: skip
SUBJECTS = ("account", "basket", "customer", "document", "event", "order", "product", "session")
FURTHER = ("address", "campaign", "contract", "device", "feed", "ledger", "quota", "ticket")
ROLES = ("api", "worker", "web", "importer", "scheduler")
FLAWS = (
    "missing-file", "orphan", "copy", "deprecated", "remote", "duplicate-key", "unmatched-patch",
    "floating-tag",
)  # fmt: skip
FLAW_EVERY = 6  # applications
SMALLEST = 40  # kustomizations; below, there is no room for one application
COMPONENTS = ("debug", "high-availability", "monitored")


@dataclass(frozen=True, slots=True)
class Component:
    """What a team names, where it is, and its flaw; where not `based`, each has its own files."""

    category: str
    name: str
    environments: tuple[str, ...]
    based: bool = True
    flaw: str = ""

    @property
    def platform(self) -> bool:
        return self.category in PLATFORM

    @property
    def namespace(self) -> str:
        return self.name if self.platform else self.category


@dataclass(slots=True)
class Tree:
    """Files by path, and the chance that made their values."""

    chance: random.Random
    files: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, text: str) -> None:
        if path in self.files:
            raise ValueError(f"{path} is written twice")
        self.files[path] = text

    def pick(self, values: Sequence[str]) -> str:
        """One of them. `random()` alone gives the same numbers in every Python."""
        return values[int(self.chance.random() * len(values))]

    def number(self, first: int, last: int) -> int:
        return first + int(self.chance.random() * (last - first + 1))

    def version(self) -> str:
        return f"{self.number(0, 3)}.{self.number(0, 40)}.{self.number(0, 12)}"


def generate(number: int, seed: int = 1) -> dict[str, str]:
    """The files of a tree with exactly this many kustomizations, by path."""
    if number < SMALLEST:
        raise ValueError(f"a tree needs {SMALLEST} kustomizations or more")
    tree = Tree(random.Random(seed))
    fixed = len(COMPONENTS) + len(ENVIRONMENTS) * (2 + len(PLATFORM))
    found = tuple(components(number - fixed))
    for name, text in _kustomize_components().items():
        tree.put(f"clusters/components/{name}/kustomization.yaml", text)
    for component in found:
        _component(tree, component)
    for environment in ENVIRONMENTS:
        _environment(tree, environment, found)
    return dict(sorted(tree.files.items()))


def components(number: int) -> Iterator[Component]:
    """Components whose bases and overlays are this many kustomizations together."""
    names = _names(number // 4)
    applications = 0
    for position, (category, name) in enumerate(names):
        wanted = ENVIRONMENTS[1:] if position % 7 == 6 else ENVIRONMENTS
        based = position % 17 != 16
        taken = min(number, len(wanted) + based)
        if taken == 0:
            return
        number -= taken
        flaw = ""
        if category not in PLATFORM:
            applications += 1
            if applications % FLAW_EVERY == 0 and based and taken == len(wanted) + based:
                flaw = FLAWS[(applications // FLAW_EVERY - 1) % len(FLAWS)]
        yield Component(category, name, wanted[len(wanted) + based - taken :], based, flaw)
    raise ValueError("more kustomizations than there are names for")


def _names(components: int) -> Iterator[tuple[str, str]]:
    """(category, name): a third of a small tree is platform, the rest applications of teams."""
    longest = max(map(len, PLATFORM.values()))
    platform = [
        (category, names[i])
        for i in range(longest)
        for category, names in PLATFORM.items()
        if i < len(names)
    ]
    yield from platform[: components // 3]
    for subjects in (SUBJECTS, FURTHER):
        for team in TEAMS:
            for subject in subjects:
                for role in ROLES:
                    yield team, f"{subject}-{role}"


def _component(tree: Tree, component: Component) -> None:
    make = _chart if component.platform else _application
    parts = make(tree, component)
    where = f"{component.category}/{component.name}"
    if component.based:
        for name, text in parts.items():
            tree.put(f"clusters/base/{where}/{name}", text)
    for environment in component.environments:
        folder = f"clusters/{environment}/{where}"
        if not component.based or (component.flaw == "copy" and environment == "staging"):
            for name, text in parts.items():
                tree.put(f"{folder}/{name}", text)
        elif component.platform:
            _chart_overlay(tree, component, environment, folder)
        else:
            _overlay(tree, component, environment, folder)


# what is in a base -------------------------------------------------------------------------------


def _kustomization(**fields: Sequence[str]) -> str:
    lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization"]
    for name, entries in fields.items():
        if entries:
            lines += [f"{name}:", *(f"  - {entry}".replace("\n", "\n    ") for entry in entries)]
    return "\n".join(lines) + "\n"


def _head(version: str, kind: str, name: str, namespace: str = "") -> str:
    lines = [f"apiVersion: {version}", f"kind: {kind}", "metadata:", f"  name: {name}"]
    return "\n".join([*lines, f"  namespace: {namespace}"] if namespace else lines) + "\n"


def _application(tree: Tree, component: Component) -> dict[str, str]:
    """File names and texts of a base: what a service has, and by its role more."""
    name, namespace = component.name, component.namespace
    role = name.rpartition("-")[2]
    parts = {
        "deployment.yaml": _head("apps/v1", "Deployment", name, namespace)
        + _DEPLOYMENT.format(
            name=name,
            team=component.category,
            version=tree.version(),
            port=8000 + tree.number(0, 99),
            memory=tree.pick(("128Mi", "256Mi", "512Mi")),
            level=tree.pick(("info", "warn")),
        ),
        "service-account.yaml": _head("v1", "ServiceAccount", name, namespace),
    }
    if role in ("api", "web"):
        parts["service.yaml"] = _head("v1", "Service", name, namespace) + _SERVICE.format(name=name)
        parts["network-policy.yaml"] = _head(
            "networking.k8s.io/v1", "NetworkPolicy", name, namespace
        ) + _POLICY.format(name=name)
    if role == "web":
        parts["ingress.yaml"] = _head(
            "networking.k8s.io/v1", "Ingress", name, namespace
        ) + _INGRESS.format(name=name, host=f"{name}.{component.category}.example.com")
    if role in ("worker", "importer"):
        parts["pod-monitor.yaml"] = _head(
            "monitoring.coreos.com/v1", "PodMonitor", name, namespace
        ) + _MONITOR.format(name=name)
    literals = [f"{key}={tree.number(1, 500)}" for key in ("POOL_SIZE", "BATCH_SIZE", "TIMEOUT")]
    listed = "".join(f"\n  - {literal}" for literal in literals)
    generated = f"name: {name}\nnamespace: {namespace}\nliterals:{listed}"
    return {
        "kustomization.yaml": _kustomization(
            resources=sorted(parts), configMapGenerator=[generated]
        ),
        **parts,
    }


def _chart(tree: Tree, component: Component) -> dict[str, str]:
    name = component.name
    parts = {
        "namespace.yaml": _head("v1", "Namespace", name),
        "repository.yaml": _head("source.toolkit.fluxcd.io/v1", "HelmRepository", name, name)
        + f"spec:\n  interval: 12h\n  url: https://charts.example.com/{name}\n",
        "release.yaml": _head("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, name)
        + _RELEASE.format(name=name, version=tree.version(), replicas=tree.number(1, 2)),
    }
    return {"kustomization.yaml": _kustomization(resources=sorted(parts)), **parts}


_DEPLOYMENT = """\
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {team}
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: {team}
    spec:
      serviceAccountName: {name}
      containers:
        - name: app
          image: registry.example.com/{team}/{name}:{version}
          args: ["--log-level={level}"]
          envFrom:
            - configMapRef:
                name: {name}
          ports:
            - name: http
              containerPort: {port}
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          resources:
            requests:
              cpu: 50m
              memory: {memory}
            limits:
              memory: {memory}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
"""
_SERVICE = """\
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
"""
_POLICY = """\
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {name}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector: {{}}
      ports:
        - port: http
"""
_INGRESS = """\
spec:
  ingressClassName: nginx
  rules:
    - host: {host}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  name: http
"""
_MONITOR = """\
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  podMetricsEndpoints:
    - port: http
      interval: 30s
"""
_RELEASE = """\
spec:
  interval: 30m
  chart:
    spec:
      chart: {name}
      version: {version}
      sourceRef:
        kind: HelmRepository
        name: {name}
  values:
    replicaCount: {replicas}
    metrics:
      enabled: true
    resources:
      requests:
        cpu: 100m
        memory: 128Mi
"""


# what is in an overlay ---------------------------------------------------------------------------


def _chart_overlay(tree: Tree, component: Component, environment: str, folder: str) -> None:
    name = component.name
    patch = _head("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, name)
    replicas = {"dev": 1, "staging": 2, "production": 3}[environment]
    patch += f"spec:\n  values:\n    replicaCount: {replicas}\n"
    tree.put(
        f"{folder}/kustomization.yaml",
        _kustomization(
            resources=[f"../../../base/{component.category}/{name}"], patches=["path: values.yaml"]
        ),
    )
    tree.put(f"{folder}/values.yaml", patch)


def _overlay(tree: Tree, component: Component, environment: str, folder: str) -> None:
    name, namespace = component.name, component.namespace
    flaw = component.flaw if environment == "production" else ""
    base = f"../../../base/{component.category}/{name}"
    image = f"name: registry.example.com/{component.category}/{name}\nnewTag: {tree.version()}"
    patches = ["path: resources.yaml"]
    resource_patch = _head("apps/v1", "Deployment", name, namespace) + _RESOURCES.format(
        replicas={"dev": 1, "staging": 1, "production": tree.number(2, 6)}[environment],
        memory=tree.pick(("256Mi", "512Mi", "1Gi")),
    )
    if name.endswith("-web"):
        host = f"{name}.{environment}.example.com"
        patches.append(f"path: host.yaml\ntarget:\n  kind: Ingress\n  name: {name}")
        tree.put(f"{folder}/host.yaml", _HOST.format(host=host))
    fields: dict[str, list[str]] = {
        "resources": [base],
        "components": [f"../../../components/{_component_of(environment, tree)}"],
        "patches": patches,
        "images": [image],
        "configMapGenerator": [
            f"name: {name}\nnamespace: {namespace}\nbehavior: merge\n"
            f"literals:\n  - ENVIRONMENT={environment}\n  - POOL_SIZE={tree.number(5, 90)}"
        ],
    }
    appended = ""
    match flaw:
        case "missing-file":
            patches.append("path: quota.yaml")
        case "orphan":
            budget = _head("policy/v1", "PodDisruptionBudget", name, namespace)
            tree.put(f"{folder}/budget.yaml", budget + "spec:\n  maxUnavailable: 1\n")
        case "deprecated":
            appended = f"commonLabels:\n  example.com/environment: {environment}\n"
        case "remote":
            fields["resources"].append("https://github.com/example/policies//baseline?ref=main")
        case "duplicate-key":
            appended = f"images:\n  - {image}\n".replace("\nnew", "\n    new")
        case "unmatched-patch":
            patches.append("path: sidecar.yaml")
            sidecar = _head("apps/v1", "Deployment", f"{name}-old", namespace)
            tree.put(f"{folder}/sidecar.yaml", sidecar + "spec:\n  paused: true\n")
        case "floating-tag":
            fields["images"] = [image.partition("newTag")[0] + "newTag: latest"]
    tree.put(f"{folder}/kustomization.yaml", _kustomization(**fields) + appended)
    tree.put(f"{folder}/resources.yaml", resource_patch)


def _component_of(environment: str, tree: Tree) -> str:
    choice = {"dev": ("debug",), "staging": ("monitored",)}.get(environment, COMPONENTS[1:])
    return tree.pick(choice)


_RESOURCES = """\
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: app
          resources:
            requests:
              memory: {memory}
            limits:
              memory: {memory}
"""
_HOST = """\
- op: replace
  path: /spec/rules/0/host
  value: {host}
"""


def _kustomize_components() -> Mapping[str, str]:
    head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
    head += "  - target:\n      kind: Deployment\n    patch: |-\n"
    bodies = {
        "debug": "path: /spec/template/spec/containers/0/args/-\n        value: --debug\n",
        "high-availability": "path: /spec/template/spec/priorityClassName\n        value: high\n",
        "monitored": "path: /spec/template/metadata/annotations\n        value: {scrape: 'yes'}\n",
    }
    return {name: f"{head}      - op: add\n        {bodies[name]}" for name in COMPONENTS}


# what Flux applies -------------------------------------------------------------------------------


def _environment(tree: Tree, environment: str, found: Sequence[Component]) -> None:
    here = [component for component in found if environment in component.environments]
    top = f"clusters/{environment}"
    sync = _head("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system")
    sync += _FLUX.format(path=top, depends="", extra="")
    source = _head("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system")
    source += "spec:\n  interval: 5m\n  url: ssh://git@git.example.com/platform\n"
    tree.put(f"{top}/flux-system/gotk-sync.yaml", f"{source}---\n{sync}")
    tree.put(f"{top}/flux-system/kustomization.yaml", _kustomization(resources=["gotk-sync.yaml"]))
    for category in PLATFORM:
        names = [component.name for component in here if component.category == category]
        tree.put(f"{top}/{category}/kustomization.yaml", _kustomization(resources=names))
        depends = () if category == "infrastructure" else ("infrastructure",)
        tree.put(
            f"{top}/{category}.yaml", _flux(environment, category, f"{top}/{category}", depends)
        )
    teams = list(dict.fromkeys(c.category for c in here if not c.platform))
    for team in teams:
        objects = [
            _flux(environment, f"{team}-{c.name}", f"{top}/{team}/{c.name}", tuple(PLATFORM))
            for c in here
            if c.category == team
        ]
        if team == teams[0] and environment == "staging":
            objects.append(_flux(environment, f"{team}-retired", f"{top}/{team}/retired", ()))
        tree.put(f"{top}/{team}.yaml", "---\n".join(objects))
    listed = ["flux-system", *(f"{category}.yaml" for category in (*PLATFORM, *teams))]
    tree.put(f"{top}/kustomization.yaml", _kustomization(resources=listed))


def _flux(environment: str, name: str, path: str, depends_on: Sequence[str]) -> str:
    depends = "".join(f"    - name: {other}\n" for other in depends_on)
    extra = "  postBuild:\n    substitute:\n      environment: production\n"
    return _head(
        "kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, "flux-system"
    ) + _FLUX.format(
        path=path,
        depends=f"  dependsOn:\n{depends}" if depends else "",
        extra=extra if environment == "production" else "",
    )


_FLUX = """\
spec:
{depends}  interval: 10m
  path: ./{path}
  prune: true
{extra}  sourceRef:
    kind: GitRepository
    name: flux-system
"""


def write(files: Mapping[str, str], directory: Path) -> None:
    """Write them into a directory that is empty or absent."""
    if directory.exists() and any(directory.iterdir()):
        raise ValueError(f"{directory} is not empty")
    for path, text in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a tree of N kustomizations into DIR.")
    parser.add_argument("number", metavar="N", type=int, help="kustomizations, such as 1000")
    parser.add_argument("directory", metavar="DIR", type=Path, help="empty or absent")
    parser.add_argument("--seed", type=int, default=1, help="other values, the same roots")
    words = parser.parse_args()
    try:
        files = generate(words.number, words.seed)
        write(files, words.directory)
    except ValueError as error:
        sys.exit(f"generate: {error}")
    size = sum(map(len, files.values()))
    print(f"{words.directory}: {words.number} kustomizations, {len(files)} files, {size:,} bytes")


if __name__ == "__main__":
    main()
