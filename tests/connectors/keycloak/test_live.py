"""A realm read over HTTP, from the lab's server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from connectors.base import App
from connectors.errors import AuthenticationError, ConnectorError, DeniedError
from connectors.facts import NotObserved, Reason, Rung
from connectors.keycloak import KeycloakConnector
from lab.clients import SCANNER
from lab.keycloak import VIEW_CLIENTS, VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.policies import ENFORCING
from lab.server import KeycloakServer
from tests.connectors.keycloak.made import facts, opened, source_of


@pytest.fixture
def keycloak() -> Keycloak:
    return Keycloak(Organisation(4, 450), ENFORCING)


@pytest.fixture
def server(keycloak: Keycloak) -> Iterator[KeycloakServer]:
    with KeycloakServer(keycloak) as started:
        yield started


def connect(server: KeycloakServer, keycloak: Keycloak, **changed: str) -> KeycloakConnector:
    settings = {
        "base_url": server.url,
        "realm": keycloak.realm,
        "client_id": SCANNER,
        "client_secret": keycloak.accounts[SCANNER].client_secret,
    }
    return KeycloakConnector.connect(settings | changed, allow_private=True)


def read(connector: KeycloakConnector) -> dict[str, App]:
    list(connector.authorization_servers())
    return {
        app.client_id: app
        for page in connector.apps()
        for app in (connector.map_app(record, page.source) for record in page.records)
    }


def test_every_client_is_read_once_over_several_pages(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    assert connector.check() == ()
    (shown,) = connector.authorization_servers()
    pages = list(connector.apps())
    listed = [record["clientId"] for page in pages for record in page.records]
    assert len(pages) > 1
    assert len(listed) == len(set(listed)) == keycloak.oauth_clients
    assert connector.skipped == len(keycloak.records) - keycloak.oauth_clients
    assert connector.requests > 0
    assert shown.issuer.endswith(f"/realms/{keycloak.realm}")
    assert keycloak.accounts[SCANNER].client_secret not in repr((shown, pages, connector.basis()))


def test_live_and_exported_facts_are_the_same(server: KeycloakServer, keycloak: Keycloak) -> None:
    live, exported = read(connect(server, keycloak)), read(opened(json.loads(keycloak.export())))
    assert live.keys() == exported.keys()
    for name in ("pkce_required", "direct_access_grants", "implicit_flow", "full_scope_allowed", "redirect_uris"):
        shown = [(facts(live[key])[name], facts(exported[key])[name]) for key in live]
        assert all(one == other for one, other in shown if not isinstance(other, NotObserved))


def test_clients_deleted_between_pages_hide_no_other(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    pages = connector.apps()
    seen = {record["clientId"] for record in next(pages).records}
    for client_id in sorted(seen)[:5]:
        keycloak.remove(client_id)
    seen |= {record["clientId"] for page in pages for record in page.records}
    assert {record["clientId"] for record in keycloak.records if record["protocol"] == "openid-connect"} <= seen


def test_policies_are_the_source_of_what_they_decide(server: KeycloakServer, keycloak: Keycloak) -> None:
    apps = read(connect(server, keycloak))
    records = {name: keycloak.record(name) for name in apps}
    blocked = [
        apps[name]
        for name, record in records.items()
        if record["directAccessGrantsEnabled"] and not record["bearerOnly"] and not record["consentRequired"]
    ]
    assert blocked
    for app in blocked:
        assert facts(app)["direct_access_grants"] is False
        rung, url = source_of(app, "direct_access_grants")
        assert rung is Rung.DECLARED
        assert "/client-policies/policies?include-global-policies=true" in url


def test_without_view_realm_policies_are_not_concluded(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_REALM)
    connector = connect(server, keycloak)
    assert [permission.name for permission in connector.check()] == ["view-realm"]
    apps = read(connector)
    assert [permission.name for permission in connector.missing] == ["view-realm"]
    open_facts = [facts(app)["require_pushed_authorization_requests"] for app in apps.values()]
    unseen = [fact for fact in open_facts if isinstance(fact, NotObserved)]
    assert unseen
    assert {fact.reason for fact in unseen} == {Reason.DENIED}
    assert "role view-realm" in unseen[0].detail


def test_without_view_clients_nothing_can_be_read(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_CLIENTS)
    with pytest.raises(DeniedError, match="view-clients"):
        connect(server, keycloak).check()


def test_a_token_that_was_revoked_is_replaced_once(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    server.revoke_tokens()
    assert list(connector.apps())


def test_wrong_settings_say_what_to_do(server: KeycloakServer, keycloak: Keycloak) -> None:
    with pytest.raises(AuthenticationError, match="Check client id and secret") as refused:
        connect(server, keycloak, client_secret="not-it").check()
    assert "not-it" not in str(refused.value)
    with pytest.raises(ConnectorError, match="There is no realm"):
        connect(server, keycloak, realm="nowhere").check()


def test_a_listing_that_breaks_off_is_an_error(
    server: KeycloakServer, keycloak: Keycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.http.time.sleep", lambda _: None)
    keycloak.break_listing(at=100)
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    with pytest.raises(ConnectorError):
        list(connector.apps())
