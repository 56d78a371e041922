"""What a cell of the matrix says of the versions below it."""

from __future__ import annotations

import pytest

from analyzer.analyses.coverage import Row
from analyzer.pages import cells
from analyzer.versions import Version


def row(place: str, version: str, name: str = "web") -> Row:
    environment, _, cluster = place.partition("/")
    pins = (Version("image", name, version, "Deployment/web"),) if version else ()
    return Row(environment, cluster or None, "own", "web", 1, None, None, pins)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), False),
        ((row("staging", "v1"), row("production", "v1")), False),
        ((row("staging", "v2"), row("production", "v1")), True),
        ((row("staging", "v1"), row("production", "")), False),
        ((row("prod/eu", "v1"), row("prod/us", "v2")), True),
        ((row("prod", "v1"), row("prod", "5.1.0", "tool")), False),
        ((row("staging", "v1"), row("prod", "v1"), row("prod", "5.1.0", "tool")), True),
    ],
)
def test_versions_differ_between_places_and_not_within_one(
    rows: tuple[Row, ...], expected: bool
) -> None:
    assert cells.differs(rows, "web") is expected
