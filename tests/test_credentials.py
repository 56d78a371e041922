"""Which names say that their value is a credential, and which only speak of one."""

from __future__ import annotations

import pytest

from analyzer.credentials import ends_in_credential, is_credential

CREDENTIALS = """
    password PASSWORD dbPassword DB_PASSWORD db.password db-password password1 adminPasswords
    PGPASSWORD MYSQL_PWD rootpw DB_PASS userpass passwd keyPassphrase passwordHash
    token authToken AUTH_TOKEN bearerToken github-token tokens oauth2ClientSecret clientSecret
    client_secret secret secrets webhookSecret REGISTRY_HTTP_SECRET cookieSecret SECRET_KEY_BASE
    apiKey API_KEY apikey X-Api-Key api-keys AWS_SECRET_ACCESS_KEY secretAccessKey accessKey
    privateKey private_key ssh-private-key encryptionKey signingKey licenseKey masterKey
    storageAccountKey AccountKey sharedKey SSH_KEY session.key
    credential credentials awsCredentials creds basicAuthCreds jwt SENTRY_DSN salt AUTH_SALT
    connectionString CONNECTION_STRING roleSecretId secret_id .dockerconfigjson .dockercfg
    spring.datasource.password example.com/password requirepass
"""

HARMLESS = """
    secretName SECRET_NAME secretRef secretKeyRef passwordSecretRef existingSecret
    existingSecretPasswordKey passwordKey tokenKey imagePullSecrets pullSecret tlsSecret caSecret
    tokenExpirationSeconds tokenTTL tokenPath passwordFile PASSWORD_FILE token-file secretPath
    secretStoreRef clusterSecretStore tokenIssuer tokenUrl TOKEN_URL secretType passwordPolicy
    passwordLength secretTemplate secretNamespace tokenId AWS_ACCESS_KEY_ID accessKeyId
    credentialsProvider tokenAudience secretsEnabled
    key name value path topologyKey partitionKey publicKey keyName keys author authority
    compass passenger bypass passthrough tokenizer secretary keepalive password.policy.min
    secret.reloader.stakater.com/reload vault.hashicorp.com/agent-inject-secret-config
    authorization auth image replicas
"""


@pytest.mark.parametrize("name", CREDENTIALS.split())
def test_a_name_says_that_its_value_is_a_credential(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize("name", [*HARMLESS.split(), ""])
def test_a_name_only_speaks_of_a_credential(name: str) -> None:
    assert not is_credential(name)


@pytest.mark.parametrize("name", ["password", "authToken", "DB_PASSWORD", "apiKey", "secret"])
def test_a_number_is_a_credential_where_the_name_says_just_that(name: str) -> None:
    assert is_credential(name, number=True)


@pytest.mark.parametrize("name", ["maxTokens", "tokens", "tokenBucket", "secretRevision", "size"])
def test_a_number_beside_a_credential_is_none(name: str) -> None:
    assert not is_credential(name, number=True)


@pytest.mark.parametrize(
    ("name", "ends"),
    [("adminPassword", True), ("secret", True), ("secretObjects", False), ("secretRef", False)],
)
def test_a_mapping_holds_a_credential_where_its_last_word_is_one(name: str, ends: bool) -> None:
    assert ends_in_credential(name) is ends
