"""The lab's Keycloak behaves as a real one does, and is the same company each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lab import policies
from lab.clients import SCANNER
from lab.keycloak import VIEW_CLIENTS, VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.secrets import SECRET_MARK
from lab.server import KeycloakServer


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


def test_what_is_left_out_of_a_page_takes_its_place_all_the_same(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.unseen = {keycloak.records[3]["clientId"]}
    pages = [read(server, keycloak, "/clients", first=first, max=5).json() for first in (0, 5)]
    assert [len(page) for page in pages] == [4, 5]
    assert pages[1][0]["clientId"] == keycloak.records[5]["clientId"]


def test_a_fault_takes_the_place_of_an_answer_until_it_is_mended(server: KeycloakServer, keycloak: Keycloak) -> None:
    server.faults["/clients"] = (500, b"broken")
    assert [read(server, keycloak, path).status_code for path in ("/clients", "", "/clients")] == [500, 200, 500]
    del server.faults["/clients"]
    assert read(server, keycloak, "/clients").status_code == 200


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
