"""Trees as the directories of their roots, and what a person would say each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from analyzer.model import Placement

Row = tuple[str | None, str | None, tuple[str, ...], bool]  # category, component, seats, is base


def expand(*drawn: str) -> list[str]:
    """Directories drawn as a shell writes them: `clusters/{local,staging}{,/web,/api}`."""
    found: dict[str, None] = {}
    for text in drawn:
        braces = re.search(r"\{([^{}]*)\}", text)
        if braces is None:
            found[text] = None
            continue
        before, after = text[: braces.start()], text[braces.end() :]
        found |= dict.fromkeys(expand(*(before + c + after for c in braces.group(1).split(","))))
    return list(found)


def row(placement: Placement) -> Row:
    seats = tuple(map(str, placement.seats))
    return (placement.category, placement.component, seats, placement.base)


@dataclass(frozen=True)
class Shape:
    """A tree as its roots' directories, and what a person would say it is."""

    roots: list[str]
    patterns: list[str]
    base: list[str] = field(default_factory=list)
    environments: str = ""
    places: dict[str, Row] = field(default_factory=dict)


E3 = "{local,staging,production}"

SHAPES = {
    "environments with categories, and a base": Shape(
        expand("clusters/{base,local,staging,production}{,/infrastructure,/applications}",
               "clusters/{base,local,staging,production}/infrastructure/{vault,cert-manager}",
               "clusters/{base,local,staging,production}/applications/{web,api}"),
        ["clusters/{environment}/{category}", "clusters/{environment}",
         "clusters/{environment}/{category}/{component}/**"],
        ["clusters/base/{category}", "clusters/base", "clusters/base/{category}/{component}/**"],
        "local staging production",
        {"clusters/local": (None, None, ("local",), False),
         "clusters/local/infrastructure": ("infrastructure", None, ("local",), False),
         "clusters/staging/infrastructure/vault":
             ("infrastructure", "vault", ("staging",), False),
         "clusters/base": (None, None, (), True),
         "clusters/base/applications": ("applications", None, (), True),
         "clusters/base/applications/web": ("applications", "web", (), True)},
    ),
    "one environment that is to become several": Shape(
        expand("clusters/local{,/flux-system,/infrastructure/{vault,cert-manager},/apps/web}"),
        ["clusters/{environment}/flux-system", "clusters/{environment}",
         "clusters/{environment}/{category}/{component}/**"],
        [], "local",
        {"clusters/local/apps/web": ("apps", "web", ("local",), False),
         "clusters/local/flux-system": (None, None, ("local",), False)},
    ),
    "categories of the tree's own names": Shape(
        expand(f"clusters/{E3}/{{messaging,databases}}", f"clusters/{E3}/messaging/{{nats,kafka}}",
               f"clusters/{E3}/databases/{{pg,redis}}"),
        ["clusters/{environment}/{category}", "clusters/{environment}/{category}/{component}/**"],
        [], "local staging production",
        {"clusters/local/messaging/nats": ("messaging", "nats", ("local",), False)},
    ),
    "components with an environment and clusters in it": Shape(
        expand("components/{gitops,tekton}/{base,staging/base,production/base}",
               "components/{gitops,tekton}/staging/{c1,c2}",
               "components/{gitops,tekton}/production/{c3,c4}",
               "components/tekton/production/c4/policies", "components/alone/production"),
        ["components/{component}/{environment}/base",
         "components/{component}/{environment}/{cluster}",
         "components/{component}/{environment}",
         "components/{component}/{environment}/{cluster}/**"],
        ["components/{component}/base"], "staging production",
        {"components/gitops/staging/c1": (None, "gitops", ("staging/c1",), False),
         "components/gitops/staging/base": (None, "gitops", ("staging",), False),
         "components/tekton/production/c4/policies": (None, "tekton", ("production/c4",), False),
         "components/alone/production": (None, "alone", ("production",), False),
         "components/gitops/base": (None, "gitops", (), True)},
    ),
    "applications with overlays": Shape(
        expand("apps/{web,api,worker}/{base,overlays/{dev,staging,prod}}"),
        ["{category}/{component}/overlays/{environment}"], ["{category}/{component}/base"],
        "dev staging prod",
        {"apps/web/base": ("apps", "web", (), True),
         "apps/web/overlays/prod": ("apps", "web", ("prod",), False)},
    ),
    "components at the top with overlays": Shape(
        expand("{web,api}/{base,overlays/{dev,prod}}"),
        ["{component}/overlays/{environment}"], ["{component}/base"], "dev prod",
        {"api/overlays/dev": (None, "api", ("dev",), False)},
    ),
    "one application": Shape(
        expand("{base,overlays/{dev,prod}}"),
        ["overlays/{environment}"], ["base"], "dev prod",
        {"base": (None, "tree", (), True), "overlays/dev": (None, None, ("dev",), False)},
    ),
    "categories with overlays that hold components": Shape(
        expand("{core,media}/{base,overlays/{dev,prod}}/{web,api}"),
        ["{category}/overlays/{environment}/{component}/**"], ["{category}/base/{component}/**"],
        "dev prod",
        {"media/overlays/dev/web": ("media", "web", ("dev",), False),
         "media/base/web": ("media", "web", (), True)},
    ),
    "the example of Flux": Shape(
        expand("apps/{base/podinfo,production,staging}", "infrastructure/{configs,controllers}",
               "clusters/{production,staging}/flux-system"),
        ["clusters/{environment}/flux-system", "{category}/{environment}",
         "{category}/{component}/**"],
        ["{category}/base/{component}/**"], "staging production",
        {"apps/staging": ("apps", None, ("staging",), False),
         "apps/base/podinfo": ("apps", "podinfo", (), True),
         "clusters/staging/flux-system": (None, None, ("staging",), False),
         "infrastructure/configs": ("infrastructure", "configs", (), False)},
    ),
    "the example of Flux, grown": Shape(
        expand("clusters/{staging,production}", "{apps,infrastructure}/{staging,production}",
               "apps/base/{podinfo,web}", "infrastructure/base/{nginx,redis}"),
        ["clusters/{environment}", "{category}/{environment}"], ["{category}/base/{component}/**"],
        "staging production",
        {"clusters/staging": (None, None, ("staging",), False),
         "infrastructure/production": ("infrastructure", None, ("production",), False),
         "infrastructure/base/nginx": ("infrastructure", "nginx", (), True)},
    ),
    "tenants": Shape(
        expand("clusters/{staging,production}/flux-system",
               "tenants/{base/dev-team,staging,production}"),
        ["clusters/{environment}/flux-system", "{category}/{environment}"],
        ["{category}/base/{component}/**"], "staging production",
        {"tenants/base/dev-team": ("tenants", "dev-team", (), True)},
    ),
    "overlays named after cluster and environment": Shape(
        expand("{adviser,solver}/{base,overlays/{ocp4-stage,moc-prod,moc-test,ocp4-prod,test}}"),
        ["{component}/overlays/{cluster}-{environment}", "{component}/overlays/{environment}"],
        ["{component}/base"], "test stage prod",
        {"adviser/overlays/moc-prod": (None, "adviser", ("prod/moc",), False),
         "adviser/overlays/test": (None, "adviser", ("test",), False)},
    ),
    "environments named with a region": Shape(
        expand("apps/{web,api}/{base,staging,prod-eu,prod-us}"),
        ["{category}/{component}/{environment}", "{category}/{component}/{environment}-{cluster}"],
        ["{category}/{component}/base"], "staging prod",
        {"apps/web/prod-eu": ("apps", "web", ("prod/eu",), False),
         "apps/web/staging": ("apps", "web", ("staging",), False)},
    ),
    "clusters named with environment and region": Shape(
        expand("clusters/{dev,staging-eu,prod-eu,prod-us}/{web,api}"),
        ["clusters/{environment}-{cluster}/{component}/**",
         "clusters/{environment}/{component}/**"],
        [], "dev staging prod",
        {"clusters/prod-us/web": (None, "web", ("prod/us",), False),
         "clusters/dev/web": (None, "web", ("dev",), False)},
    ),
    "clusters named with region and environment": Shape(
        expand("clusters/{eu-prod,us-prod,eu-staging}/{web,api}"),
        ["clusters/{cluster}-{environment}/{component}/**"], [], "staging prod",
        {"clusters/us-prod/web": (None, "web", ("prod/us",), False)},
    ),
    "an environment nobody has heard of, by its clusters": Shape(
        expand("base", "envs/{load,staging,prod}-{gpu,cpu}", "envs/qa"),
        ["envs/{environment}", "envs/{environment}-{cluster}"], ["base"], "qa staging prod load",
        {"envs/load-gpu": (None, None, ("load/gpu",), False), "base": (None, "tree", (), True)},
    ),
    "clusters by their own names": Shape(
        expand("clusters/{alpha,beta}/{web,api}"),
        ["clusters/{environment}/{component}/**"], [], "alpha beta",
        {"clusters/alpha/web": (None, "web", ("alpha",), False)},
    ),
    "a cluster of its own name beside known environments": Shape(
        expand("clusters/{staging,production,home}/{web,api}", "clusters/components/debug"),
        ["clusters/components/{component}/**", "clusters/{environment}/{component}/**"], [],
        "staging production home",
        {"clusters/home/web": (None, "web", ("home",), False)},
    ),
    "several clusters in an environment": Shape(
        expand("clusters/{staging,production}/{eu,us}/{web,api}"),
        ["clusters/{environment}/{cluster}/{component}/**"], [], "staging production",
        {"clusters/production/eu/web": (None, "web", ("production/eu",), False)},
    ),
    "several clusters in an environment, with categories and a base": Shape(
        expand("clusters/{staging,production}/{eu,us}/{infrastructure/dns,apps/web}",
               "clusters/base/{infrastructure/dns,apps/web}"),
        ["clusters/{environment}/{cluster}/{category}/{component}/**"],
        ["clusters/base/{category}/{component}/**"], "staging production",
        {"clusters/production/eu/apps/web": ("apps", "web", ("production/eu",), False),
         "clusters/base/apps/web": ("apps", "web", (), True)},
    ),
    "regions below an overlay": Shape(
        expand("apps/{web,api}/{base,overlays/{dev/eu-west-1,prod/{eu-west-1,us-east-1}}}"),
        ["{category}/{component}/overlays/{environment}/{cluster}"],
        ["{category}/{component}/base"], "dev prod",
        {"apps/web/overlays/prod/us-east-1": ("apps", "web", ("prod/us-east-1",), False)},
    ),
    "environments at the top": Shape(
        expand("{base,dev,staging,prod}/{web,api}"),
        ["{environment}/{component}/**"], ["base/{component}/**"], "dev staging prod",
        {"dev/web": (None, "web", ("dev",), False), "base/web": (None, "web", (), True)},
    ),
    "environments and nothing else": Shape(
        expand("{dev,prod}"), ["{environment}"], [], "dev prod",
        {"dev": (None, None, ("dev",), False)},
    ),
    "environments of any name in a directory called so": Shape(
        expand("environments/{blue,green}/{web,api}", "base/{web,api}"),
        ["environments/{environment}/{component}/**"], ["base/{component}/**"], "blue green",
        {"environments/blue/web": (None, "web", ("blue",), False)},
    ),
    "groups of services": Shape(
        expand("services/{payments,shop}/{web,api}/{base,overlays/{dev,prod}}"),
        ["services/{category}/{component}/overlays/{environment}"],
        ["services/{category}/{component}/base"], "dev prod",
        {"services/shop/web/overlays/dev": ("shop", "web", ("dev",), False)},
    ),
    "a component called like a container": Shape(
        expand("components/{gitops,tekton}/{base,dev,prod}"),
        ["components/{component}/{environment}"], ["components/{component}/base"], "dev prod",
        {"components/gitops/dev": (None, "gitops", ("dev",), False)},
    ),
    "applications without environments": Shape(
        expand("apps/{web,api,db}"), ["{category}/{component}/**"], [], "",
        {"apps/web": ("apps", "web", (), False)},
    ),
    "components at the top without environments": Shape(
        expand("{web,api,db}"), ["{component}/**"], [], "", {"web": (None, "web", (), False)}
    ),
    "a home lab": Shape(
        expand("kubernetes/apps/media{,/{plex,sonarr,radarr}/app}",
               "kubernetes/apps/network{,/dns/app,/vpn/{app,config}}",
               "kubernetes/components/volsync"),
        ["kubernetes/apps/{category}", "kubernetes/apps/{category}/{component}/**",
         "kubernetes/components/{component}/**"],
        [], "",
        {"kubernetes/apps/media": ("media", None, (), False),
         "kubernetes/apps/media/plex/app": ("media", "plex", (), False),
         "kubernetes/components/volsync": (None, "volsync", (), False)},
    ),
    "a catalogue": Shape(
        expand("{acm,acs,gitops,jaeger}/{{operator,instance}/base,aggregate/overlays/default}",
               "{acm,acs,gitops,jaeger}/operator/overlays/{stable-4.8,fast,dev-preview}"),
        ["{component}/**"], [], "",
        {"gitops/operator/overlays/fast": (None, "gitops", (), False)},
    ),
    "a single directory": Shape(
        ["deploy"], ["{component}/**"], [], "", {"deploy": (None, "deploy", (), False)}
    ),
    "only the tree itself": Shape([""], [], [], "", {"": (None, None, (), False)}),
    "nothing": Shape([], []),
    "applications with names that sound like environments": Shape(
        expand("apps/{test-runner,local-path-provisioner,dev-tools,kind,web}"),
        ["{category}/{component}/**"], [], "",
        {"apps/dev-tools": ("apps", "dev-tools", (), False),
         "apps/kind": ("apps", "kind", (), False)},
    ),
    "such names at the top": Shape(
        expand("{test-runner,local-path-provisioner,dev-tools,kind,web}"),
        ["{component}/**"], [], "", {"dev-tools": (None, "dev-tools", (), False)},
    ),
    "such names beside real environments": Shape(
        expand("apps/{test-runner,local-path-provisioner,dev-tools,kind}"
               "/{base,overlays/{staging,production}}"),
        ["{category}/{component}/overlays/{environment}"], ["{category}/{component}/base"],
        "staging production",
        {"apps/kind/overlays/staging": ("apps", "kind", ("staging",), False)},
    ),
    "such names inside real environments": Shape(
        expand("clusters/{staging,production}/{test,local-path-provisioner,dev-tools,kind}"),
        ["clusters/{environment}/{component}/**"], [], "staging production",
        {"clusters/staging/test": (None, "test", ("staging",), False)},
    ),
    "charts with such names": Shape(
        expand("charts/{kind,dev,test}", "apps/{web,api}"),
        ["{category}/{component}/**"], [], "",
        {"charts/kind": ("charts", "kind", (), False), "apps/web": ("apps", "web", (), False)},
    ),
    "one such name among others": Shape(
        expand("apps/{local,web}"), ["{category}/{component}/**"], [], "",
        {"apps/local": ("apps", "local", (), False)},
    ),
    "a few overlays in a large vendored tree": Shape(
        expand("{a,b,c,d,e,f,g,h,i,j}/{x,y,z,u,v,w,s,t}", "vendored/thing/overlays/{dev,prod}"),
        ["{component}/**"], [], "",
        {"vendored/thing/overlays/dev": (None, "vendored", (), False)},
    ),
}  # fmt: skip
