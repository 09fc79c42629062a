"""Any issuer: its metadata and keys, clients by RFC 7592, and client metadata from files."""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.base import App
from connectors.errors import ConnectorError, FileError, ProtocolError, SettingError
from connectors.facts import Facts, Json, NotObserved, Reason, Rung
from connectors.oidc.connector import OidcConnector
from connectors.oidc.live import PUBLIC_KEYS, REGISTRATION_TOKEN, well_known
from tests.connectors.contract import facts, keeps_the_vocabulary, read_all
from tests.connectors.provider import Provider, Reply, serve

FLAGS = (
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
)
SUFFIX = "/.well-known/openid-configuration"
INSERTION = "/.well-known/oauth-authorization-server"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serve() as running:
        yield running


def opened(document: Json) -> OidcConnector:
    connector = OidcConnector.open_file(document, "export.json")
    assert connector
    return connector


def only_app(connector: OidcConnector) -> App:
    servers, _, (app,) = read_all(connector)
    keeps_the_vocabulary(connector, servers, [app])
    return app


def from_file(document: Json) -> Facts:
    return facts(only_app(opened(document)))


def rung_of(app: App, fact: str) -> Rung:
    (rung,) = (reading.rung for reading in app.observed.readings if fact in reading.facts)
    return rung


def serve_metadata(provider: Provider, path: str = "", **members: Json) -> str:
    issuer = provider.url + path
    document = {"issuer": issuer, "token_endpoint": f"{issuer}/token", "jwks_uri": f"{provider.url}/jwks"}
    provider.routes[path.rstrip("/") + SUFFIX] = Reply(document | members)
    provider.routes["/jwks"] = Reply({"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "d": "s3cret"}]})
    return issuer


def connected(issuer: str, *clients: str) -> OidcConnector:
    return OidcConnector.connect({"issuer": issuer, "clients": "\n".join(clients)}, allow_private=True)


# --- The server, live


def test_metadata_and_keys_are_read(provider: Provider) -> None:
    connector = connected(serve_metadata(provider, code_challenge_methods_supported=["S256"]))
    servers, pages, apps = read_all(connector)
    (server,) = servers
    keeps_the_vocabulary(connector, servers, apps)
    known = facts(server)
    assert known["code_challenge_methods_supported"] == ["S256"]
    assert known["issuer_verified"] is True
    assert known["jwks"] == {"keys": [{"kty": "EC", "crv": "P-256", "kid": "1"}]}
    assert server.record["jwks"]["keys"][0]["private_members"] == ["d"]
    assert "s3cret" not in repr(server)
    assert (pages, connector.lists_apps, connector.requests) == ([], False, 2)


def test_the_places_of_metadata_are_tried_in_order(provider: Provider) -> None:
    issuer = serve_metadata(provider, "/tenant")
    document = provider.routes.pop("/tenant" + SUFFIX)
    provider.routes[SUFFIX + "/tenant"] = document
    list(connected(issuer).authorization_servers())
    assert provider.paths()[:3] == ["/tenant" + SUFFIX, INSERTION + "/tenant", SUFFIX + "/tenant"]
    assert well_known("https://as.example/") == (f"https://as.example{SUFFIX}", f"https://as.example{INSERTION}")


@pytest.mark.parametrize("change", [lambda issuer: issuer + "/", lambda _: "https://other.example", lambda _: None])
def test_metadata_of_another_issuer_is_discarded(provider: Provider, change: Any) -> None:
    issuer = serve_metadata(provider)
    found = change(issuer)
    serve_metadata(provider, issuer=found)
    with pytest.raises(ProtocolError, match="byte for byte") as refusal:
        list(connected(issuer).authorization_servers())
    assert repr(issuer) in str(refusal.value)
    assert found is None or repr(found) in str(refusal.value)


def test_no_metadata_at_all_is_said(provider: Provider) -> None:
    with pytest.raises(ProtocolError, match="no metadata"):
        connected(provider.url).check()


@pytest.mark.parametrize(
    ("reply", "reason", "missing"),
    [(Reply(status=403), Reason.DENIED, [PUBLIC_KEYS]), (Reply(b"<html>"), Reason.FAILED, [])],
)
def test_keys_that_cannot_be_read_hide_nothing_else(
    provider: Provider, reply: Reply, reason: Reason, missing: list[Any]
) -> None:
    connector = connected(serve_metadata(provider))
    provider.routes["/jwks"] = reply
    (server,) = connector.authorization_servers()
    known = facts(server)
    assert (known["jwks"].reason, known["issuer_verified"], connector.missing) == (reason, True, missing)


# --- Clients, live


def test_one_refused_client_does_not_hide_the_others(provider: Provider) -> None:
    issuer = serve_metadata(provider, pushed_authorization_request_endpoint="https://as.example/par")
    provider.routes["/reg/good"] = Reply({"client_id": "good", "redirect_uris": ["https://a.example/cb"]})
    provider.routes["/reg/other"] = Reply({"client_id": "somebody-else"})
    provider.routes["/reg/denied"] = Reply(status=401)
    names = ("good", "denied", "gone", "other")
    connector = connected(issuer, *(f"{name} {provider.url}/reg/{name} t0ken-{name}" for name in names))
    servers, pages, apps = read_all(connector)
    keeps_the_vocabulary(connector, servers, apps)
    known = {app.client_id: facts(app) for app in apps}
    assert list(known) == list(names)
    assert known["good"]["redirect_uris"] == ["https://a.example/cb"]
    assert known["good"]["require_pushed_authorization_requests"] is None, "the server knows the flag: it is off"
    assert known["good"]["dpop_bound_access_tokens"].reason is Reason.NOT_RETURNED
    reasons = {name: known[name]["redirect_uris"].reason for name in names[1:]}
    assert reasons == {"denied": Reason.DENIED, "gone": Reason.FAILED, "other": Reason.FAILED}
    assert connector.missing == [REGISTRATION_TOKEN] == list(connector.check())
    assert apps[0].issuer == issuer
    assert ("/reg/good", "Bearer t0ken-good") in [(path, asked.get("Authorization")) for path, asked in provider.asked]
    assert "t0ken" not in repr((servers, pages, apps))


def test_web_that_a_server_echoes_for_a_native_app_proves_nothing(provider: Provider) -> None:
    client = {"client_id": "a", "application_type": "web", "token_endpoint_auth_method": "none"}
    provider.routes["/reg"] = Reply({**client, "redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"]})
    app = only_app(connected(serve_metadata(provider), f"a {provider.url}/reg t"))
    assert facts(app)["application_type"].reason is Reason.UNCLASSIFIED


@pytest.mark.parametrize("line", ["a https://as.example/reg", "a ftp://as.example/reg t0ken", "a b t0ken d"])
def test_a_line_that_is_no_client_is_named_and_not_shown(line: str) -> None:
    with pytest.raises(SettingError, match="Line 2") as refusal:
        connected("https://as.example", "", line)
    assert refusal.value.setting == "clients"
    assert "t0ken" not in str(refusal.value)


@pytest.mark.parametrize("issuer", ["", "as.example", "https://as.example?x=1", "https://u:p@as.example"])
def test_an_issuer_that_cannot_be_asked_is_refused(issuer: str) -> None:
    with pytest.raises(SettingError) as refusal:
        connected(issuer)
    assert refusal.value.setting == "issuer"


# --- Client metadata from files


def test_what_a_missing_member_means_in_a_file() -> None:
    seen = from_file({"client_id": "a"})
    absent = {name for name, value in seen.items() if getattr(value, "reason", None) is Reason.ABSENT_IN_FILE}
    assert absent == {*FLAGS, "redirect_uris", "application_type", "created_at"}
    none = ("grant_types", "response_types", "token_endpoint_auth_method", "client_type", "platform_client")
    assert [seen[name] for name in none] == [None] * len(none)
    switches = ("redirect_wildcards_allowed", "redirect_uri_expressions", "implicit_flow", "direct_access_grants")
    assert [seen[name] for name in switches] == [None] * len(switches)
    assert seen["pkce_required"].reason is Reason.NOT_PROBED
    assert "iss_excluded" not in seen


def test_what_a_file_sends_as_null_is_missing() -> None:
    missing = from_file({"client_id": "a"})
    assert from_file({"client_id": "a", **dict.fromkeys(missing.keys() - {"client_id", "platform_client"})}) == missing


def test_members_are_read_as_they_stand() -> None:
    members = {
        "grant_types": [],
        "application_type": "spa",
        "redirect_uris": ["https://a.example/*"],
        "dpop_bound_access_tokens": False,
        "request_object_signing_alg": "none",
        "client_id_issued_at": 1741680000,
    }
    seen = from_file({"client_id": "a", "client_name#fr": "Livre", "token_endpoint_auth_method": "none", **members})
    assert {name: seen[name] for name in members} == members
    assert (seen["client_name"], seen["client_type"]) == ("Livre", "public")
    assert seen["created_at"] == "2025-03-11T08:00:00Z"


def test_words_of_our_own_are_attested_by_a_file() -> None:
    stated = {"pkce_required": True, "code_challenge_methods": ["S256"], "client_type": "public"}
    app = only_app(opened({"client_id": "a", "platform_client": False, **stated}))
    assert {name: facts(app)[name] for name in stated} == stated
    assert {rung_of(app, name) for name in (*stated, "platform_client")} == {Rung.ATTESTED}
    assert rung_of(app, "grant_types") is Rung.DECLARED


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("redirect_uris", {"a": 1}),
        ("redirect_uris", [1]),
        ("dpop_bound_access_tokens", "s3cret"),
        ("client_id_issued_at", True),
        ("application_type", "toaster"),
        ("client_type", "s3cret-agent"),
        ("pkce_required", "yes"),
        ("jwks", {"keys": "s3cret"}),
        ("jwks", [1]),
        ("client_id", 5),
    ],
)
def test_a_member_of_the_wrong_type_is_a_fact_that_failed(member: str, value: Json) -> None:
    connector = opened({"client_id": "a", "redirect_uris": [], member: value})
    app = only_app(connector)
    assert facts(app)[member].reason is Reason.FAILED
    assert app.client_id == ("#1" if member == "client_id" else "a")
    (page,) = connector.apps()
    if member != "client_type":
        assert "s3cret" not in repr((page, app))


