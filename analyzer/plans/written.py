"""A plan → its JSON."""

from __future__ import annotations

from analyzer.plans.proposal import Plan, Proof, change_json


def to_json(plan: Plan) -> dict[str, object]:
    """docs/schema/plan.v1.json."""
    return {
        "schema": plan.schema,
        "id": plan.id,
        "subdir": plan.subdir or ".",
        "verdict": plan.verdict,
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "form": item.form,
                "reason": item.reason,
                "roots": [_shown(root) for root in item.roots],
                "base": _shown(item.base),
                "removed_lines": item.removed_lines,
                "added_lines": item.added_lines,
                "net_lines": item.net_lines,
            }
            for item in plan.items
        ],
        "changes": [change_json(change) for change in plan.changes],
        "proofs": [_proof(proof) for proof in plan.proofs],
        "refusals": [
            {"id": r.id, "title": r.title, "verdict": r.verdict, "reason": r.reason}
            for r in plan.refusals
        ],
        "inverse": [change_json(change) for change in plan.inverse],
        "certificate": {
            "groundplan": plan.certificate.groundplan,
            "kubectl": plan.certificate.kubectl,
            "kustomize": plan.certificate.kustomize,
            "renders": plan.certificate.renders,
            "tree": plan.certificate.tree,
            "inputs": [
                {"path": path, "digest": digest} for path, digest in plan.certificate.inputs
            ],
            "repeat": "groundplan verify PLAN.json",
        },
    }


def _shown(root: str) -> str:
    return root or "."


def _proof(proof: Proof) -> dict[str, object]:
    return {
        "verdict": proof.verdict,
        "reason": proof.reason,
        "units": [
            {
                "root": _shown(unit.root),
                "by": unit.by or None,
                "seat": unit.seat or None,
                "verdict": unit.verdict,
                "reason": unit.reason,
                "differences": list(unit.differences),
                "resources": unit.resources,
                "digest": unit.digest or None,
            }
            for unit in proof.units
        ],
        "checks": [{"name": c.name, "passed": c.passed, "said": c.said} for c in proof.checks],
        "mutations": [
            {
                "path": m.path,
                "document": m.document,
                "pointer": m.pointer,
                "roots": [_shown(root) for root in m.roots],
            }
            for m in proof.mutations
        ],
    }
