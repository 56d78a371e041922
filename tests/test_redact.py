"""No secret value survives, whatever form it takes; what only speaks of one stays readable."""

from __future__ import annotations

import base64

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer import diff, redact
from analyzer.redact import HIDDEN

PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2hunter2\nhunter2==\n-----END RSA PRIVATE KEY-----\n"
)
PGP = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----\n"
AUTH = base64.b64encode(b"user:hunter2").decode()


def redacted(text: str) -> object:
    return redact.redacted(yaml.safe_load(text))


def readable(text: str) -> None:
    """Nothing in this object is hidden."""
    content = yaml.safe_load(text)
    assert redact.redacted(content) == content


# whole objects ----------------------------------------------------------------------------------


def test_a_secret_keeps_its_keys_and_loses_its_values() -> None:
    assert redacted("""
        apiVersion: v1
        kind: Secret
        metadata: {name: db, labels: {app: web}}
        type: Opaque
        data: {password: aHVudGVyMg==, user: YWRtaW4=}
        stringData: {config.yaml: "user: admin", port: 5432, empty: ""}
    """) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "labels": {"app": "web"}},
        "type": "Opaque",
        "data": {"password": HIDDEN, "user": HIDDEN},
        "stringData": {"config.yaml": HIDDEN, "port": HIDDEN, "empty": ""},
    }


def test_a_value_that_looks_like_a_word_of_yaml_is_hidden_in_a_secret() -> None:
    assert redacted("{apiVersion: v1, kind: Secret, stringData: {a: 'true', b: 'null'}}") == {
        "apiVersion": "v1",
        "kind": "Secret",
        "stringData": {"a": HIDDEN, "b": HIDDEN},
    }


def test_the_last_applied_annotation_of_a_secret_is_hidden() -> None:
    annotation = "kubectl.kubernetes.io/last-applied-configuration"
    content = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"annotations": {annotation: '{"data":{"a":"aHVudGVyMg=="}}', "team": "web"}},
    }
    assert redact.redacted(content) == {
        **content,
        "metadata": {"annotations": {annotation: HIDDEN, "team": "web"}},
    }


@pytest.mark.parametrize(
    "text",
    [
        "{spec: {manifest: {apiVersion: v1, kind: Secret, data: {a: hunter2}}}}",
        "{items: [{apiVersion: v1, kind: Secret, data: {a: hunter2}}]}",
        "{spec: {secretTemplates: [{name: x, data: {a: hunter2}}]}}",
        "{spec: {secretTemplates: [{name: x, stringData: {a: hunter2}}]}}",
        "{kind: ConfigMap, binaryData: {store.jks: hunter2}}",
    ],
)
def test_a_secret_inside_another_object_is_hidden(text: str) -> None:
    assert "hunter2" not in str(redacted(text))


def test_the_input_is_not_changed() -> None:
    content = yaml.safe_load("{spec: {password: hunter2, list: [{token: hunter2}]}}")
    before = str(content)
    redact.redacted(content)
    assert str(content) == before


