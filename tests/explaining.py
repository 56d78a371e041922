"""Who set a field of a drawn tree, as short values that tests compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import attribution, explaining, looking, selecting
from analyzer.looking import Options
from analyzer.model import Rendered, RenderKey
from analyzer.provenance import Provenance, Step

WEB = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec:
      replicas: 1
      template:
        spec:
          containers:
          - name: app
            image: web:1
            args: [--level, info]
"""


class Root:
    """One root of a tree, rendered and traced."""

    def __init__(self, tree: Path, root: str) -> None:
        options = Options(directory=tree)
        checkout, written = looking.load(options)
        made = looking.render(checkout, written, (RenderKey(root),), options)[0]
        assert isinstance(made, Rendered), made.causes
        self.plain = made
        self.traced = explaining.trace(checkout, written, (made,), options)[0]
        assert self.traced.problem is None, self.traced.problem
        assert self.traced.checked == len(made.resources)

    def field(self, resource: str, field: str) -> Provenance:
        position = selecting.resource(self.plain.resources, resource)
        content = self.plain.resources[position].content
        (path,) = selecting.fields(content, field)
        leaves = {one.path: one for one in attribution.explain(self.traced.origins, position)}
        return leaves[path]

    def who(self, resource: str, field: str) -> list[str]:
        """The steps, the last first: `directive path:line`."""
        found = self.field(resource, field)
        assert found.status == "verified", found
        return [short(step) for step in found.steps]

    def via(self, resource: str, field: str) -> list[str]:
        step = self.field(resource, field).set_by
        assert step is not None
        return [str(span) for span in step.via]

    def uses(self, resource: str, field: str) -> list[str]:
        step = self.field(resource, field).set_by
        assert step is not None
        return [str(span) for span in step.inputs]

    def gone(self, resource: str) -> dict[str, list[str]]:
        """Pointers of fields that were taken away, with who did and who had set them."""
        position = selecting.resource(self.plain.resources, resource)
        return {
            "/".join(map(str, one.path)): [short(step) for step in one.steps]
            for one in attribution.removed(self.traced.origins, position)
        }

    def unexplained(self) -> list[str]:
        return [
            f"{resource.id} {one.path}"
            for position, resource in enumerate(self.plain.resources)
            for one in attribution.explain(self.traced.origins, position)
            if one.status == "unexplained"
        ]


def short(step: Step) -> str:
    return f"{step.directive.value} {step.at}"


Over = Callable[[str], Root]  # draws what lies over WEB, and traces its root `top`
