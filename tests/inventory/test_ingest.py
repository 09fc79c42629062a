"""What a sync stores, changes and ends."""

from __future__ import annotations

import pytest
from django.utils import timezone

from connectors.base import Permission
from connectors.errors import DeniedError, ProtocolError
from connectors.facts import VOCABULARY, Subject
from inventory import leases
from inventory.ingest import ingest
from inventory.leases import LostLeaseError
from inventory.models import App, AuthorizationServer, Credential, Observation, Reading, Tenant
from tests.inventory.memory import LIST, Listing, Memory, lease_of, live, read, record, rows, tenant

pytestmark = pytest.mark.django_db


def test_a_first_sync_stores_what_it_read() -> None:
    sync, connector = read(tenant(), Listing([[record("a", name="A", keys=["k"])], [record("b")]]))
    assert (sync.apps_seen, sync.apps_added, sync.complete, sync.requests_sent) == (2, 2, True, 2)
    assert connector.mapped == ["a", "b"]
    app = App.objects.get(client_id="a")
    assert (app.client_name, app.record.body["name"]) == ("A", "A")
    assert Observation.objects.get(app=app).facts["client_id"] == "a"
    assert app.not_observed == {"owners": {"not_observed": "denied", "detail": "side-read"}}
    assert app.credentials.get().key == "secret:k"


def test_a_sync_that_finds_nothing_new_maps_and_writes_nothing() -> None:
    acme, listing = tenant(), Listing([[record("a", keys=["k"]), record("b")]])
    read(acme, listing)
    before = rows()
    sync, connector = read(acme, listing)
    assert (sync.apps_seen, sync.apps_added, sync.apps_changed, sync.apps_ended) == (2, 0, 0, 0)
    assert connector.mapped == []
    assert rows() == before


def test_only_what_changed_is_mapped_and_its_old_reading_replaced() -> None:
    acme = tenant()
    read(acme, Listing([[record("a"), record("b", keys=["old"])]]))
    sync, connector = read(acme, Listing([[record("a"), record("b", name="B", keys=["new"])]]))
    assert (connector.mapped, sync.apps_changed, sync.apps_added, sync.apps_ended) == (["b"], 1, 0, 0)
    assert Observation.objects.get(app__client_id="b").facts["client_name"] == "B"
    assert Credential.objects.get(key="secret:old").ended_at
    assert Credential.objects.get(key="secret:new").ended_at is None


def test_all_is_mapped_again_where_what_the_mapping_depends_on_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = tenant()
    read(acme, Listing([[record("a")]]))
    assert read(acme, Listing([[record("a")]], basis="policy"))[1].mapped == ["a"]
    monkeypatch.setattr(Memory, "version", 2)
    assert read(acme, Listing([[record("a")]], basis="policy"))[1].mapped == ["a"]


def test_an_app_that_is_gone_has_ended_and_keeps_its_history_when_it_is_back() -> None:
    acme, both = tenant(), Listing([[record("a"), record("b")]])
    read(acme, both)
    first = App.objects.get(client_id="b")
    assert read(acme, Listing([[record("a")]]))[0].apps_ended == 1
    ended_at = App.objects.get(client_id="b").ended_at
    assert ended_at
    sync, connector = read(acme, both)
    back = App.objects.get(client_id="b")
    assert (back.pk, back.first_seen_at, back.ended_at) == (first.pk, first.first_seen_at, None)
    assert back.changed_at > ended_at, "who asks what changed since is told that it is back"
    assert (sync.apps_added, connector.mapped) == (1, [])


def test_credentials_end_with_their_app_and_come_back_with_it() -> None:
    acme = tenant()
    read(acme, Listing([[record("a", keys=["old", "kept"]), record("b", keys=["k"])]]))
    read(acme, Listing([[record("a", keys=["kept"]), record("b", keys=["k"])]]))
    read(acme, Listing([[]]))
    assert not Credential.objects.filter(ended_at=None)
    read(acme, Listing([[record("a", keys=["kept"]), record("b", keys=["k", "new"])]]))
    assert set(Credential.objects.filter(ended_at=None).values_list("app__client_id", "key")) == {
        ("a", "secret:kept"), ("b", "secret:k"), ("b", "secret:new"),
    }  # fmt: skip


def test_two_records_of_one_client_id_do_not_change_places_with_each_scan() -> None:
    acme, listing = tenant(), Listing([[record("a", name="one"), record("a", name="two")], [record("b")]])
    read(acme, listing)
    before = rows()
    for _ in range(2):
        assert read(acme, listing)[0].apps_changed == 0
        assert rows() == before


def test_a_listing_that_breaks_off_ends_nothing_and_keeps_what_was_read() -> None:
    acme = tenant()
    read(acme, Listing([[record("a"), record("b")]]))
    lease = lease_of(acme)
    with pytest.raises(DeniedError):
        ingest(lease, Memory(Listing([[record("c")], [record("a")]], breaks_after=1)))
    assert live() == {"a", "b", "c"}
    assert not lease.sync.complete
    assert [one["name"] for one in Tenant.objects.get().missing_permissions] == [LIST.name]


def test_a_permission_that_was_given_is_missing_no_more() -> None:
    acme = tenant(missing_permissions=[{"name": LIST.name}])
    read(acme, Listing([[]]))
    assert Tenant.objects.get().missing_permissions == []


