"""Made-up realms and clients, and ways to look at what is mapped from them."""

from __future__ import annotations

from typing import Any

from connectors.base import App
from connectors.facts import Facts, Rung
from connectors.keycloak import KeycloakConnector
from lab.clients import SCANNER
from lab.keycloak import Keycloak
from lab.server import KeycloakServer
from tests.connectors.contract import facts


def client(attributes: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A complete record of a confidential client with the code flow."""
    return {
        "id": str(members.get("clientId", "app")),
        "clientId": "app",
        "enabled": True,
        "protocol": "openid-connect",
        "clientAuthenticatorType": "client-secret",
        "publicClient": False,
        "bearerOnly": False,
        "consentRequired": False,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": False,
        "redirectUris": ["https://app.example/cb"],
        "webOrigins": [],
        "defaultClientScopes": ["profile"],
        "optionalClientScopes": [],
        "attributes": attributes or {},
    } | members


def connect(server: KeycloakServer, keycloak: Keycloak, **changed: str) -> KeycloakConnector:
    """A reader of the lab's server with its scanner's credential, some settings changed."""
    settings = {
        "base_url": server.url,
        "realm": keycloak.realm,
        "client_id": SCANNER,
        "client_secret": keycloak.accounts[SCANNER].client_secret,
    }
    return KeycloakConnector.connect(settings | changed, allow_private=True)


def realm(*clients: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A full export without policies."""
    policies = {"clientPolicies": {"policies": []}, "clientProfiles": {"profiles": []}}
    return {"realm": "acme", "keycloakVersion": "26.5.5", "clients": list(clients)} | policies | members


def opened(document: Any) -> KeycloakConnector:
    connector = KeycloakConnector.open_file(document, "realm.json")
    assert connector is not None
    return connector


def apps(document: Any) -> list[App]:
    connector = opened(document)
    list(connector.authorization_servers())
    return [connector.map_app(record, page.source) for page in connector.apps() for record in page.records]


def only(document: Any) -> Facts:
    (app,) = apps(document)
    return facts(app)


def mapped(attributes: dict[str, Any] | None = None, **members: Any) -> Facts:
    return only(realm(client(attributes, **members)))


def source_of(app: App, fact: str) -> tuple[Rung, str]:
    (reading,) = (reading for reading in app.observed.readings if fact in reading.facts)
    return reading.rung, reading.source.url


def policy(condition: Any, *executors: str) -> dict[str, Any]:
    """Members of a realm with one policy under one condition."""
    enabled = {"name": "p", "enabled": True, "conditions": [condition], "profiles": ["q"]}
    profile = {"name": "q", "executors": [{"executor": name, "configuration": {}} for name in executors]}
    return {"clientPolicies": {"policies": [enabled]}, "clientProfiles": {"profiles": [profile]}}


def under(condition: str, **configuration: Any) -> dict[str, Any]:
    return {"condition": condition, "configuration": configuration}
