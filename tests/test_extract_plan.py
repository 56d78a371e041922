"""`extract plan` from the words to the applied patch: every root as it was, every byte back."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer import cli, looking, planning, repeats, verifying
from tests.drawn import build, commit, draw, git, show, snapshot
from tests.flattening import flattened
from tests.planning import bench_of

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {0}
spec:
  replicas: {1}
  selector:
    matchLabels: {{app: {0}}}
  template:
    metadata:
      labels: {{app: {0}}}
    spec:
      containers:
        - name: {0}
          image: registry.example.com/{0}:{2}
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet: {{path: /ready, port: 8080}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {0}
spec:
  selector: {{app: {0}}}
  ports:
    - port: 80
      targetPort: 8080
"""


def tree(where: Path) -> Path:
    """Two components in three environments, all of it copied; some by hand."""
    drawing = ""
    for number, environment in enumerate(("local", "staging", "production"), 1):
        root = f"clusters/{environment}/apps"
        drawing += f"--- {root}/kustomization.yaml\nresources: [shop, blog]\n"
        for name in ("shop", "blog"):
            drawing += (
                f"--- {root}/{name}/kustomization.yaml\n# of {environment}\nresources:\n"
                f"  - deployment.yaml\n  - service.yaml\n"
                f"--- {root}/{name}/deployment.yaml\n{DEPLOYMENT.format(name, number, 7)}"
                f"--- {root}/{name}/service.yaml\n{SERVICE.format(name)}"
            )
    draw(where, drawing)
    commit(where, "copies")
    return where


def run(where: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.main, ["-C", str(where), *words])


def renders(where: Path) -> dict[str, str]:
    """What the bare engine makes of every root that builds, by path."""
    found = {}
    for path in sorted(where.rglob("kustomization.yaml")):
        done = build(path.parent)
        if done.returncode == 0:
            found[path.parent.relative_to(where).as_posix()] = done.stdout
    return found


def lines(where: Path) -> int:
    files = [f for f in where.rglob("*") if f.is_file() and ".git" not in f.parts]
    return sum(bool(line.strip()) for f in files for line in f.read_bytes().splitlines())


def repeats_beside_a_first(where: Path) -> int:
    """Lines of copies, the first of each not counted."""
    now = bench_of(where)
    found = repeats.gather(now.checkout, now.seen, commits=False).candidates
    return sum(c.lines for one in found for clone in one.clones for c in clone.copies[1:])


def applied(where: Path, *words: str) -> tuple[verifying.Plan, int, int]:
    """(The plan, lines before, lines after), with all that has to be true of applying it."""
    before, bytes_before, seen = renders(where), show(where), snapshot(where)
    count = lines(where)
    file = where.parent / "PLAN.json"
    done = run(where, "extract", "plan", *words, "-o", str(file))
    assert done.exit_code == 0, done.output
    assert snapshot(where).keys() == seen.keys()
    assert {k: v[3] for k, v in snapshot(where).items()} == {k: v[3] for k, v in seen.items()}
    verified = run(where, "verify", str(file))
    assert (verified.exit_code, "identical" in verified.output) == (0, True), verified.output
    git(where, "apply", str(file.with_suffix(".patch")))
    after = renders(where)
    assert {root: after.get(root) for root in before} == before
    fewer = lines(where)
    git(where, "apply", "-R", str(file.with_suffix(".patch")))
    assert show(where) == bytes_before
    return verifying.read(file), count, fewer


def test_copies_in_three_environments_become_bases(tmp_path: Path) -> None:
    plan, before, after = applied(tree(tmp_path / "tree"), "--all")
    assert [(i.form, i.base) for i in plan.items] == [
        ("fields", "clusters/base/apps/blog"),
        ("fields", "clusters/base/apps/shop"),
    ]
    assert (plan.verdict, plan.refusals) == ("identical", ())
    assert before - after == sum(item.net_lines for item in plan.items)


def test_a_candidate_is_named_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    done = run(where, "extract", "plan", "apps-shop")
    assert done.exit_code == 0, done.output
    assert "1 candidate: " in done.output
    assert "clusters/base/apps/shop" in done.output
    none = run(where, "extract", "plan", "nothing")
    assert (none.exit_code, none.output) == (
        2, "groundplan: nothing: names no candidate; see `groundplan report duplication`\n"
    )  # fmt: skip


