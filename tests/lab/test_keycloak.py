"""The lab's Keycloak speaks as the published Admin API does, and is the same company each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from lab import policies
from lab.clients import SCANNER
from lab.keycloak import VIEW_CLIENTS, VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.secrets import SECRET_MARK
from lab.server import KeycloakServer

SPEC = Path(__file__).parents[2] / "../shared/specs/keycloak.json"


def closed(schema: Any) -> Any:
    """The schema, with members that it does not name forbidden."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    return result


@pytest.fixture(scope="module")
def spec() -> Any:
    if not SPEC.exists():
        pytest.skip(f"{SPEC} is not there")
    return closed(json.loads(SPEC.read_text()))


@pytest.fixture
def keycloak() -> Keycloak:
    return Keycloak(Organisation(4, 120), policies.ENFORCING)


@pytest.fixture
def server(keycloak: Keycloak) -> Iterator[KeycloakServer]:
    with KeycloakServer(keycloak) as running:
        yield running


def read(server: KeycloakServer, keycloak: Keycloak, path: str, **params: Any) -> requests.Response:
    """GET below the realm's admin address with a new token of the scanner."""
    token = requests.post(
        f"{server.url}/realms/{keycloak.realm}/protocol/openid-connect/token",
        {"grant_type": "client_credentials"},
        auth=(SCANNER, keycloak.accounts[SCANNER].client_secret),
        timeout=5,
    ).json()["access_token"]
    url = f"{server.url}/admin/realms/{keycloak.realm}{path}"
    return requests.get(url, params, headers={"Authorization": f"Bearer {token}"}, timeout=5)


@pytest.mark.parametrize(
    ("path", "template", "params"),
    [
        ("", "", {}),
        ("/clients", "/clients", {"first": 0, "max": 500}),
        ("/client-policies/policies", "/client-policies/policies", {"include-global-policies": "true"}),
        ("/client-policies/profiles", "/client-policies/profiles", {"include-global-profiles": "true"}),
        ("/clients/{uuid}/roles", "/clients/{client-uuid}/roles", {}),
    ],
)
def test_each_answer_is_as_the_published_specification_says(
    server: KeycloakServer, keycloak: Keycloak, spec: Any, path: str, template: str, params: dict[str, Any]
) -> None:
    operation = spec["paths"]["/admin/realms/{realm}" + template]["get"]
    assert params.keys() <= {parameter["name"] for parameter in operation.get("parameters", [])}
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = read(server, keycloak, path.format(uuid=keycloak.records[0]["id"]), **params)
    assert answer.status_code == 200
    assert answer.json()
    Draft202012Validator({**schema, "components": spec["components"]}).validate(answer.json())


def test_the_export_is_a_realm_of_the_specification(keycloak: Keycloak, spec: Any) -> None:
    schema = {"$ref": "#/components/schemas/RealmRepresentation", "components": spec["components"]}
    Draft202012Validator(schema).validate(json.loads(keycloak.export()))


def test_the_same_number_is_the_same_company() -> None:
    assert Keycloak(Organisation(5, 60)).export() == Keycloak(Organisation(5, 60)).export()
    assert Keycloak(Organisation(5, 60)).export() != Keycloak(Organisation(6, 60)).export()


def test_each_kind_of_client_and_each_flaw_is_there() -> None:
    records = Keycloak(Organisation(3, 1500)).records
    text = json.dumps(records)
    assert len({record["clientId"] for record in records}) == len(records)
    assert {record["protocol"] for record in records} == {"openid-connect", "saml"}
    for flag in ("publicClient", "bearerOnly", "serviceAccountsEnabled", "implicitFlowEnabled", "fullScopeAllowed",
                 "directAccessGrantsEnabled", "consentRequired"):  # fmt: skip
        assert {record[flag] for record in records} == {True, False}, flag
    for value in (
        "S256", "plain", "request or request_uri", "PS256", "urn:ietf:wg:oauth:2.0:oob", "http://localhost", '["*"]',
        '["/callback"]', "client.secret.rotated", "require.pushed.authorization.requests",
    ):  # fmt: skip
        assert value in text, value


def test_pages_follow_on_each_other(server: KeycloakServer, keycloak: Keycloak) -> None:
    pages = [read(server, keycloak, "/clients", first=first, max=50).json() for first in range(0, 200, 50)]
    listed = [client["clientId"] for page in pages for client in page]
    assert listed == [record["clientId"] for record in keycloak.records]
    assert pages[-1] == []


def test_without_view_realm_only_names_are_shown(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_REALM)
    assert read(server, keycloak, "").json() == {"realm": keycloak.realm}
    assert read(server, keycloak, "/client-policies/policies").status_code == 403
    assert read(server, keycloak, "/clients").status_code == 200


def test_without_view_clients_there_is_no_list(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_CLIENTS)
    assert read(server, keycloak, "/clients").status_code == 403


def test_who_has_no_token_sees_public_documents_only(server: KeycloakServer, keycloak: Keycloak) -> None:
    realm = f"{server.url}/realms/{keycloak.realm}"
    metadata = requests.get(f"{realm}/.well-known/openid-configuration", timeout=5).json()
    assert metadata["issuer"] == realm
    assert requests.get(metadata["jwks_uri"], timeout=5).json()["keys"]
    assert requests.get(f"{server.url}/admin/realms/{keycloak.realm}", timeout=5).status_code == 401
    wrong = {"grant_type": "client_credentials", "client_id": SCANNER, "client_secret": "wrong"}
    assert requests.post(metadata["token_endpoint"], wrong, timeout=5).status_code == 401


def test_changes_are_seen_and_a_broken_listing_breaks(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.change("checkout", {"pkce.code.challenge.method": "plain"}, redirectUris=["https://new.example.com/"])
    keycloak.remove("wiki")
    keycloak.add("new-app", publicClient=True)
    shown = {client["clientId"]: client for client in read(server, keycloak, "/clients").json()}
    assert shown["checkout"]["attributes"]["pkce.code.challenge.method"] == "plain"
    assert shown["checkout"]["redirectUris"] == ["https://new.example.com/"]
    assert "wiki" not in shown
    assert shown["new-app"]["publicClient"]
    keycloak.break_listing(at=60)
    assert read(server, keycloak, "/clients", first=0, max=50).status_code == 200
    assert read(server, keycloak, "/clients", first=50, max=50).status_code == 500


def test_every_secret_value_is_marked(keycloak: Keycloak) -> None:
    """What a scan must never keep can be told by its mark."""
    found: list[str] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                walk(part, key)
        elif isinstance(value, list):
            for part in value:
                walk(part, name)
        elif name in {"secret", "registrationAccessToken", "password", "clientSecret", "secretData", "privateKey",
                      "client.secret.rotated", "saml.signing.private.key"}:  # fmt: skip
            found.append(value)

    walk(json.loads(keycloak.export()), "")
    assert len(found) > 20
    assert all(value.startswith(SECRET_MARK) for value in found)
