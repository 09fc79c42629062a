"""Tenants: what a person may set, and what becomes of their credential."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from connectors.errors import DeniedError, SettingError
from inventory import deletion, leases, secrets, tenants
from inventory.leases import LostLeaseError
from inventory.models import App, Attestation, Observation, Reading, Record, Sync, Tenant
from inventory.tenants import Details
from tests.inventory.memory import LIST, SIDE, Listing, Memory, lease_of, read, record, tenant

pytestmark = pytest.mark.django_db
SETTINGS = {"base_url": "https://idp.example", "realm": "r", "password": "marked"}


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    settings.CREDENTIAL_KEYS_FILE = tmp_path / "keys"
    monkeypatch.setattr(tenants, "discover", lambda: {"memory": Memory})


def create(**values: Any) -> Tenant:
    return tenants.create(values.pop("kind", "memory"), Details(**{"name": "Acme", "settings": SETTINGS, **values}))


def update(of: Tenant, **values: Any) -> Tenant:
    return tenants.update(of, Details(**{"name": of.name, "settings": {**SETTINGS, "password": ""}, **values}))


def password(of: Tenant) -> str:
    connector = tenants.open_connector(Tenant.objects.get(pk=of.pk))
    assert isinstance(connector, Memory)
    return connector.clear["password"]


def test_a_secret_is_stored_sealed_and_given_to_the_connector() -> None:
    acme = create(name=" Acme ", scan_interval=timedelta(hours=1))
    assert acme.name == "Acme"
    assert "marked" not in str(Tenant.objects.values()[0])
    assert password(acme) == "marked"
    assert list(leases.due_tenants()) == [acme]


def test_what_a_person_entered_is_shown_in_a_log_without_its_settings() -> None:
    assert "marked" not in repr(Details(name="Acme", settings=SETTINGS))


def test_a_reference_is_stored_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPHORA_SECRET_ACME", "elsewhere")
    acme = create(settings={**SETTINGS, "password": "env:AMPHORA_SECRET_ACME"})
    assert secrets.unseal(acme.credential) == {"password": "env:AMPHORA_SECRET_ACME"}
    assert password(acme) == "elsewhere"


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 1001}, "name"),
        ({"name": "\N{AMPHORA}" * 1000}, "name"),
        ({"name": "x\x00"}, "name"),
        ({"name": "x\udcff"}, "name"),
        ({"name": "taken"}, "name"),
        ({"kind": "none"}, "kind"),
        ({"environment": "moon"}, "environment"),
        ({"settings": {**SETTINGS, "base_url": ""}}, "base_url"),
        ({"settings": {**SETTINGS, "base_url": "http://idp.example"}}, "base_url"),
        ({"settings": {**SETTINGS, "password": ""}}, "password"),
        ({"settings": {**SETTINGS, "password": "env:SECRET_KEY"}}, "password"),
        ({"settings": {**SETTINGS, "colour": "red"}}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_is_named(values: dict[str, Any], setting: str) -> None:
    tenant("taken")
    with pytest.raises(SettingError) as refusal:
        create(**values)
    assert refusal.value.setting == setting
    assert Tenant.objects.count() == 1


def test_an_empty_secret_keeps_the_stored_one_until_the_address_changes() -> None:
    acme = create()
    update(acme, settings={**SETTINGS, "realm": "other", "password": ""})
    assert password(acme) == "marked"
    with pytest.raises(SettingError) as refusal:
        update(acme, settings={**SETTINGS, "base_url": "https://evil.example", "password": ""})
    assert refusal.value.setting == "password"
    assert Tenant.objects.get().settings["base_url"] == "https://idp.example"
    update(acme, settings={**SETTINGS, "base_url": "https://new.example", "password": "new"})
    assert password(acme) == "new"


def test_a_change_leaves_alone_what_others_wrote_meanwhile() -> None:
    acme = create(scan_interval=timedelta(hours=1))
    later = timezone.now() + timedelta(days=1)
    Tenant.objects.update(next_scan_at=later, missing_permissions=[{"name": "p"}])
    update(acme, environment="production", scan_interval=timedelta(hours=1))
    acme = Tenant.objects.get()
    assert (acme.environment, acme.next_scan_at, acme.missing_permissions) == ("production", later, [{"name": "p"}])
    update(acme)
    assert Tenant.objects.get().next_scan_at is None


def test_a_change_does_not_bring_back_a_tenant_that_was_deleted_meanwhile() -> None:
    acme = create()
    Tenant.objects.all().delete()
    with pytest.raises(SettingError, match="deleted"):
        update(acme)
    assert not Tenant.objects.exists()


def test_a_file_has_one_tenant_and_is_what_the_last_scan_says(tmp_path: Path) -> None:
    path = tmp_path / "realm.json"
    first = tenants.for_file(path, "keycloak", environment="production")
    again = tenants.for_file(path, "oidc")
    assert (first.pk, first.origin, first.name) == (again.pk, Tenant.Origin.FILE, str(path))
    found = Tenant.objects.get()
    assert (found.kind, found.environment) == ("oidc", "")
    with pytest.raises(SettingError):
        tenants.open_connector(found)


def test_two_files_whose_names_differ_by_a_blank_are_two(tmp_path: Path) -> None:
    assert tenants.for_file(tmp_path / "realm.json", "memory") != tenants.for_file(tmp_path / "realm.json ", "memory")


def test_a_file_does_not_take_over_a_connected_tenant(tmp_path: Path) -> None:
    create(name=str(tmp_path / "realm.json"))
    with pytest.raises(SettingError):
        tenants.for_file(tmp_path / "realm.json", "memory")


def test_a_check_records_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = create()
    assert tenants.check_connection(acme) == (SIDE,)
    found = Tenant.objects.get()
    assert (found.missing_permissions[0]["name"], found.missing_permissions[0]["hides"]) == (SIDE.name, ["owners"])
    assert found.checked_at

    def refuse(self: Memory) -> None:
        raise DeniedError(LIST.name, "refused")

    monkeypatch.setattr(Memory, "check", refuse)
    with pytest.raises(DeniedError):
        tenants.check_connection(acme)
    assert [one["name"] for one in Tenant.objects.get().missing_permissions] == [LIST.name]


def test_a_tenant_is_deleted_with_all_that_was_found_and_nothing_else() -> None:
    acme, other = create(), tenant("other")
    for one in (acme, other):
        read(one, Listing([[record("a", keys=["k"])]]))
    app = App.objects.get(tenant=acme)
    Attestation.objects.create(app=app, fact="environment", value="production", stated_by=User.objects.create())
    probe = Reading.objects.create(url="probe", at=timezone.now(), sha256=b"")
    Observation.objects.create(app=app, reading=probe, rung=5, facts={})
    lease = lease_of(acme)
    deletion.delete(acme)
    assert [list(model._default_manager.values_list("tenant__name", flat=True)) for model in (App, Record, Sync)] == [
        ["other"], ["other", "other"], ["other"]
    ]  # fmt: skip
    assert set(Reading.objects.values_list("sync__tenant__name", flat=True)) == {"other"}
    with pytest.raises(LostLeaseError):
        lease.beat()
