"""Real realm files: the facts give the counts that were made independently of this code."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from connectors.base import Connector, Record
from connectors.facts import Facts, NotObserved
from connectors.files import open_export
from tests.connectors.contract import facts

REALMS = Path(__file__).parents[3] / "../shared/data/realms"
EXPECTED = REALMS / "EXPECTED.csv"
COMPLETE = {
    "bearerOnly", "consentRequired", "standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled",
    "serviceAccountsEnabled", "publicClient", "fullScopeAllowed", "redirectUris", "webOrigins",
}  # fmt: skip
READ_AS_TEXT = {"kc-client-testrealm.json": {"full_scope_on": -1}}
"""A client whose "fullScopeAllowed" is the text "false": Keycloak reads it as false, the count took it as true."""


def expected() -> list[dict[str, str]]:
    if not EXPECTED.exists():
        return []
    with EXPECTED.open() as lines:
        return [line for line in csv.DictReader(lines) if line["file"] != "TOTAL"]


def counted(connector: Connector) -> Counter[str]:
    found: Counter[str] = Counter()
    list(connector.authorization_servers())
    for page in connector.apps():
        for record in page.records:
            app = connector.map_app(record, page.source)
            found.update(name for name, yes in columns(record, facts(app)).items() if yes)
    found["saml"] = connector.skipped
    found["clients"] = found["openid_connect"] + connector.skipped
    return found


def columns(record: Record, fact: Facts) -> dict[str, bool]:
    kind, grants = fact["client_type"], fact["grant_types"]
    bearer = kind == "resource_server"
    uris = fact["redirect_uris"]
    front = not bearer and ("authorization_code" in grants or fact["implicit_flow"])
    pattern = any(uri.endswith("*") and "?" not in uri for uri in uris)
    application = None if bearer else fact["application_type"]
    application = "unknown" if isinstance(application, NotObserved) else application
    return {
        "openid_connect": True,
        kind.replace("resource_server", "bearer_only"): True,
        f"type_{application}": True,
        "front_channel": front,
        "front_channel_no_uri": front and not uris,
        "redirect_wildcard": not bearer and pattern,
        "redirect_wildcard_front": front and pattern,
        "redirect_relative": not bearer and any(uri.startswith("/") for uri in uris),
        "pkce_s256_required": bool(fact["pkce_required"]) and fact["code_challenge_methods"] == ["S256"],
        "pkce_plain_required": bool(fact["pkce_required"]) and fact["code_challenge_methods"] == ["plain"],
        "pkce_not_required": front and fact["pkce_required"] is False,
        "implicit_on": fact["implicit_flow"],
        "ropc_on": fact["direct_access_grants"],
        "service_accounts_on": "client_credentials" in grants,
        "full_scope_on": not bearer and fact["full_scope_allowed"],
        "web_origins_plus": not bearer and "+" in record.get("webOrigins", []),
        "web_origins_star": not bearer and "*" in fact["web_origins"],
        "standard_flow_missing": not bearer and "standardFlowEnabled" not in record,
    }


@pytest.mark.skipif(not EXPECTED.exists(), reason="the realm files are not there")
@pytest.mark.parametrize("line", expected(), ids=lambda line: line["file"])
def test_counts_of_a_real_file(line: dict[str, str]) -> None:
    found = counted(open_export(REALMS / line["file"]))
    apart = {"file", "realm", "keycloak_version", "policies_in_file", "records_complete", "built_in"}
    wanted = {name: int(count) for name, count in line.items() if name not in apart}
    for name, difference in READ_AS_TEXT.get(line["file"], {}).items():
        wanted[name] += difference
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.skipif(not EXPECTED.exists(), reason="the realm files are not there")
@pytest.mark.parametrize("line", expected(), ids=lambda line: line["file"])
def test_built_in_clients_and_complete_records_of_a_real_file(line: dict[str, str]) -> None:
    connector = open_export(REALMS / line["file"])
    (server,) = connector.authorization_servers()
    pages = list(connector.apps())
    mapped = [(record, connector.map_app(record, page.source)) for page in pages for record in page.records]
    assert server.issuer.endswith(f"/realms/{line['realm']}")
    assert sum(facts(app)["platform_client"] for _, app in mapped) == int(line["built_in"])
    if not connector.skipped:
        assert sum(record.keys() >= COMPLETE for record, _ in mapped) == int(line["records_complete"])
    whole = COMPLETE | {"defaultClientScopes", "optionalClientScopes"}
    for record, app in mapped:
        if any("lacks a member" in reading.source.url for reading in app.observed.readings):
            assert not record.keys() >= whole
