"""What a hostile tree can make the engine fetch: nothing, not even from this machine."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer.model import Rendered
from tests.hostile import PATCHED, WAYS, Tree, drawn, plugin
from tests.rendering import bare, renders

Server = Callable[[], tuple[int, int]]


@pytest.fixture
def server() -> Iterator[Server]:
    """A listening loopback port: (its number, how many connections it saw)."""
    seen: list[object] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, address = listening.accept()
                except OSError:
                    return
                seen.append(address)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield lambda: (port, len(seen))
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


FETCHERS = {
    "a resource": "resources: [service.yaml, URL]",
    "a resource behind a merge key": "resources: [service.yaml]\n<<: {components: [URL]}",
    "a key in another case": "Resources: [URL]",
    "a base": "bases: [URL]",
    "a repository": "resources: ['git::URL.git']",
    "a repository with a path": "resources: ['URL/a/b.git//base?ref=v1']",
    "a kustomize Component": "components: ['URL/a/b.git']",
    "a patch": "resources: [service.yaml]\npatches: [{path: URL}]",
    "an old patch": "patchesStrategicMerge: [URL]",
    "a JSON patch": "patchesJson6902: [{target: {kind: Service, name: web}, path: URL}]",
    "a generator": "configMapGenerator: [{name: a, files: [URL]}]",
    "a generator with a key": "configMapGenerator: [{name: a, files: ['k=URL']}]",
    "an environment": "configMapGenerator: [{name: a, envs: ['URL?a=b']}]",
    "a CRD": "crds: [URL]",
    "a configuration": "configurations: [URL]",
    "a schema": "openapi: {path: URL}",
    "a replacement": "replacements: [{path: URL}]",
    "a chart": "helmCharts: [{name: a, repo: URL, version: '1'}]",
    "an old chart": "helmChartInflationGenerator: [{chartName: a, chartRepoUrl: URL}]",
    "a chart's values": "helmCharts: [{name: a, repo: URL, version: '1', valuesFile: URL}]",
    "generators": "generators: [URL]",
    "transformers": "transformers: [URL]",
    "validators": "validators: [URL]",
    "a scheme in capitals": "resources: [HTTP-URL]",
    "binary": "resources: [!!binary BINARY]",
}


def fetching(server: Server, text: str) -> str:
    url = f"http://127.0.0.1:{server()[0]}/x.yaml"
    coded = base64.b64encode(url.encode()).decode()
    return text.replace("HTTP-URL", url.replace("http", "HTTP")).replace("BINARY", coded).replace(
        "URL", url
    )  # fmt: skip


@pytest.mark.parametrize("how", FETCHERS)
def test_nothing_is_fetched(tree: Tree, server: Server, how: str) -> None:
    where = tree(
        "--- web/kustomization.yaml\n" + fetching(server, FETCHERS[how]) +
        "\nlabels: [{pairs: {a: b}}]\n--- web/service.yaml = Service/web\n"
        "--- shared.yaml = ConfigMap/shared\n"
        "--- over/kustomization.yaml\nresources: [../web, ../shared.yaml]\n"
    )  # fmt: skip
    needs = {"helm"} if "chart" in how else {"remote"}
    for rendering in renders(where, "web", "over"):
        assert needs <= set(rendering.needs) <= {*needs, "remote"}
    assert server()[1] == 0


@pytest.mark.parametrize("way", [way for way in WAYS if way != "inline JSON"])
@pytest.mark.parametrize("what", ["files: ['URL']", "envs: ['URL?a=b']", "files: ['k=URL']"])
def test_plugins_fetch_nothing(
    tree: Tree, tmp_path: Path, server: Server, way: str, what: str
) -> None:
    kustomization, files = WAYS[way]("generators", plugin(fetching(server, what)))
    where = drawn(tree, tmp_path / "outside", f"resources: [service.yaml]\n{kustomization}", files)
    for rendering in renders(where, "web", "over"):
        assert rendering.needs == ("remote",)
    assert server()[1] == 0


def test_the_bare_engine_would_fetch_it(tree: Tree, server: Server) -> None:
    where = tree(PATCHED.replace("KEY", "files").replace("WHERE", fetching(server, "URL")))
    assert bare(where, "web") is None
    assert server()[1] == 1


def test_a_patched_plugin_fetches_nothing(tree: Tree, server: Server) -> None:
    url = fetching(server, "URL")
    where = tree(PATCHED.replace("KEY", "files").replace("WHERE", url))
    (rendering,) = renders(where, "web")
    assert isinstance(rendering, Rendered)
    assert (rendering.completeness, rendering.needs) == ("partial", ("remote",))
    assert [str(r.id) for r in rendering.resources] == ["ConfigMap/shared"]
    assert [(str(o.span), o.written) for o in rendering.omitted] == [
        ("web/kustomization.yaml:2", "../plugins")
    ]
    assert server()[1] == 0


def test_a_patched_plugin_of_a_plugins_directory_fetches_nothing(
    tree: Tree, server: Server
) -> None:
    url = fetching(server, "URL")
    tree(PATCHED.replace("KEY", "files").replace("WHERE", url).replace("web/k", "inner/k"))
    where = tree("""
        --- web/kustomization.yaml
        resources: [service.yaml]
        transformers: [../inner]
        --- web/service.yaml = Service/web
    """)
    renders(where, "web", "inner")
    assert server()[1] == 0
