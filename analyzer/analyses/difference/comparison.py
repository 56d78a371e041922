"""Two snapshots, or two environments of one → what differs in what clusters get."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer import between, comparing, deliveries, judging
from analyzer.comparing import Change
from analyzer.grouping import Compares, Difference, Promotion
from analyzer.snapshot import Snapshot


def analyze(
    before: Snapshot,
    after: Snapshot,
    compares: Compares,
    affected: Iterable[str] = (),
) -> Difference:
    """Compare what every cluster gets."""
    old, new = deliveries.deliveries(before), deliveries.deliveries(after)
    found = comparing.compare(old, new)
    return Difference(
        title=after.config.title or after.repository.name,
        compares=compares,
        compared=found,
        environments=tuple(dict.fromkeys((*after.environments(), *before.environments()))),
        protected=frozenset(after.config.protected),
        places=len({d.seat.environment for d in (*old, *new)}),
        components=tuple(_component(before, after, change) for change in found.changes),
        unapplied=deliveries.unapplied(after, set(affected)),
    )


def of_environments(snapshot: Snapshot, first: str, second: str, component: str | None = None
                    ) -> Difference:  # fmt: skip
    """What the second environment has otherwise. Raises PlaceError for what is not there.

    Where something is known of the past, each difference has the class it has in promotion.
    """
    found = between.compare(snapshot, first, second, component)
    evidence, step = snapshot.evidence, judging.direction(snapshot, first, second)
    promotion = None
    if evidence is not None and step is not None:
        found = judging.judged(snapshot, evidence, found, step)
        promotion = Promotion(*step, evidence.limit)
    return Difference(
        title=snapshot.config.title or snapshot.repository.name,
        compares=Compares(first, second),
        compared=found.compared,
        environments=snapshot.environments(),
        protected=frozenset(snapshot.config.protected),
        places=2,
        components=tuple((name.category, name.component) for name in found.components),
        only=found.only,
        promotion=promotion,
    )


def _component(before: Snapshot, after: Snapshot, change: Change) -> tuple[str, str] | None:
    snapshot = after if change.after is not None else before
    return deliveries.component(snapshot, change.delivery, change.resource)


# what people read ---------------------------------------------------------------------------------