def test_position_stands_for_an_id_that_is_missing_or_taken() -> None:
    documents = [{"client_id": "a"}, {"client_name": "b"}, {"client_id": "a"}, {"client_id": ""}, {"client_id": "a#3"}]
    for document in (documents, {"clients": documents}):
        _, _, apps = read_all(opened(document))
        assert [app.client_id for app in apps] == ["a", "#2", "a#3", "#4", "a#3#5"]
        assert facts(apps[1])["client_id"].reason is Reason.ABSENT_IN_FILE


def test_clients_of_a_file_hang_on_a_server_that_is_not_known() -> None:
    connector = opened([{"client_id": "a"}])
    (server,), _, (app,) = read_all(connector)
    keeps_the_vocabulary(connector, [server], [app])
    assert (server.issuer, app.issuer, connector.lists_apps) == ("", "", True)
    assert {unseen.reason for unseen in facts(server).values()} == {Reason.ABSENT_IN_FILE}


@pytest.mark.parametrize("document", [None, 5, [], {}, [[]], {"clients": 5}, {"realm": "a", "clients": []}])
def test_what_is_of_others_is_left_to_them(document: Json) -> None:
    assert OidcConnector.open_file(document, "x") is None


def test_a_list_that_holds_something_else_names_the_place() -> None:
    with pytest.raises(FileError, match=r"clients\[1\]"):
        opened({"clients": [{"client_id": "a"}, None]})