def test_a_source_that_lists_no_apps_ends_none(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = tenant()
    read(acme, Listing([[record("a")]]))
    monkeypatch.setattr(Memory, "lists", False)
    sync, _ = read(acme, Listing([]))
    assert (live(), sync.complete) == ({"a"}, False)


def test_a_file_that_says_nothing_about_apps_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    file = tenant(origin=Tenant.Origin.FILE)
    read(file, Listing([[record("a")]]))
    monkeypatch.setattr(Memory, "lists", False)
    sync, _ = read(file, Listing([]))
    assert (live(), sync.complete, sync.apps_ended) == (set(), True, 1)


def test_servers_change_end_and_come_back() -> None:
    acme, two = tenant(), ("https://one.example", "https://two.example")
    read(acme, Listing([[]], issuers=two))
    before = AuthorizationServer.objects.get(issuer=two[0])
    read(acme, Listing([[]], issuers=two[:1], server={"methods": ["plain"]}))
    changed, ended = AuthorizationServer.objects.order_by("issuer")
    assert changed.changed_at > before.changed_at
    assert Observation.objects.get(server=changed).facts["code_challenge_methods_supported"] == ["plain"]
    assert ended.ended_at
    read(acme, Listing([[]], issuers=two))
    back = AuthorizationServer.objects.get(issuer=two[1])
    assert (back.pk, back.ended_at) == (ended.pk, None)
    assert back.changed_at > ended.ended_at


def test_what_others_observed_stays_when_an_app_changes() -> None:
    acme = tenant()
    read(acme, Listing([[record("a")]]))
    probe = Reading.objects.create(url="probe", at=timezone.now(), sha256=b"")
    Observation.objects.create(app=App.objects.get(), reading=probe, rung=5, facts={"pkce_required": True})
    read(acme, Listing([[record("a", name="A")]]))
    assert set(Observation.objects.filter(app__isnull=False).values_list("rung", flat=True)) == {3, 5}


def test_an_app_that_moves_to_the_next_page_while_we_read_is_one_app() -> None:
    sync, _ = read(tenant(), Listing([[record("a", name="old")], [record("a", name="new")]]))
    assert App.objects.get().client_name == "new"
    assert sync.apps_added == 1


def test_text_that_no_column_holds_is_stored_with_a_mark() -> None:
    read(tenant(), Listing([[record("a\x00\ud800", name="n\x00\\u0000")]]))
    app = App.objects.get()
    assert (app.client_id, app.client_name) == ("a\ufffd\ufffd", "n\ufffd\\u0000")
    assert app.record.body["name"] == "n\ufffd\\u0000"


def test_a_client_id_that_no_index_holds_is_cut_and_costs_no_other_app() -> None:
    acme, long = tenant(), ["\N{AMPHORA}" * 1000 + end for end in "ab"]
    listing = Listing([[record(client_id) for client_id in (*long, "c")]])
    sync, _ = read(acme, listing)
    found = App.objects.exclude(client_id="c").order_by("pk")
    assert [app.observations.get().facts["client_id"] for app in found] == long
    assert all(len(app.client_id) < 300 and app.client_id.startswith("\N{AMPHORA}") for app in found)
    assert (sync.apps_added, read(acme, listing)[0].apps_added) == (3, 0)


@pytest.mark.parametrize("issuer", ["https://x.example/" + "x" * 2000, "https://x.example/\0"])
def test_an_issuer_that_no_index_holds_is_the_providers_fault(issuer: str) -> None:
    with pytest.raises(ProtocolError, match="issuer"):
        read(tenant(), Listing([[]], issuers=[issuer]))


def test_a_fact_that_the_connector_forgets_counts_as_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {subject: dict(found) for subject, found in Memory.cannot_see.items()}
    forgotten = next(iter(seen[Subject.CLIENT]))
    assert forgotten in VOCABULARY[Subject.CLIENT]
    del seen[Subject.CLIENT][forgotten]
    monkeypatch.setattr(Memory, "cannot_see", seen)
    read(tenant(), Listing([[record("a")]]))
    assert App.objects.get().not_observed[forgotten]["not_observed"] == "not_returned"


def test_text_of_a_server_that_no_column_holds_is_stored_with_a_mark() -> None:
    read(tenant(), Listing([[]], server={"methods": ["S256\x00"], "note": "\ud800"}))
    server = AuthorizationServer.objects.get()
    assert server.record.body == {"methods": ["S256\ufffd"], "note": "\ufffd"}
    assert server.observations.get().facts["code_challenge_methods_supported"] == ["S256\ufffd"]


def test_whoever_lost_the_lease_writes_nothing() -> None:
    acme = tenant()
    read(acme, Listing([[record("a")]]))
    lease, before = lease_of(acme), rows()
    leases.cancel(lease.sync)
    with pytest.raises(LostLeaseError):
        ingest(lease, Memory(Listing([[record("b")]])))
    assert rows() == before


def test_what_a_side_read_was_refused_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: Memory) -> list[Permission]:
        return [Memory.permissions[1]]

    monkeypatch.setattr(Memory, "missing", property(missing, lambda self, value: None), raising=False)
    read(tenant(), Listing([[record("a")]]))
    assert Tenant.objects.get().missing_permissions[0]["hides"] == ["owners"]
