"""What the Keycloak connector asks of the lab is what the published Admin API takes, and it reads all that is there."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.keycloak import KeycloakConnector
from lab import policies
from lab.clients import SCANNER
from lab.keycloak import VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer

SPEC = Path(__file__).parents[2] / "../shared/specs/keycloak.json"
READ = {"/realms/{realm}/.well-known/openid-configuration", "/realms/{realm}/protocol/openid-connect/certs"}
"""Public documents, which are no part of the Admin API."""


def read_all(server: KeycloakServer, keycloak: Keycloak) -> tuple[KeycloakConnector, list[str]]:
    """The connector after a whole read, and the client ids that it found."""
    connector = KeycloakConnector.connect(
        {
            "base_url": server.url,
            "realm": keycloak.realm,
            "client_id": SCANNER,
            "client_secret": keycloak.accounts[SCANNER].client_secret,
        },
        allow_private=True,
    )
    list(connector.authorization_servers())
    apps = [connector.map_app(record, page.source) for page in connector.apps() for record in page.records]
    return connector, [app.client_id for app in apps]


def test_every_request_is_in_the_specification() -> None:
    if not SPEC.exists():
        pytest.skip(f"{SPEC} is not there")
    paths = json.loads(SPEC.read_text())["paths"]
    keycloak = Keycloak(Organisation(4, 120), policies.ENFORCING)
    with KeycloakServer(keycloak) as server:
        read_all(server, keycloak)
    assert len(server.requests) > 4
    for method, target in server.requests:
        parts = urlsplit(target)
        path = parts.path.replace(keycloak.realm, "{realm}", 1)
        if method == "POST":
            assert path == "/realms/{realm}/protocol/openid-connect/token"
        elif path not in READ:
            known = {parameter["name"] for parameter in paths[path]["get"].get("parameters", [])}
            assert parse_qs(parts.query).keys() <= known, target


def test_live_and_export_hold_the_same_apps() -> None:
    keycloak = Keycloak(Organisation(4, 120))
    with KeycloakServer(keycloak) as server:
        connector, live = read_all(server, keycloak)
    exported = KeycloakConnector.open_file(json.loads(keycloak.export()), "realm.json")
    assert exported is not None
    list(exported.authorization_servers())
    found = [exported.map_app(record, page.source).client_id for page in exported.apps() for record in page.records]
    assert sorted(live) == sorted(found)
    assert len(live) == keycloak.oauth_clients
    assert connector.skipped == len(keycloak.records) - len(live)


def test_a_role_that_was_withdrawn_is_named() -> None:
    keycloak = Keycloak(Organisation(4, 30), policies.SIGNING)
    keycloak.accounts[SCANNER].roles.discard(VIEW_REALM)
    with KeycloakServer(keycloak) as server:
        connector, live = read_all(server, keycloak)
    assert [permission.name for permission in connector.missing] == [VIEW_REALM]
    assert len(live) == keycloak.oauth_clients