# by key -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{password: hunter2}", {"password": HIDDEN}),
        ("{password: 12345}", {"password": HIDDEN}),
        ("{password: ''}", {"password": ""}),
        ("{password: null, token: true}", {"password": None, "token": True}),
        ("{password: 'truest'}", {"password": HIDDEN}),
        ("{run: 'token=$(echo hunter2)'}", {"run": f"token={HIDDEN}"}),
        ("{passwords: [a, b]}", {"passwords": [HIDDEN, HIDDEN]}),
        ("{password: {value: hunter2}}", {"password": {"value": HIDDEN}}),
        ("{secret: {data: {a: hunter2}}}", {"secret": {"data": {"a": HIDDEN}}}),
        ("{auth: {password: hunter2, user: a}}", {"auth": {"password": HIDDEN, "user": "a"}}),
        ("{AWS_SECRET_ACCESS_KEY: hunter2}", {"AWS_SECRET_ACCESS_KEY": HIDDEN}),
        ("{apiKey: hunter2}", {"apiKey": HIDDEN}),
        ("{Authorization: Basic hunter2}", {"Authorization": HIDDEN}),
        (f"{{auth: {AUTH}}}", {"auth": HIDDEN}),
    ],
)
def test_a_value_is_hidden_by_its_key(text: str, expected: object) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize("owner", ["name", "key", "id", "parameter", "header"])
def test_a_value_is_hidden_by_the_name_beside_it(owner: str) -> None:
    assert redacted(f"[{{{owner}: DB_PASSWORD, value: hunter2}}]") == {}
    assert redacted(f"{{env: [{{{owner}: DB_PASSWORD, value: hunter2}}]}}") == {
        "env": [{owner: "DB_PASSWORD", "value": HIDDEN}]
    }


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "API_KEY", "TOKEN", "PGPASSWORD", "Authorization"]
)
def test_an_environment_variable_is_hidden_by_its_name(name: str) -> None:
    assert redacted(f"{{env: [{{name: {name}, value: hunter2, more: x}}]}}") == {
        "env": [{"name": name, "value": HIDDEN, "more": "x"}]
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--password", "hunter2", "-v"], ["--password", HIDDEN, "-v"]),
        (["--password=hunter2"], [f"--password={HIDDEN}"]),
        (["--from-literal=password=hunter2"], [f"--from-literal=password={HIDDEN}"]),
        (["--db.token:hunter2"], [f"--db.token:{HIDDEN}"]),
        (["sh", "-c", "x --api-key hunter2 y"], ["sh", "-c", f"x --api-key {HIDDEN} y"]),
        (["curl", "-u admin:hunter2 http://a"], ["curl", f"-u admin:{HIDDEN} http://a"]),
        (["env PGPASSWORD=hunter2 psql"], [f"env PGPASSWORD={HIDDEN} psql"]),
        (["-Dspring.datasource.password=hunter2"], [f"-Dspring.datasource.password={HIDDEN}"]),
    ],
)
def test_a_command_line_loses_what_its_flags_hide(words: list[str], expected: list[str]) -> None:
    assert redact.redacted({"args": words}) == {"args": expected}


