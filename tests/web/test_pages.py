"""Pages answer, in few queries, and say what the database holds."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import tenants
from inventory.models import App, Sync
from posture import shown
from posture.outcome import Addressee, Outcome
from tests.web.estate import CLIENTS, scan_clients
from web.tallies import Share

PAGES = ["overview", "apps", "controls", "visibility", "words", "tenants", "scans"]


def text(response) -> str:
    """What a page shows, without its marks, in one line."""
    body = re.sub(r"<[^>]*>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(body))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_with_apps_and_without(reader, tmp_path, name):
    assert reader.get(reverse(name)).status_code == 200
    scan_clients(tmp_path, CLIENTS)
    with CaptureQueriesContext(connection) as queries:
        response = reader.get(reverse(name))
    assert response.status_code == 200
    assert len(queries) < 20


def test_every_link_of_every_page_leads_somewhere(staff, estate):
    seen, todo = set(), [reverse("overview")]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        with CaptureQueriesContext(connection) as queries:
            response = staff.get(address)
        assert (address, response.status_code) == (address, 200)
        assert len(queries) < 20, address
        for link in re.findall(r'href="([^"#]+)', response.content.decode()):
            target = link.replace("&amp;", "&")
            target = address.partition("?")[0] + target if target.startswith("?") else target
            if "/api/" not in target and "/static/" not in target and target.startswith("/"):
                shape = re.sub(r"[A-Z]+-\d+", "X", target)
                if len([one for one in seen if re.sub(r"[A-Z]+-\d+", "X", one) == shape]) < 3:
                    todo.append(target)
    assert len(seen) > 20


def test_the_overview_counts_what_the_verdicts_say(reader, estate):
    verdicts = [v for app in App.objects.all() for v in shown.verdicts_of(app) if v.addressee is Addressee.OWNER]
    counts = {outcome: sum(v.outcome is outcome for v in verdicts) for outcome in Outcome}
    judged = counts[Outcome.PASS] + counts[Outcome.WARN] + counts[Outcome.FAIL]
    said = text(reader.get(reverse("overview")))
    assert f"pass of what we can see: {counts[Outcome.PASS]} of {judged} verdicts" in said
    assert f"{judged} of {judged + counts[Outcome.UNKNOWN]} verdicts that apply" in said
    assert counts[Outcome.FAIL] > 0
    assert f"{counts[Outcome.FAIL]} fail" in said


def test_a_count_of_the_controls_leads_to_as_many_apps(reader, estate):
    page = reader.get(reverse("controls")).content.decode()
    links = re.findall(r'href="([^"]*/apps/\?control=[^"]+)">(\d+)<', page)
    assert links
    for link, count in links[:12]:
        found = text(reader.get(link.replace("&amp;", "&")))
        assert re.search(rf"\b{count} apps?, 1 to {count} shown", found), link


def test_the_list_is_filtered_and_sorted_by_the_database(reader, estate):
    ids = [app.client_id for app in reader.get(reverse("apps"), {"sort": "name"}).context["page"]]
    assert ids == ["both", "plain", "shop", "wild"]
    failing = reader.get(reverse("apps"), {"control": "RED-01", "outcome": "fail"}).context["page"]
    assert [app.client_id for app in failing] == ["wild"]
    assert [app.client_id for app in reader.get(reverse("apps"), {"q": "PLAI"}).context["page"]] == ["plain"]
    assert "No app fits this filter" in text(reader.get(reverse("apps"), {"q": "nowhere"}))


def test_values_that_a_filter_does_not_know_are_said_and_break_nothing(reader, estate):
    for query in ({"outcome": "x"}, {"tenant": "9999"}, {"page": "x"}, {"sort": "; drop"}, {"q": "\x00"}):
        assert reader.get(reverse("apps"), query).status_code == 200


def test_an_app_shows_every_verdict_with_the_facts_it_read(reader, wild):
    page = reader.get(reverse("app", args=[wild.pk]))
    said = text(page)
    for verdict in shown.verdicts_of(wild):
        assert f"{verdict.control.id} {verdict.control.title}" in said
    assert "https://wild.example.com/*" in said
    assert "clients.json" in said
    assert "the file does not hold it" in said


def test_an_ended_app_says_so_and_leaves_the_numbers(reader, estate):
    scan_clients(estate, CLIENTS[:1])
    gone = App.objects.get(client_id="wild")
    assert "This app is gone" in text(reader.get(reverse("app", args=[gone.pk])))
    assert [app.client_id for app in reader.get(reverse("apps")).context["page"]] == ["shop"]


def test_names_from_outside_are_shown_as_text(reader, estate):
    page = reader.get(reverse("apps")).content.decode()
    assert "<b>front</b>" not in page
    assert "Shop &lt;b&gt;front&lt;/b&gt;" in page


def test_pages_hold_no_inline_script_or_style(reader, wild):
    for address in [*map(reverse, PAGES), reverse("app", args=[wild.pk]), reverse("control", args=["RED-01"])]:
        page = reader.get(address).content.decode()
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|hx-on|=.javascript:", page), address


def test_what_is_not_there_is_not_found(reader, estate):
    assert reader.get(reverse("app", args=[0])).status_code == 404
    assert reader.get(reverse("control", args=["NONE-99"])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_nobody_reads_without_a_log_in(db, name):
    response = Client().get(reverse(name))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_a_part_that_htmx_asks_for_sends_the_page_to_the_log_in(db):
    shown = "https://elsewhere.example/apps/?q=a%26b"
    response = Client().get(reverse("scans"), headers={"HX-Request": "true", "HX-Current-URL": shown})
    assert response.headers["HX-Redirect"] == reverse("login") + "?next=%2Fapps%2F%3Fq%3Da%2526b"


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(0, 0, "–"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 3, "33 %"), (1, 900, "under 1 %"), (899, 900, "over 99 %")],
)
def test_a_percentage_is_never_rounded_to_all_or_nothing(part, whole, percent):
    assert Share(part, whole).percent == percent


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_before_any_scan_was_complete(staff, name):
    """As on the first day: a tenant is connected, and its first scan waits or has failed."""
    tenant = tenants.create("oidc", tenants.Details(name="New", settings={"issuer": "https://new.example.com"}))
    assert staff.get(reverse(name)).status_code == 200
    Sync.objects.create(tenant=tenant, state=Sync.State.FAILED, error="It did not answer.")
    assert staff.get(reverse(name)).status_code == 200
    assert staff.get(reverse("tenant", args=[tenant.pk])).status_code == 200
