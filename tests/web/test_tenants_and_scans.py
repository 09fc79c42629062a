"""Pages of tenants, scans, visibility, words and servers, over a real scan of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connectors.files import open_export
from inventory import leases, tenants
from inventory.models import App, AuthorizationServer, Sync, Tenant
from posture import scan

pytestmark = pytest.mark.django_db

SECRET = "only-once-typed"
SETTINGS = {"base_url": "https://sso.example.com", "realm": "r", "client_id": "scanner", "client_secret": SECRET}


@pytest.fixture
def file(db: None, tmp_path: Path) -> Tenant:
    """A scanned realm export with one client."""
    client = {"clientId": "shop", "protocol": "openid-connect", "redirectUris": ["https://shop.example.com/cb"]}
    path = tmp_path / "realm.json"
    path.write_text(json.dumps({"realm": "shop", "enabled": True, "clients": [client]}))
    connector = open_export(path)
    tenant = tenants.for_file(path, connector.kind)
    scan.run(leases.request_sync(tenant).pk, connector)
    return tenant


@pytest.fixture
def live(db: None) -> Tenant:
    return tenants.create("keycloak", tenants.Details(name="Live", settings=SETTINGS))


def browser(*, staff: bool) -> Client:
    found = Client()
    found.force_login(User.objects.create_user("root" if staff else "ada", is_staff=staff))
    return found


def page(client: Client, name: str, *arguments: Any, query: str = "") -> str:
    answer = client.get(reverse(name, args=arguments) + query)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_every_page_opens_and_shows_what_was_scanned(file: Tenant, live: Tenant) -> None:
    for client in (browser(staff=False), browser(staff=True)):
        assert "realm.json" in page(client, "tenants")
        assert "realm.json" in page(client, "tenant", file.pk)
        assert "scanner" in page(client, "tenant", live.pk)
        sync = Sync.objects.get(tenant=file)
        assert "realm.json" in page(client, "scans", query=f"?tenant={file.pk}")
        assert "hx-trigger" not in page(client, "scan", sync.pk)
        server = AuthorizationServer.objects.get(tenant=file)
        assert "realms/shop" in page(client, "server", server.pk)
        assert "PKCE" in page(client, "words")
        assert "seen 1 of 1" in page(client, "visibility")


def test_visibility_names_the_reason_and_folds_what_is_seen_everywhere(file: Tenant) -> None:
    text = page(browser(staff=False), "visibility", query=f"?tenant={file.pk}")
    gaps, _, whole = text.partition("seen everywhere</summary>")
    assert "marked_<wbr>high_<wbr>value" in gaps
    assert "Unclassified" in gaps
    assert "redirect_<wbr>uris" in whole
    assert "redirect_<wbr>uris" not in gaps


@pytest.mark.parametrize("query", ["?reason=nonsense", "?tenant=99999999999999999999", "?subject=%00", "?facts=all"])
def test_a_filter_that_means_nothing_breaks_no_page(file: Tenant, query: str) -> None:
    client = browser(staff=False)
    page(client, "visibility", query=query)
    page(client, "scans", query=query)


def test_only_staff_changes_things(live: Tenant) -> None:
    client = browser(staff=False)
    for name in ("tenant-edit", "tenant-delete", "tenant-test", "tenant-scan"):
        assert client.post(reverse(name, args=[live.pk])).status_code == 403
    assert client.get(reverse("tenant-new", args=["keycloak"])).status_code == 403
    assert Tenant.objects.filter(pk=live.pk).exists()
    assert not Sync.objects.exists()


def test_a_tenant_is_made_from_the_settings_of_its_connector_and_its_secret_is_write_only(db: None) -> None:
    client = browser(staff=True)
    typed = {f"setting_{name}": value for name, value in SETTINGS.items()}
    answer = client.post(reverse("tenant-new", args=["keycloak"]), {"name": "Bank", "scan_interval": "24", **typed})
    assert answer.status_code == 302, answer.content
    tenant = Tenant.objects.get(name="Bank")
    assert tenants.open_connector(tenant).kind == "keycloak"
    assert SECRET not in page(client, "tenant-edit", tenant.pk) + page(client, "tenant", tenant.pk)
    again = client.post(reverse("tenant-new", args=["keycloak"]), {"name": "Bank", **typed})
    assert "There is a tenant of that name already." in again.content.decode()
    assert SECRET not in again.content.decode()


def test_a_connection_that_does_not_work_says_so(live: Tenant) -> None:
    live.settings["base_url"] = "http://127.0.0.1:9"
    live.save()
    answer = browser(staff=True).post(reverse("tenant-test", args=[live.pk]))
    assert "The connection does not work." in answer.content.decode()
    assert SECRET not in answer.content.decode()


def test_a_scan_that_goes_on_is_asked_for_again_and_can_be_cancelled(live: Tenant) -> None:
    client = browser(staff=True)
    sync = leases.request_sync(live)
    assert 'hx-trigger="every 2s"' in page(client, "scan-progress", sync.pk)
    client.post(reverse("scan-cancel", args=[sync.pk]))
    assert Sync.objects.get(pk=sync.pk).state == Sync.State.CANCELLED
    assert "hx-trigger" not in page(client, "scan-progress", sync.pk)


def test_a_tenant_goes_only_once_its_name_was_typed(file: Tenant) -> None:
    client = browser(staff=True)
    client.post(reverse("tenant-delete", args=[file.pk]), {"name": "realm"})
    assert Tenant.objects.filter(pk=file.pk).exists()
    client.post(reverse("tenant-delete", args=[file.pk]), {"name": file.name})
    assert not Tenant.objects.exists()
    assert not App.objects.exists()