# harmless ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{volumes: [{name: v, secret: {secretName: web-tls, items: [{key: a, path: b}]}}]}",
        "{env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}",
        "{projected: {sources: [{serviceAccountToken: "
        "{audience: vault, expirationSeconds: 3600, path: token}}]}}",
        "{spec: {tokenExpirationSeconds: 3600, automountServiceAccountToken: false}}",
        "{passwordSecretRef: {name: db, key: password}, existingSecret: db-credentials}",
        "{spec: {imagePullSecrets: [{name: regcred}], secrets: [{name: builder}]}}",
        "{global: {imagePullSecrets: [regcred]}, tls: {tlsSecret: web-tls}}",
        "{rules: [{resources: [secrets, serviceaccounts/token], verbs: [get]}]}",
        "{spec: {secretStoreRef: {name: vault, kind: ClusterSecretStore}, data: "
        "[{secretKey: password, remoteRef: {key: apps/web, property: password}}]}}",
        "{spec: {privateKey: {algorithm: RSA, size: 2048, rotationPolicy: Always}}}",
        "{spec: {secretTemplate: {annotations: {a: b}}, secretName: web-tls}}",
        "{substitute: {DB_PASSWORD: '${DB_PASSWORD}', TOKEN: '$(TOKEN)'}}",
        "{template: {data: {password: '{{ .password }}'}}}",
        "{secretObjects: [{secretName: a, type: Opaque, data: [{key: a, objectName: b}]}]}",
        "{metadata: {annotations: {secret.reloader.stakater.com/reload: 'true'}}}",
        "{metadata: {labels: {example.com/multi-platform-secret: 'true', app-token: 'FALSE'}}}",
        "{run: 'token=$(cat /var/run/secrets/${NAME}/token)'}",
        "{data: {a.yaml: 'example.com/some-secret: \"true\"'}}",
        "{security: {authorization: enabled}, auth: ldap}",
        "{args: [--token-ttl=3600, --secret-name, web, --authorization-mode=RBAC]}",
        "{image: 'ghcr.io/a/token-service:v1@sha256:" + "0" * 64 + "'}",
        "{url: 'https://example.com:8443/path/@scope/pkg', git: 'ssh://git@example.com/a/b'}",
        "{caBundle: " + base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIC\n").decode() + "}",
        "{kind: Secret, apiVersion: example.com/v1, data: {a: b}}",
        "{description: 'Rotates the password and token of a user; see secrets.'}",
        "{data: {index.html: '<input name=\"q\"><b>key</b>', script.sh: 'echo $HOME && ls -l'}}",
        "{mac: 'c6:07:27:af:fb:53', ip: 'fe80:1234:5678:9abc:def0:1:2:3'}",
        "{args: [--feature-gates=CacheSecrets=true], command: 'x --use-token=false'}",
        '{data: {app.ini: "[a]\\ntoken   = {{ .TOKEN }}\\nx_token=${A}\\npassword: null"}}',
        '{data: {app.properties: "server.port=80\\nsecret.name=db\\ntoken.ttl=60"}}',
        '{data: {a.yaml: "secretName: db\\nvolumes:\\n- secret:\\n    secretName: a\\n"}}',
        '{data: {images.txt: "a/token-service:v1\\nb/sealed-secrets:0.27.1\\nc/token:latest"}}',
        '{data: {dashboard.json: \'{"title": "Tokens", "panels": [{"id": 1}]}\'}}',
    ],
)
def test_what_only_speaks_of_a_secret_stays_readable(text: str) -> None:
    readable(text)


# inside texts -----------------------------------------------------------------------------------

