"""The REST API over a real scan of a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from connectors.files import open_export
from inventory import leases, tenants
from inventory.models import App, Sync, Tenant
from posture import catalogue, scan, shown

pytestmark = pytest.mark.django_db

API = "/api/v1/"


@pytest.fixture
def tenant(db: None, tmp_path: Path) -> Tenant:
    """A scanned file of three clients, one of them with the implicit flow."""
    sound = {
        "redirect_uris": ["https://app.example.com/cb"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "application_type": "web",
    }
    path = tmp_path / "clients.json"
    kinds = (["code"], ["token"], ["code"])
    path.write_text(
        json.dumps([{"client_id": f"app-{n}", "response_types": kind, **sound} for n, kind in enumerate(kinds)])
    )
    connector = open_export(path)
    found = tenants.for_file(path, connector.kind)
    scan.run(leases.request_sync(found).pk, connector)
    return found


@pytest.fixture
def client(db: None) -> APIClient:
    found = APIClient()
    found.force_authenticate(User.objects.create_user("ada"))
    return found


def results(client: APIClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(API + address)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


LISTS = ("tenants/", "syncs/", "apps/", "authorization-servers/", "controls/", "coverage/", "gaps/")


@pytest.mark.parametrize("address", [*LISTS, "evidence/", "schema/"])
def test_nobody_reads_without_logging_in(address: str) -> None:
    assert APIClient().get(API + address).status_code == 401


@pytest.mark.parametrize("address", LISTS)
def test_lists_answer_and_refuse_what_they_would_pass_over(client: APIClient, tenant: Tenant, address: str) -> None:
    assert isinstance(results(client, address), list)
    assert client.get(f"{API}{address}?nonsense=1").status_code == 400
    assert client.post(API + address, {}).status_code in {403, 405}


@pytest.mark.parametrize(
    "query", ["outcome=nonsense", "tenant=x", "tenant=", "outcome=fail&outcome=pass", "control=X-1", "limit=501"]
)
def test_a_filter_that_means_nothing_is_an_error(client: APIClient, tenant: Tenant, query: str) -> None:
    assert client.get(f"{API}apps/?{query}").status_code == 400


def test_pages_hold_every_app_once(client: APIClient, tenant: Tenant) -> None:
    seen, address = [], f"{API}apps/?limit=2"
    while address:
        page = client.get(address).json()
        seen += [app["client_id"] for app in page["results"]]
        address = page["next"]
    assert seen == ["app-0", "app-1", "app-2"]


def test_apps_are_narrowed_by_verdict(client: APIClient, tenant: Tenant) -> None:
    assert [app["client_id"] for app in results(client, "apps/?control=RSP-03&outcome=fail")] == ["app-1"]
    assert [app["client_id"] for app in results(client, "apps/?control=RSP-03&outcome=pass")] == ["app-0", "app-2"]
    assert results(client, "apps/?ended=true") == []
    assert len(results(client, "apps/?changed_since=2020-01-01T00:00:00Z")) == 3
    assert results(client, "apps/?changed_since=2999-01-01T00:00:00Z") == []


def test_an_app_has_its_facts_and_every_verdict(client: APIClient, tenant: Tenant) -> None:
    app = App.objects.get(client_id="app-1")
    found = client.get(f"{API}apps/{app.pk}/").json()
    assert set(found["verdicts"]) == set(catalogue.by_id())
    assert found["verdicts"] == {one.control.id: one.to_json() for one in shown.verdicts_of(app)}
    assert found["facts"]["response_types"]["value"] == ["token"]
    assert found["facts"]["response_types"]["source"]
    assert "not_observed" in found["facts"]["environment"]


def test_counts_are_those_of_the_last_scan(client: APIClient, tenant: Tenant) -> None:
    counts = results(client, f"coverage/?tenant={tenant.pk}&control=RSP-03")
    assert {one["outcome"]: one["count"] for one in counts} == {"pass": 2, "fail": 1}
    assert results(client, "coverage/?sync=999999") == []
    assert sum(one["count"] for one in results(client, "gaps/?fact=redirect_uris&seen=true")) == 3


def test_only_staff_asks_for_a_scan(client: APIClient, db: None) -> None:
    settings = {"base_url": "https://sso.example.com", "realm": "r", "client_id": "c", "client_secret": "s"}
    live = tenants.create("keycloak", tenants.Details(name="Live", settings=settings))
    assert client.post(f"{API}tenants/{live.pk}/scan/").status_code == 403
    assert not Sync.objects.exists()
    client.force_authenticate(User.objects.create_user("root", is_staff=True))
    first = client.post(f"{API}tenants/{live.pk}/scan/")
    assert first.status_code == 202
    again = client.post(f"{API}tenants/{live.pk}/scan/")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert "client_secret" not in client.get(f"{API}tenants/{live.pk}/").json()["settings"]


def test_the_evidence_is_sealed_by_its_manifest(client: APIClient, tenant: Tenant, db: None) -> None:
    answer = client.get(f"{API}evidence/?tenant=999999")
    assert answer.status_code == 400
    answer = client.get(f"{API}evidence/", HTTP_ACCEPT="application/x-ndjson")
    assert answer["Content-Type"] == "application/x-ndjson"
    lines = b"".join(answer.streaming_content).splitlines(keepends=True)
    manifest = json.loads(lines[-1])
    assert manifest["type"] == "manifest"
    assert manifest["lines"] == len(lines) - 1
    assert manifest["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()


def test_the_description_is_valid_openapi(client: APIClient) -> None:
    found = client.get(f"{API}schema/?format=json").json()
    validate(found)
    assert {f"/api/v1/{name}" for name in LISTS} <= set(found["paths"])


def test_the_page_of_the_description_has_no_script_in_it(client: APIClient) -> None:
    answer = APIClient().get(f"{API}docs/")
    assert answer.status_code in {301, 302}
    user = User.objects.create_user("bob")
    browser = APIClient()
    browser.force_login(user)
    text = browser.get(f"{API}docs/").content.decode()
    assert "<style" not in text
    assert text.count("<script src=") == text.count("<script")
