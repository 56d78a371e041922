"""The page of a candidate: what would be done, what each directory keeps, and the proof."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

from analyzer import commands, pages, reviewing
from analyzer.looking import Options
from analyzer.pages.reviews import path
from analyzer.reviews import Leaf, Overlay, Review
from tests.drawn import layout

Draw = Callable[[str], Path]

COPY = """
    --- clusters/{0}/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/{0}/web/web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: {1}
      selector:
        matchLabels: {{app: web}}
      template:
        metadata:
          labels: {{app: web}}
        spec:
          containers:
          - name: web
            image: example.com/web:1
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /<ready>
                port: 8080
"""
TREE = layout("staging", "production") + COPY.format("staging", 1) + COPY.format("production", 3)


def reviewed(where: Path) -> tuple[Review, str]:
    """The one review of a tree, and its page."""
    view = commands.everything(Options(where))
    found = reviewing.reviews(view, Options(where))
    (review,) = found.values()
    book = pages.book(pages.make(view.snapshot, reviews=found), lambda dots: {})
    texts = {page.path: page.text for page in book.pages}
    assert f'href="../../{path(review.candidate.id)[:-3]}/"' in texts["reports/duplication.md"]
    return review, texts[path(review.candidate.id)]


def test_a_candidate_is_reviewed_with_its_proposal_and_its_proof(tree: Draw) -> None:
    review, page = reviewed(tree(TREE))
    assert review.verdict == "identical"
    assert review.base == (("base/web/kustomization.yaml", 4), ("base/web/web.yaml", 21))
    assert review.leaves == (Leaf("Deployment/web", "spec.replicas", "3", ("3", "1")),)
    assert review.overlays == (
        Overlay("clusters/production/web", "Deployment/web", "nothing", ""),
        Overlay("clusters/staging/web", "Deployment/web", "fields", ""),
    )
    shown = html.unescape(re.sub(r"<wbr>|<[a-z/][^>]*>", "", page))
    assert "+            path: /<ready>\n" in shown
    assert "-resources: [web.yaml]\n" in shown
    assert 'component: "web"' in shown
    assert f"groundplan extract plan {review.candidate.id} -o PLAN.json" in shown
    units = re.findall(r'<th scope="row">(.*?)</th> <td>–</td> <td class="gp-wrap">(\w+)', page)
    assert [(re.sub("<wbr>", "", root), said) for root, said in units] == [
        ("clusters/production/web", "identical"),
        ("clusters/staging/web", "identical"),
    ]


def test_a_candidate_that_bears_a_secret_says_why_it_is_not_offered(tree: Draw) -> None:
    where = tree(
        TREE.replace(
            "example.com/web:1", "example.com/web:1\n            args: [--password=hunter2]"
        )
    )
    review, page = reviewed(where)
    assert (review.verdict, review.item) == ("refused", None)
    assert "Not offered" in page
    assert "hunter2" not in page


def test_a_candidate_of_very_many_texts_is_left_to_a_plan(tree: Draw) -> None:
    many = "".join(
        f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{n}}}\n"
        f"data: {{a: '{n}', b: x, c: y, d: z}}\n"
        for n in range(61)
    )
    where = tree(dedent(layout("staging", "production")) + "".join(
        f"--- clusters/{environment}/web/kustomization.yaml\nresources: [all.yaml]\n"
        f"--- clusters/{environment}/web/all.yaml\n{many}"
        for environment in ("staging", "production")
    ))  # fmt: skip
    view = commands.everything(Options(where))
    assert view.snapshot.repeated is not None
    (candidate,) = view.snapshot.repeated.candidates
    assert (len(candidate.clones), candidate.is_open) == (61, True)
    assert reviewing.reviews(view, Options(where)) == {}