def test_a_plan_for_standard_output_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree(tmp_path / "tree")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = run(where, "extract", "plan", "--all", "-o", "-")
    assert (done.exit_code, done.stderr) == (0, "the plan: identical, 2 candidates\n")
    assert json.loads(done.stdout)["verdict"] == "identical"
    assert list((tmp_path / "here").iterdir()) == []


def test_what_is_to_be_planned_has_to_be_said(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    for words in ((), ("apps-shop", "--all")):
        assert run(where, "extract", "plan", *words).exit_code == 2


def test_the_report_says_what_a_proposal_came_to(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    done = run(where, "report", "duplication", "--prove", "-f", "json")
    assert done.exit_code == 0, done.output
    found = [(c["form"], c["verdict"], c["reason"], c["net_lines"])
             for c in json.loads(done.output)["candidates"]]  # fmt: skip
    assert (
        found
        == [("fields", "identical", "namespace, images or replicas are all that differs", 48)] * 2
    )
    plain = run(where, "report", "duplication", "-f", "json")
    assert {c["verdict"] for c in json.loads(plain.output)["candidates"]} == {None}


@pytest.mark.long
def test_every_candidate_of_the_flattened_example_is_proved(tmp_path: Path) -> None:
    where = flattened(tmp_path)
    commit(where, "copies")
    repeated = repeats_beside_a_first(where)
    plan, before, after = applied(where, "--all")
    assert (plan.verdict, plan.refusals, len(plan.items)) == ("identical", (), 15)
    assert before - after >= repeated * 0.25


LOCAL = """
    --- clusters/local/apps/kustomization.yaml
    resources: [shop]
    --- clusters/local/apps/shop/kustomization.yaml
    # of local
    resources:
      - web.yaml
      - secret.yaml
      - issuer.yaml
    --- clusters/local/apps/shop/web.yaml
    # The shop.
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      replicas: 1
      template:
        spec:
          containers:
            - name: shop
              image: shop:1
              ports:
                - containerPort: 8080
              resources:
                limits:
                  memory: 64Mi
    ---
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: shop
    spec:
      ingressClassName: nginx
      rules:
        - host: shop.example.com
          http:
            paths: [{path: /, backend: {service: {name: shop, port: {number: 80}}}}]
    --- clusters/local/apps/shop/secret.yaml
    apiVersion: v1
    kind: Secret
    metadata: {name: shop}
    stringData: {password: hunter2}
    --- clusters/local/apps/shop/issuer.yaml
    apiVersion: cert-manager.io/v1
    kind: Issuer
    metadata: {name: shop}
    spec: {selfSigned: {}}
    """


def test_the_only_environment_keeps_what_is_its_own(tmp_path: Path) -> None:
    where = draw(tmp_path / "tree", LOCAL)
    commit(where, "local")
    plan, _, _ = applied(where, "--environment", "local")
    assert (plan.verdict, [item.base for item in plan.items]) == (
        "identical", ["clusters/base/apps/shop"]
    )  # fmt: skip
    files = {change.path: change.after for change in plan.changes}
    base = (files["clusters/base/apps/shop/web.yaml"] or b"").decode()
    assert base.startswith("# The shop.\n")
    for word in ("replicas", "resources", "example.com", "rules"):
        assert word not in base
    assert "ingressClassName: nginx" in base
    kept = (files["clusters/local/apps/shop/kustomization.yaml"] or b"").decode()
    assert kept.startswith("# of local\nresources:\n  - ../../../base/apps/shop\n  - secret.yaml\n")
    assert "hunter2" not in verifying.as_json(plan)
    assert plan.items[0].reason == (
        "base 24 lines, overlay 46 lines; a merge says what differs; 2 clones left: "
        "clusters/local/apps/shop/secret.yaml: bears a secret; a plan would have to quote it, "
        "so it stays where it is"
    )


LOUD = """
    --- clusters/local/apps/kustomization.yaml
    resources: [shop]
    --- clusters/local/apps/shop/kustomization.yaml
    resources:
      - web.yaml
    --- clusters/local/apps/shop/web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      template:
        spec:
          containers:
            - name: shop
              image: shop:1
              args:
                - --serve
                - --log-level=debug
                - --port=80
              env:
                - name: PORT
                  value: "80"
                - name: SHOP_LOG_LEVEL
                  value: trace
                - name: DEBUG
                  value: "1"
                - name: MODE
                  value: fast
    """


def test_flags_and_variables_that_say_how_much_is_said_are_local(tmp_path: Path) -> None:
    where = draw(tmp_path / "tree", LOUD)
    commit(where, "local")
    plan, _, _ = applied(where, "--environment", "local")
    assert plan.verdict == "identical"
    files = {change.path: (change.after or b"").decode() for change in plan.changes}
    kept = textwrap.dedent(LOUD).partition("shop/web.yaml\n")[2]
    for lines in (
        "            - --log-level=debug\n",
        "            - name: SHOP_LOG_LEVEL\n              value: trace\n",
        '            - name: DEBUG\n              value: "1"\n',
    ):
        kept = kept.replace(lines, "")
    assert files["clusters/base/apps/shop/web.yaml"] == kept
    assert files["clusters/local/apps/shop/deployment-shop.json6902.yaml"] == (
        textwrap.dedent(
            """\
            - op: test
              path: /spec/template/spec/containers/0/args
              value:
              - --serve
              - --port=80
            - op: replace
              path: /spec/template/spec/containers/0/args
              value:
              - --serve
              - --log-level=debug
              - --port=80
            - op: replace
              path: /spec/template/spec/containers/0/env
              value:
              - name: PORT
                value: "80"
              - name: SHOP_LOG_LEVEL
                value: trace
              - name: DEBUG
                value: "1"
              - name: MODE
                value: fast
            """
        )
    )


def test_of_a_component_that_builds_on_a_base_already_nothing_is_split(tmp_path: Path) -> None:
    where = draw(tmp_path / "tree", LOUD)
    draw(
        where,
        """
        --- clusters/base/apps/blog/kustomization.yaml
        resources: [blog.yaml]
        --- clusters/base/apps/blog/blog.yaml = ConfigMap/blog
        --- clusters/local/apps/kustomization.yaml
        resources: [shop, blog]
        --- clusters/local/apps/blog/kustomization.yaml
        resources: [../../../base/apps/blog]
        """,
    )
    commit(where, "local")
    done = run(where, "extract", "plan", "--environment", "local", "-o", str(tmp_path / "P.json"))
    assert done.output == (
        f"{tmp_path}/P.json and P.patch: identical, 1 candidate; 1 not in it, for the reasons it "
        "gives\n"
    )
    (refused,) = verifying.read(tmp_path / "P.json").refusals
    assert (refused.id, refused.verdict, refused.reason) == (
        "local-apps-blog",
        "refused",
        "clusters/local/apps/blog: has no documents of its own; it builds on "
        "clusters/base/apps/blog already",
    )


def test_a_base_that_git_would_ignore_is_refused(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    (where / ".gitignore").write_text("base/\n")
    commit(where, "base is ignored")
    done = run(where, "extract", "plan", "--all")
    assert done.exit_code == 1
    refused = "clusters/base/apps/blog/deployment.yaml: git ignores it, so that it would not be"
    assert refused in " ".join(done.output.split())


def test_an_environment_that_is_none_cannot_be_split(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    done = run(where, "extract", "plan", "--environment", "qa")
    assert (done.exit_code, done.output) == (
        2, "groundplan: qa: is no environment; known: local, staging, production\n"
    )  # fmt: skip


@pytest.mark.long
def test_every_component_of_the_only_environment_is_split(tmp_path: Path) -> None:
    where = flattened(tmp_path, ("local",))
    commit(where, "local")
    before = renders(where)
    file = tmp_path / "PLAN.json"
    done = run(where, "extract", "plan", "--environment", "local", "-o", str(file))
    assert done.exit_code == 0, done.output
    plan = verifying.read(file)
    assert (plan.verdict, plan.refusals, len(plan.items)) == ("relative", (), 10)
    git(where, "apply", str(file.with_suffix(".patch")))
    after = renders(where)
    assert {root: after.get(root) for root in before} == before


def test_files_that_may_be_run_come_back_as_such(tmp_path: Path) -> None:
    where = tree(tmp_path / "tree")
    for path in where.rglob("deployment.yaml"):
        path.chmod(0o755)
    commit(where, "may be run")
    before = {p: p.stat().st_mode for p in where.rglob("*.yaml")}
    now = bench_of(where)
    (one, *_) = repeats.gather(now.checkout, now.seen, commits=False).candidates
    patch = tmp_path / "PLAN.patch"
    plan = planning.extract([one.id], looking.Options(where))
    patch.write_text(plan.patch)
    assert [
        c.mode for c in plan.plan.inverse if c.path.endswith("deployment.yaml") and c.after
    ] == [0o755] * 3
    git(where, "apply", "--index", str(patch))
    git(where, "apply", "--index", "-R", str(patch))
    assert {p: p.stat().st_mode for p in where.rglob("*.yaml")} == before
