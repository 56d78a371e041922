"""Groundplan reads a GitOps tree as written, asks kustomize what it means, and proposes text."""

__version__ = "0.1.0"
