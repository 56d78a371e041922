"""A report's blocks or findings → text in one format. FORMATS is the registry."""

from __future__ import annotations

from analyzer.formats import comment, github, json, junit, markdown, sarif, text, why, yaml

REPORT_FORMATS = ("text", "json", "markdown")
CHECK_FORMATS = ("text", "json", "markdown", "github", "sarif", "junit")

__all__ = ["CHECK_FORMATS", "REPORT_FORMATS", "comment", "github", "json", "junit", "markdown",
           "sarif", "text", "why", "yaml"]  # fmt: skip