def test_passwords_in_addresses_are_masked() -> None:
    with_password = "https://user:s3cret@app.example/x"
    masked = with_password.replace("s3cret", "xxxxx")
    links = ("client_uri", "client_uri#fr", "logo_uri", "tos_uri", "policy_uri", "jwks_uri")
    lists = ("redirect_uris", "post_logout_redirect_uris")
    document = {**dict.fromkeys(links, with_password), **{name: [with_password, "*"] for name in lists}}
    document |= {"request_uris": f"{with_password} {with_password}", "client_id": "https://user:s3cret@app.example"}
    seen = from_file(document)
    assert [seen[name] for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks_uri")] == [masked] * 5
    assert seen["redirect_uris"] == seen["post_logout_redirect_uris"] == [masked, "*"]
    assert seen["request_uris"] == [masked, masked]
    assert seen["client_id"] == document["client_id"], "an identifier stays what it is"
    (page,) = opened({"client_id": "a", "client_uri#fr": with_password}).apps()
    assert "s3cret" not in repr(page)
    server = {"issuer": with_password, "token_endpoint": with_password, "mtls_endpoint_aliases": {"a": with_password}}
    server |= {"protected_resources": [with_password], "jwks": {"keys": [{"kty": "RSA", "x5u": with_password}]}}
    (found,) = opened(server).authorization_servers()
    assert found.issuer == masked
    assert "s3cret" not in repr(found)


# --- Credentials


def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    signed = made.not_valid_after(datetime(2030, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.DER)).decode()


def test_keys_certificates_and_secrets_are_credentials_without_their_values() -> None:
    modulus = base64.urlsafe_b64encode(b"\x80" + b"\0" * 127).decode().rstrip("=")
    keys = [{"kty": "RSA", "kid": "1", "n": modulus, "e": "AQAB"}, {"kty": "EC", "x5c": [certificate()]}, {"kty": "EC"}]
    app = only_app(
        opened({"client_id": "a", "client_secret": "s3cret", "client_secret_expires_at": 0, "jwks": {"keys": keys}})
    )
    told = [(one["credential_type"], one["key_size"], one["expires_at"]) for one in app.credentials]
    assert told == [
        ("secret", None, None),
        ("key", 1024, None),
        ("certificate", None, "2030-01-01T00:00:00Z"),
        ("key", None, None),
    ]


def test_a_certificate_of_no_known_version_is_one_that_cannot_be_read() -> None:
    der = base64.b64decode(certificate()).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05", 1)
    keys = {"keys": [{"kty": "EC", "x5c": [base64.b64encode(der).decode()]}]}
    (found,) = only_app(opened({"client_id": "a", "jwks": keys})).credentials
    assert found["expires_at"].reason is Reason.FAILED


def test_an_instant_beyond_all_bounds_is_none() -> None:
    assert from_file({"client_id": "a", "client_id_issued_at": 10**20})["created_at"].reason is Reason.FAILED


@pytest.mark.parametrize("members", [{"client_secret": ""}, {"client_secret_expires_at": 0}])
def test_no_secret_is_made_up(members: dict[str, Json]) -> None:
    assert only_app(opened({"client_id": "a", **members})).credentials == ()


# --- No secret anywhere


def planted(name: str) -> str:
    return f"PLANTED-{name}"


def test_no_secret_is_kept_or_told(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    private = {name: planted(name) for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k")}
    client = {
        "client_id": "a",
        "client_secret": planted("client_secret"),
        "registration_access_token": planted("registration_access_token"),
        "software_statement": planted("software_statement"),
        "unknown": {"deep": planted("unknown")},
        "logo_uri": {"password": planted("logo_uri")},
        "policy_uri": f"https://user:{planted('policy_uri')}@ledger.example",
        "dpop_bound_access_tokens": planted("dpop"),
        "jwks": {"keys": [{"kty": "RSA", "kid": 5, **private}]},
    }
    server: dict[str, Json] = {
        "signed_metadata": planted("signed_metadata"),
        "revocation_endpoint": f"https://user:{planted('revocation')}@as.example/revoke",
        "scopes_supported": {"a": planted("scopes")},
    }
    provider.routes["/reg"] = Reply(client)
    issuer = serve_metadata(provider, **server)
    provider.routes["/jwks"] = Reply({"keys": [{"kty": "RSA", **private}]})
    lines = [f"{name} {provider.url}{path} {planted('token')}" for name, path in (("a", "/reg"), ("b", "/gone"))]
    for connector in (connected(issuer, *lines), opened(client), opened({"issuer": "https://a.example", **server})):
        found = read_all(connector)
        assert "PLANTED" not in repr(found) + json.dumps(connector.basis())
    assert "PLANTED" not in caplog.text


def test_an_app_is_told_by_its_record_and_the_basis_alone(provider: Provider) -> None:
    provider.routes["/reg"] = Reply({"client_id": "a"})
    connector = connected(serve_metadata(provider, subject_types_supported=["public"]), f"a {provider.url}/reg t")
    list(connector.authorization_servers())
    (page,) = connector.apps()
    again = json.loads(json.dumps(page.records[0]))
    assert connector.map_app(again, page.source) == connector.map_app(page.records[0], page.source)
    assert facts(connector.map_app(again, page.source))["application_type"] is None
    assert not isinstance(connector.basis()[2], NotObserved)


def test_a_tenant_that_allows_no_private_addresses_reaches_none(provider: Provider) -> None:
    connector = OidcConnector.connect({"issuer": provider.url})
    with pytest.raises(ConnectorError, match="private or loopback"):
        connector.check()
    assert provider.asked == []
