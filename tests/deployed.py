"""Drawings of Flux and Argo CD objects."""

from __future__ import annotations

import textwrap

HERE = "sourceRef: {kind: GitRepository, name: flux-system}"


def flux(spec: str, name: str = "apps", file: str = "clusters/prod/apps.yaml") -> str:
    return f"""
    --- {file}
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {{name: {name}, namespace: flux-system}}
    spec:
""" + textwrap.indent(textwrap.dedent(spec).strip(), "      ")


def argo(spec: str) -> str:
    return """
    --- argo/prod/web.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: web, namespace: argocd}
    spec:
""" + textwrap.indent(textwrap.dedent(spec).strip(), "      ")
