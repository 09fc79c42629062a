"""Real realm files: the facts give the counts that were made independently of this code."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from connectors.base import App, Record, Source
from connectors.facts import Facts, Json, NotObserved
from connectors.files import open_export, read_json
from connectors.keycloak.export import is_oauth_client, read_export
from connectors.keycloak.version import read_version
from tests.connectors.contract import facts, keeps_the_vocabulary, read_all

REALMS = Path(__file__).parents[3] / "../shared/data/realms"
EXPECTED = REALMS / "EXPECTED.csv"
COMPLETE = {
    "bearerOnly", "consentRequired", "standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled",
    "serviceAccountsEnabled", "publicClient", "fullScopeAllowed", "redirectUris", "webOrigins",
}  # fmt: skip
SCOPES = {"defaultClientScopes", "optionalClientScopes"}
READ_AS_TEXT = {("kc-client-testrealm.json", "full_scope_on"): -1, ("TOTAL", "full_scope_on"): -1}
"""A client whose "fullScopeAllowed" is the text "false". Keycloak reads it by Jackson, which takes the words true and
false for the values, so full scope is off; the count took any text as true."""
TOTAL = "TOTAL"

pytestmark = pytest.mark.skipif(not EXPECTED.exists(), reason="the realm files are not there")


def lines() -> list[dict[str, str]]:
    if not EXPECTED.exists():
        return []
    with EXPECTED.open() as opened:
        return list(csv.DictReader(opened))


FILES = [line["file"] for line in lines() if line["file"] != TOTAL]


@cache
def mapped(file: str) -> list[tuple[Record, App]]:
    """Each OAuth client of a file, as kept and as mapped."""
    connector = open_export(REALMS / file)
    list(connector.authorization_servers())
    return [(record, connector.map_app(record, page.source)) for page in connector.apps() for record in page.records]


@cache
def counted(file: str) -> Counter[str]:
    """What EXPECTED.csv counts: of OAuth clients by our facts, of the others in the file itself."""
    document: Json = read_json(REALMS / file)
    others = [client for client in document["clients"] if not is_oauth_client(client)]
    found = Counter(
        clients=len(document["clients"]),
        openid_connect=len(mapped(file)),
        saml=len(others),
        records_complete=sum(client.keys() >= COMPLETE for client in others),
    )
    for record, app in mapped(file):
        found.update(name for name, yes in columns(record, facts(app)).items() if yes)
    return found


def columns(record: Record, fact: Facts) -> dict[str, bool]:
    return {
        "built_in": fact["platform_client"],
        "records_complete": record.keys() >= COMPLETE,
        fact["client_type"].replace("resource_server", "bearer_only"): True,
        **({} if fact["client_type"] == "resource_server" else flow_columns(record, fact)),
    }


def flow_columns(record: Record, fact: Facts) -> dict[str, bool]:
    """Columns that leave bearer-only clients out."""
    application, grants, uris = fact["application_type"], fact["grant_types"], fact["redirect_uris"]
    front = "authorization_code" in grants or fact["implicit_flow"]
    wildcard = any(uri.endswith("*") and "?" not in uri for uri in uris)
    required, methods = fact["pkce_required"], fact["code_challenge_methods"]
    return {
        "type_unknown" if isinstance(application, NotObserved) else f"type_{application}": True,
        "front_channel": front,
        "front_channel_no_uri": front and not uris,
        "redirect_wildcard": wildcard,
        "redirect_wildcard_front": front and wildcard,
        "redirect_relative": any(uri.startswith("/") for uri in uris),
        "pkce_s256_required": required and methods == ["S256"],
        "pkce_plain_required": required and methods == ["plain"],
        "pkce_not_required": front and required is False,
        "implicit_on": fact["implicit_flow"],
        "ropc_on": fact["direct_access_grants"],
        "service_accounts_on": "client_credentials" in grants,
        "full_scope_on": fact["full_scope_allowed"],
        "web_origins_plus": "+" in record.get("webOrigins", []),
        "web_origins_star": "*" in fact["web_origins"],
        "standard_flow_missing": "standardFlowEnabled" not in record,
    }


@pytest.mark.parametrize("line", lines(), ids=lambda line: line["file"])
def test_every_count_of_a_real_file(line: dict[str, str]) -> None:
    found = sum((counted(file) for file in FILES), Counter()) if line["file"] == TOTAL else counted(line["file"])
    told_in_words = {"file", "realm", "keycloak_version", "policies_in_file"}
    wanted = {
        name: int(count) + READ_AS_TEXT.get((line["file"], name), 0)
        for name, count in line.items()
        if name not in told_in_words
    }
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("line", [line for line in lines() if line["file"] != TOTAL], ids=lambda line: line["file"])
def test_realm_version_and_policies_of_a_real_file(line: dict[str, str]) -> None:
    (read,) = read_export(read_json(REALMS / line["file"]), Source(line["file"], datetime.now(UTC)))
    assert read.realm.name == line["realm"]
    assert read.realm.version == read_version(line["keycloak_version"])
    assert (read.realm.version is None) == (not line["keycloak_version"])
    policies = read.realm.policies
    assert (policies.enabled, policies.unread) == ((), None)
    assert policies.assumed == (line["policies_in_file"] == "no")


@pytest.mark.parametrize("file", FILES)
def test_a_real_file_keeps_the_vocabulary(file: str) -> None:
    connector = open_export(REALMS / file)
    servers, _, apps = read_all(connector)
    keeps_the_vocabulary(connector, servers, apps)
    for app in apps:
        unseen = {name: why for name, why in app.observed.not_observed.items() if name != "application_type"}
        assert unseen.keys() <= {"scope"}, "only a file that names no scopes of the realm leaves anything open"


@pytest.mark.parametrize("file", FILES)
def test_import_defaults_are_said_of_incomplete_records_alone(file: str) -> None:
    for record, app in mapped(file):
        defaults = [name for source, name in sources(app) if "the client lacks a member" in source]
        if record.keys() >= COMPLETE | SCOPES:
            assert not defaults
        elif not record.keys() >= COMPLETE and not record.get("bearerOnly"):
            assert defaults


def sources(app: App) -> Iterator[tuple[str, str]]:
    return ((reading.source.url, name) for reading in app.observed.readings for name in reading.facts)
