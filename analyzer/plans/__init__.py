"""A plan as a value: planned files, what they are for, and the proof that nothing else changes.

The only place that knows how a plan is written down (`groundplan/plan/v1`): the same plan is the
same text on every machine. A secret is never in it: what bears one is moved by path and digest.
"""

from analyzer.plans.proposal import (
    PROVED,
    SCHEMA,
    VERDICTS,
    Certificate,
    Check,
    Item,
    Mutation,
    Plan,
    PlanError,
    Proof,
    Refusal,
    UnitProof,
    Verdict,
    count,
    inverse,
    worst,
)
from analyzer.plans.read import from_json
from analyzer.plans.written import to_json

__all__ = [
    "PROVED",
    "SCHEMA",
    "VERDICTS",
    "Certificate",
    "Check",
    "Item",
    "Mutation",
    "Plan",
    "PlanError",
    "Proof",
    "Refusal",
    "UnitProof",
    "Verdict",
    "count",
    "from_json",
    "inverse",
    "to_json",
    "worst",
]