TEXTS = {
    "a private key": (PEM, HIDDEN + "\n"),
    "an encrypted private key": (PEM.replace("RSA", "ENCRYPTED"), HIDDEN + "\n"),
    "a key without its end": ("-----BEGIN PRIVATE KEY-----\nhunter2", HIDDEN),
    "a PGP key": (PGP, HIDDEN + "\n"),
    "a key on one line": (PEM.replace("\n", "\\n"), HIDDEN + "\\n"),
    "a key in base64": (base64.b64encode(PEM.encode()).decode(), HIDDEN),
    "a URL": ("postgres://u:hunter2@db:5432/x", f"postgres://u:{HIDDEN}@db:5432/x"),
    "a URL without a user": ("redis://:hunter2@db", f"redis://:{HIDDEN}@db"),
    "a password with an at sign": ("amqp://u:hun@ter2@mq/v", f"amqp://u:{HIDDEN}@mq/v"),
    "a password with a slash": ("amqp://u:hunter2/x@mq/v", f"amqp://u:{HIDDEN}@mq/v"),
    "a token as the user": ("https://hunter2hunter2hunter2@h/a", f"https://{HIDDEN}@h/a"),
    "two URLs": ("a://u:hunter2@h b://u:hunter2@h", f"a://u:{HIDDEN}@h b://u:{HIDDEN}@h"),
    "a query": ("https://h/x?a=b&token=hunter2&c=d", f"https://h/x?a=b&token={HIDDEN}&c=d"),
    "a signed URL": ("https://h/x?sv=1&sig=hunter2%3D", f"https://h/x?sv=1&sig={HIDDEN}"),
    "a DSN": ("web:hunter2@tcp(db:3306)/x", f"web:{HIDDEN}@tcp(db:3306)/x"),
    "a connection string": ("Server=a;Password=hunter2;X=y", f"Server=a;Password={HIDDEN};X=y"),
    "a storage account": (
        "AccountName=a;AccountKey=hunter2==",
        f"AccountName=a;AccountKey={HIDDEN}",
    ),
    "libpq": ("host=a password=hunter2 dbname=b", f"host=a password={HIDDEN} dbname=b"),
    "a header": ("Authorization: Bearer hunter2hunter2", f"Authorization: Bearer {HIDDEN}"),
    "nginx": (
        'proxy_set_header Authorization "Basic hunter2=";',
        f'proxy_set_header Authorization "Basic {HIDDEN}";',
    ),
    "properties": ("a=b\ndb.password = hunter 2\nc=d", f"a=b\ndb.password = {HIDDEN}\nc=d"),
    "a value that starts oddly": ("x=1\ntoken=$hunter2\nkey.api_key=[hunter2", None),
    "a comment": ("a: b\n# password: hunter2\n", f"a: b\n# password: {HIDDEN}\n"),
    "an export": ("set -e\nexport TOKEN=hunter2\n", f"set -e\nexport TOKEN={HIDDEN}\n"),
    "YAML": ("a: b\npassword: hunter2 # x\n", f"a: b\npassword: {HIDDEN}\n"),
    "a YAML block": ("password: |\n  hunter2\n  hunter2\nb: c\n", f"password: {HIDDEN}\nb: c\n"),
    "a YAML list": ("tokens:\n- hunter2\nb: c\n", f"tokens:\n- {HIDDEN}\nb: c\n"),
    "YAML in flow style": ("a: {name: TOKEN, value: hunter2}\nb: c", None),
    "variables": ("- name: TOKEN\n  value: hunter2\n", f"- name: TOKEN\n  value: {HIDDEN}\n"),
    "a value of its own": ("password:\n  value: hunter2\n", f"password:\n  value: {HIDDEN}\n"),
    "a Secret": (
        "apiVersion: v1\nkind: Secret\ndata:\n  a: aHVudGVyMg==\n---\na: b\n",
        f"apiVersion: v1\nkind: Secret\ndata:\n  a: {HIDDEN}\n---\na: b\n",
    ),
    "YAML in YAML": ("a: |\n  b: 1\n  password: hunter2\nc: d\n", None),
    "YAML with templates": ("{{ if x }}\npassword: hunter2\nb: |\n  token: hunter2\n", None),
    "a block with templates": ("{{ if x }}\npassword: |\n  hunter2\nb: c\n", None),
    "a list with templates": ("{{ if x }}\npasswords:\n  - hunter2\nb: c\n", None),
    "JSON": ('{"a": 1, "password": "hunter2"}', f'{{"a": 1, "password": "{HIDDEN}"}}'),
    "JSON numbers": ('{"password": 12345}', f'{{"password": {HIDDEN}}}'),
    "JSON over lines": ('{\n  "token": "hunter2",\n  "b": 1\n}\n', None),
    "JSON in a string": ('{"a": "{\\"password\\":\\"hunter2\\"}"}', None),
    "escaped JSON": ('x = "{\\"password\\":\\"hunter2\\"}"', None),
    "docker": (
        f'{{"auths":{{"h":{{"auth":"{AUTH}"}}}}}}',
        f'{{"auths":{{"h":{{"auth":"{HIDDEN}"}}}}}}',
    ),
    "TOML": ('[db]\npassword = "hunter2"\n', f"[db]\npassword = {HIDDEN}\n"),
    "a Ruby hash": ('x\n:password => "hunter2"\n', None),
    "XML": ("<a><password>hunter2</password></a>", f"<a><password>{HIDDEN}</password></a>"),
    "an XML attribute": ('<user password="hunter2"/>', f"<user password={HIDDEN}/>"),
    "redis": ("port 1\nrequirepass hunter2\n", f"port 1\nrequirepass {HIDDEN}\n"),
    "netrc": ("machine h login u password hunter2", f"machine h login u password {HIDDEN}"),
    "pgpass": ("db:5432:*:web:hunter2\n", f"db:5432:*:web:{HIDDEN}\n"),
    "htpasswd": ("u:$apr1$hunter2$hunter2hunter2", f"u:{HIDDEN}"),
    "bcrypt": ("u:$2y$05$" + "a" * 53, f"u:{HIDDEN}"),
    "GitHub": ("x ghp_" + "a" * 36, f"x {HIDDEN}"),
    "GitLab": ("glpat-" + "a" * 20, HIDDEN),
    "Slack": (
        "https://hooks.slack.com/services/T0/B0/hunter2",
        f"https://hooks.slack.com/services/{HIDDEN}",
    ),
    "Discord": (
        "https://discord.com/api/webhooks/12/hunter2",
        f"https://discord.com/api/webhooks/{HIDDEN}",
    ),
    "a JWT": ("eyJhbGciOi.eyJzdWIiOi.c2ln-x", HIDDEN),
    "an age key": ("AGE-SECRET-KEY-1HUNTER2", HIDDEN),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_loses_its_secrets(name: str) -> None:
    text, expected = TEXTS[name]
    shown = redact.text(text)
    assert "hunter2" not in shown
    assert HIDDEN in shown
    if expected is not None:
        assert shown == expected


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_loses_its_secrets_wherever_it_stands(name: str) -> None:
    text, _ = TEXTS[name]
    assert "hunter2" not in str(redact.redacted({"data": {"file": text}}))
    assert "hunter2" not in str(redact.redacted({"spec": {"values": {"a": [{"b": text}]}}}))


@pytest.mark.parametrize("name", TEXTS)
def test_redacting_twice_is_redacting_once(name: str) -> None:
    once = redact.text(TEXTS[name][0])
    assert redact.text(once) == once


def test_embedded_yaml_keeps_its_form() -> None:
    text = 'a: 1   # one\n"password": "hunter2"\nlist: [x,  y]\n'
    assert redact.text(text) == f'a: 1   # one\n"password": "{HIDDEN}"\nlist: [x,  y]\n'


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400_000,
        "a." * 200_000,
        "password" * 50_000,
        "a=" * 200_000,
        "://" * 100_000,
        "a" + " " * 400_000 + "password",
        "-----BEGIN " * 40_000,
        "token " * 60_000,
        "-u a" * 50_000,
        "[" * 100_000,
        "password:\n" * 40_000,
    ],
)
def test_a_large_text_is_no_trap_for_a_pattern(text: str) -> None:
    assert redact.text(f"key {text}").startswith("key ")  # else it hangs


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    redact.text(f"password: {text}")


