"""A realm read over HTTP, from the lab's server: what is seen, refused, broken, or changes meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import App
from connectors.errors import AuthenticationError, ConnectorError, DeniedError, ProtocolError, SettingError
from connectors.facts import NotObserved, Reason, Rung
from connectors.keycloak import KeycloakConnector
from connectors.keycloak.live import VIEW_REALM as READS_WITH_VIEW_REALM
from lab.clients import SCANNER
from lab.keycloak import VIEW_CLIENTS, VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.policies import ENFORCING, NONE, Policies
from lab.server import KeycloakServer
from tests.connectors.contract import facts, keeps_the_vocabulary, read_all
from tests.connectors.keycloak.made import connect, opened, policy, source_of, under

HTML = (200, b"<!doctype html><title>Log in</title>")
CUT_OFF = (200, b'{"policies": [')
NO_OBJECT = (200, b"[]")
BROKEN = (500, b'{"error": "unknown_error"}')
NAME_THE_SERVER = {"resolved_redirect_uris", "web_origins", "client_uri"}
"""Facts in which its address may stand, which an export does not hold."""


@pytest.fixture
def keycloak() -> Keycloak:
    return Keycloak(Organisation(4, 450), ENFORCING)


@pytest.fixture
def server(keycloak: Keycloak) -> Iterator[KeycloakServer]:
    with KeycloakServer(keycloak) as started:
        yield started


def read(connector: KeycloakConnector) -> dict[str, App]:
    _, _, apps = read_all(connector)
    return {app.client_id: app for app in apps}


def oauth_clients(keycloak: Keycloak) -> set[str]:
    return {record["clientId"] for record in keycloak.records if record["protocol"] == "openid-connect"}


def reasons(app: App) -> dict[str, Reason]:
    return {name: why.reason for name, why in app.observed.not_observed.items()}


def names(connector: KeycloakConnector) -> list[str]:
    return [permission.name for permission in connector.missing]


# What is seen


def test_every_client_is_read_once_over_several_pages(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    assert connector.check() == ()
    servers, pages, apps = read_all(connector)
    listed = [app.client_id for app in apps]
    assert len(pages) > 1
    assert len(listed) == len(set(listed)) == keycloak.oauth_clients
    assert connector.skipped == len(keycloak.records) - keycloak.oauth_clients
    assert connector.requests == len(server.requests)
    assert connector.lists_apps
    assert [shown.issuer for shown in servers] == [f"{server.url}/realms/{keycloak.realm}"]
    keeps_the_vocabulary(connector, servers, apps)


def test_live_and_exported_facts_are_the_same(server: KeycloakServer, keycloak: Keycloak) -> None:
    live, exported = read(connect(server, keycloak)), read(opened(json.loads(keycloak.export())))
    assert live.keys() == exported.keys()
    for client_id, app in live.items():
        one, other = facts(app), facts(exported[client_id])
        assert {name for name in one if one[name] != other[name]} <= NAME_THE_SERVER, client_id


def test_relative_callbacks_are_resolved_on_the_server(server: KeycloakServer, keycloak: Keycloak) -> None:
    for client_id, path in (("account", "realms/{}/account/*"), ("security-admin-console", "admin/{}/console/*")):
        found = facts(read(connect(server, keycloak))[client_id])
        assert found["redirect_uris"] == [f"/{path.format(keycloak.realm)}"]
        assert found["resolved_redirect_uris"] == [f"{server.url}/{path.format(keycloak.realm)}"]


def test_policies_are_the_source_of_what_they_decide(server: KeycloakServer, keycloak: Keycloak) -> None:
    blocked = [
        app
        for client_id, app in read(connect(server, keycloak)).items()
        if (record := keycloak.record(client_id))["directAccessGrantsEnabled"]
        and not record["bearerOnly"]
        and not record["consentRequired"]
    ]
    assert blocked
    for app in blocked:
        assert facts(app)["direct_access_grants"] is False
        rung, url = source_of(app, "direct_access_grants")
        assert rung is Rung.DECLARED
        assert "/client-policies/policies?include-global-policies=true" in url


# What is refused


def test_without_view_realm_what_a_policy_could_change_is_denied(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_REALM)
    connector = connect(server, keycloak)
    assert connector.check() == (READS_WITH_VIEW_REALM,)
    apps = read(connector)
    assert names(connector) == [VIEW_REALM]
    assert connector.lists_apps
    denied = {name for app in apps.values() for name, reason in reasons(app).items() if reason is Reason.DENIED}
    assert denied == {*READS_WITH_VIEW_REALM.hides}
    for client_id, app in apps.items():
        record = keycloak.record(client_id)
        if record["bearerOnly"]:
            assert Reason.DENIED not in reasons(app).values()
        elif not record["directAccessGrantsEnabled"]:
            assert facts(app)["direct_access_grants"] is False
    (detail,) = {app.observed.not_observed["response_modes"].detail for app in apps.values() if reasons(app)}
    assert "view-realm (a role of the client realm-management)" in detail


def test_without_view_clients_nothing_can_be_read(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_CLIENTS)
    connector = connect(server, keycloak)
    for step in (connector.check, lambda: read(connector)):
        with pytest.raises(
            DeniedError, match=r"grant view-clients \(a role of the client realm-management\)"
        ) as refused:
            step()
        assert refused.value.permission == VIEW_CLIENTS


def test_a_service_account_of_master_has_roles_of_another_client(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.accounts[SCANNER].roles.discard(VIEW_CLIENTS)
    server.realms["master"] = keycloak
    with pytest.raises(DeniedError, match=f"a role of the client {keycloak.realm}-realm"):
        connect(server, keycloak, token_realm="master").check()


def test_an_empty_list_means_that_nothing_may_be_seen(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.unseen = {record["clientId"] for record in keycloak.records}
    connector = connect(server, keycloak)
    for step in (connector.check, lambda: read(connector)):
        with pytest.raises(DeniedError, match="every realm has some: grant view-clients") as refused:
            step()
        assert refused.value.permission == VIEW_CLIENTS


def test_an_account_that_may_see_a_part_ends_no_app(server: KeycloakServer, keycloak: Keycloak) -> None:
    """Fine-grained permissions hide the built-in clients, which nobody can delete."""
    keycloak.unseen = {"account", "account-console", "admin-cli", "broker", "security-admin-console"}
    connector = connect(server, keycloak)
    assert read(connector).keys() == oauth_clients(keycloak) - keycloak.unseen
    assert names(connector) == [VIEW_CLIENTS]
    assert not connector.lists_apps


# What changes meanwhile


def test_what_keycloak_leaves_out_of_a_page_does_not_end_the_list(server: KeycloakServer, keycloak: Keycloak) -> None:
    keycloak.unseen = {keycloak.records[position]["clientId"] for position in (0, 150, 199, 350)}
    assert read(connect(server, keycloak)).keys() == oauth_clients(keycloak) - keycloak.unseen


def test_clients_deleted_between_pages_hide_no_other(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    pages = connector.apps()
    seen = {record["clientId"] for record in next(pages).records}
    for client_id in sorted(seen)[:150]:
        keycloak.remove(client_id)
    seen |= {record["clientId"] for page in pages for record in page.records}
    assert oauth_clients(keycloak) <= seen


def test_a_token_that_ends_meanwhile_is_replaced_once(server: KeycloakServer, keycloak: Keycloak) -> None:
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    for _ in connector.apps():
        server.revoke_tokens()
    tokens = [method for method, _ in server.requests if method == "POST"]
    assert len(tokens) > 1
    server.faults["/clients"] = (401, b"{}")
    with pytest.raises(AuthenticationError):
        list(connector.apps())


# What is broken


@pytest.mark.parametrize("reply", [HTML, CUT_OFF, NO_OBJECT, BROKEN], ids=["html", "cut off", "no object", "500"])
@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("/client-policies/policies", "pkce_required"),
        ("/client-policies/profiles", "pkce_required"),
        ("/admin/realms/{}", "authorization_signed_response_alg"),
    ],
)
def test_a_side_read_that_fails_is_told_by_the_facts_that_rest_on_it(
    server: KeycloakServer, keycloak: Keycloak, path: str, fact: str, reply: tuple[int, bytes]
) -> None:
    keycloak.add("unsigned", standardFlowEnabled=True, defaultClientScopes=["payments"])
    server.faults[path.format(keycloak.realm)] = reply
    connector = connect(server, keycloak)
    apps = read(connector)
    assert apps.keys() == oauth_clients(keycloak)
    assert connector.missing == []
    unseen = facts(apps["unsigned"])[fact]
    assert isinstance(unseen, NotObserved)
    assert unseen.reason is Reason.FAILED
    assert "could not be read" in unseen.detail


def test_a_server_without_the_feature_has_no_policy_that_acts(server: KeycloakServer, keycloak: Keycloak) -> None:
    server.faults["/client-policies/policies"] = (501, b'{"error": "Feature not enabled"}')
    keycloak.add("taker", directAccessGrantsEnabled=True, defaultClientScopes=["payments"])
    app = read(connect(server, keycloak))["taker"]
    assert (facts(app)["pkce_required"], facts(app)["direct_access_grants"]) == (False, True)
    assert source_of(app, "pkce_required")[0] is Rung.DECLARED


def test_keys_that_cannot_be_read_are_told_by_their_fact(server: KeycloakServer, keycloak: Keycloak) -> None:
    server.faults["/certs"] = HTML
    (shown,) = connect(server, keycloak).authorization_servers()
    assert shown.observed.not_observed["jwks"].reason is Reason.FAILED


@pytest.mark.parametrize("reply", [HTML, CUT_OFF, (200, b"{}"), BROKEN], ids=["html", "cut off", "no list", "500"])
def test_a_listing_that_breaks_off_is_an_error(
    server: KeycloakServer, keycloak: Keycloak, reply: tuple[int, bytes]
) -> None:
    connector = connect(server, keycloak)
    list(connector.authorization_servers())
    pages = connector.apps()
    next(pages)
    server.faults["/clients"] = reply
    with pytest.raises(ProtocolError, match="/clients"):
        list(pages)


@pytest.mark.parametrize("reply", [HTML, CUT_OFF, NO_OBJECT, BROKEN, (403, b"{}"), (401, b"{}")])
def test_metadata_that_cannot_be_read_is_an_error(
    server: KeycloakServer, keycloak: Keycloak, reply: tuple[int, bytes]
) -> None:
    server.faults["/openid-configuration"] = reply
    with pytest.raises(ProtocolError, match="openid-configuration"):
        connect(server, keycloak).check()


@pytest.mark.parametrize(
    "members",
    [{}, {"access_token": None}, {"access_token": 7}, {"access_token": ""}, {"access_token": ["x"], "expires_in": 1}],
)
def test_an_answer_without_a_token_is_an_error(
    server: KeycloakServer, keycloak: Keycloak, members: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "post", lambda *_: (200, json.dumps(members).encode()))
    with pytest.raises(ProtocolError, match="gave no access token"):
        connect(server, keycloak).check()


@pytest.mark.parametrize("lifetime", [None, "300", -1, 0, 1e300, 10**900, [300]])
def test_an_absurd_lifetime_of_a_token_does_no_harm(
    server: KeycloakServer, keycloak: Keycloak, lifetime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = server.post

    def post(*asked: Any) -> tuple[int, bytes]:
        status, body = right(*asked)
        return status, json.dumps(json.loads(body) | {"expires_in": lifetime}).encode()

    monkeypatch.setattr(server, "post", post)
    assert connect(server, keycloak).check() == ()
    assert [method for method, _ in server.requests].count("POST") == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [((403, b"{}"), Reason.DENIED), ((404, b"{}"), Reason.FAILED), (BROKEN, Reason.FAILED), (HTML, Reason.FAILED)],
)
def test_roles_that_cannot_be_read_leave_their_condition_open(reply: tuple[int, bytes], reason: Reason) -> None:
    asked = policy(under("client-roles", roles=["checkout-user"]), "pkce-enforcer")
    policies = Policies(tuple(asked["clientPolicies"]["policies"]), tuple(asked["clientProfiles"]["profiles"]))
    keycloak = Keycloak(Organisation(4, 30), policies)
    with KeycloakServer(keycloak) as server:
        apps = read(connect(server, keycloak))
        assert facts(apps["checkout"])["pkce_required"] is True
        server.faults["/roles"] = reply
        broken = read(connect(server, keycloak))
    unseen = facts(broken["checkout"])["pkce_required"]
    assert isinstance(unseen, NotObserved)
    assert unseen.reason is reason
    assert "roles of the client" in unseen.detail


def test_a_client_of_whom_only_the_name_is_shown_is_not_judged(server: KeycloakServer, keycloak: Keycloak) -> None:
    stub = {name: keycloak.record("checkout")[name] for name in ("id", "clientId", "description")}
    server.faults["/clients"] = (200, json.dumps([stub]).encode())
    found = facts(read(connect(server, keycloak))["checkout"])
    assert found["client_id"] == "checkout"
    for fact in ("client_type", "redirect_uris", "pkce_required", "full_scope_allowed", "logo_uri", "platform_client"):
        assert isinstance(found[fact], NotObserved), fact
        assert found[fact].reason is Reason.DENIED


# What a person enters


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"base_url": ""}, "base_url"),
        ({"base_url": "keycloak.example"}, "base_url"),
        ({"base_url": "https://id.example/realms/acme"}, "base_url"),
        ({"base_url": "https://id.example/auth/admin"}, "base_url"),
        ({"realm": "  "}, "realm"),
        ({"client_secret": ""}, "client_secret"),
    ],
)
def test_a_wrong_setting_is_named(
    server: KeycloakServer, keycloak: Keycloak, changed: dict[str, str], setting: str
) -> None:
    with pytest.raises(SettingError) as refused:
        connect(server, keycloak, **changed)
    assert refused.value.setting == setting


def test_what_the_server_does_not_know_is_told_with_what_to_do(server: KeycloakServer, keycloak: Keycloak) -> None:
    with pytest.raises(AuthenticationError, match="Check client id and secret") as refused:
        connect(server, keycloak, client_secret="not-it").check()
    assert "not-it" not in str(refused.value)
    with pytest.raises(ConnectorError, match="There is no realm"):
        connect(server, keycloak, realm="nowhere").check()
    server.faults["/openid-configuration"] = HTML
    with pytest.raises(ConnectorError, match="must be that of Keycloak itself"):
        connect(server, keycloak).check()


def test_a_realm_may_have_any_name() -> None:
    keycloak = Keycloak(Organisation(4, 3), NONE)
    keycloak.realm = "café & Söhne/1?x"
    with KeycloakServer(keycloak) as server:
        connector = connect(server, keycloak)
        assert read(connector).keys() == oauth_clients(keycloak)
        (shown,) = connector.authorization_servers()
    assert shown.issuer.startswith(server.url)
