"""The engine's words → who complains about what: the root, a message to act on, and the line.

Kustomize wraps an error once for every root it came through and seldom says where it stands; the
files that were read do. Its words may quote configuration, which may hold secrets: what is not
understood is cut and redacted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from analyzer.locating import Files, Place
from analyzer.model import Span
from analyzer.sayings import RULES, plain

_LAYERS = (
    # (what is peeled off, what it says: the `owner` from here on, or the entry `named` last)
    (re.compile(r"accumulating (?:resources|components): "), ""),
    (re.compile(r"accumulation err='accumulating resources from '(.*?)': "
                r"(?:'.*?' must resolve to a file|read .*?: is a directory)': "), "named"),
    (re.compile(r"accumulation err='(?P<rest>.*)': must build at directory: .*", re.S), ""),
    (re.compile(r"(?:accumulating|merging) resources from '(.*?)': "), "named"),
    (re.compile(r"recursed accumulation of path '(.*?)': "), "owner"),
    (re.compile(r"couldn't make target for path '(.*?)': "), "owner"),
    (re.compile(r"recursed merging from path '(.*?)': "), "named"),
    (re.compile(r'(?:accumulateDirectory:|loader\.New:?) (?P<quoted>".*")', re.S), ""),
    (re.compile(r"trouble configuring builtin \w+ with config: `\n.*?\n?`: ", re.S), ""),
    (re.compile(r"plugin \S+ fails configuration: (?:unmarshalling \w+ config: )?"), ""),
    (re.compile(r"(?:invalid Kustomization: |map\[string\]interface \{\}\(nil\): )"), ""),
    (re.compile(r"error unmarshaling JSON: while decoding JSON: "), ""),
    (re.compile(r"panic: "), ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong. `lacking`: something is not there; `entry` is who wants it."""

    owner: str
    message: str
    at: Span
    lacking: bool = False
    entry: Span | None = None


def read(root: str, error: str, files: Files) -> Complaint:
    """A scrubbed engine error, said while building a root."""
    owner, named, inner = _peeled(root, error)
    if owner not in files.graph.kustomizations:
        owner = root
    place = Place(files, owner, named)
    for pattern, rule in RULES:
        match = pattern.search(inner)
        if match is not None:
            said = rule(match, place)
            entry = said.entry
            at = said.at or entry or place.whole()
            return Complaint(owner, said.message, at, said.lacking, entry)
    return Complaint(owner, plain(inner), place.named() or place.whole())


def _peeled(root: str, error: str) -> tuple[str, str | None, str]:
    """(the root that complains, the entry it was at, what it says)."""
    owner, named, rest = root, None, error.strip()
    for _ in range(1000):
        for pattern, says in _LAYERS:
            match = pattern.match(rest)
            if match is None:
                continue
            groups = match.groupdict()
            if "quoted" in groups:
                inner = _unquoted(groups["quoted"])
            else:
                inner = groups.get("rest", rest[match.end() :])
            if says == "owner":
                owner, named = ("" if match[1] == "." else match[1]), None
            elif says == "named":
                named = match[1]
            rest = inner
            break
        else:
            return owner, named, rest
    return owner, named, rest


def _unquoted(text: str) -> str:
    """Go's %q; where it is none, the text without its quotes."""
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')