# one leaf ---------------------------------------------------------------------------------------

LEAVES = """
    {apiVersion: v1, kind: Secret, data: {a: hunter2}, stringData: {b: hunter2}}
    {env: [{name: DB_PASSWORD, value: hunter2}, {name: API_KEY, value: hunter2}]}
    {password: hunter2, spec: {token: {value: hunter2}, passwords: [hunter2]}}
    {spec: {template: {kind: X, stringData: {a: hunter2}}}, binaryData: {a: hunter2}}
    {data: {a: "password: hunter2"}, url: "a://b:hunter2@c"}
    {args: [--password=hunter2]}
"""


@pytest.mark.parametrize("text", LEAVES.strip().splitlines())
def test_a_leaf_is_hidden_as_in_its_object(text: str) -> None:
    content = yaml.safe_load(text)
    secret = redact.is_secret(content)
    expected = diff.leaves(redact.redacted(content))
    shown = {leaf: redact.value(leaf, v, secret) for leaf, v in diff.leaves(content).items()}
    assert shown == expected
    assert "hunter2" not in str(shown)


def test_a_harmless_leaf_stays() -> None:
    assert redact.value(("spec", "replicas"), 3, False) == 3
    assert redact.value(("data", "a"), "b", False) == "b"
    assert redact.value(("env", "[name=A]", "value"), "b", False) == "b"
    assert redact.value((), "b", False) == "b"
