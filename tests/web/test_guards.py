"""What guards every page, found by walking the addresses: a new one is held to the same without a word here."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from inventory import leases, tenants
from inventory.models import App, Sync, Tenant
from tests.web.conftest import BACKEND
from tests.web.estate import WEB_APP, scan_clients

pytestmark = pytest.mark.django_db

OPEN = {"login", "logout"}
"""What whoever is not logged in may ask for."""
SECRET = "kept-from-every-page"
PASSWORD = "a long enough password"
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{ 7|add:7 }}"]


def walk(patterns: list[URLPattern | URLResolver], route: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern of the site with its whole route."""
    for pattern in patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, whole)
        else:
            yield whole, pattern


PATTERNS = dict(walk(get_resolver().url_patterns))
PAGES = {str(found.name): found for route, found in PATTERNS.items() if not route.startswith("api/")}
API = {str(found.name): found for route, found in PATTERNS.items() if route.startswith("api/")}


@dataclass(frozen=True)
class House:
    """One of everything that an address can name."""

    live: Tenant
    sync: Sync
    app: App

    def address(self, name: str) -> str:
        """A page of these things."""
        values = {"control_id": "RED-01", "kind": "keycloak", "pk": self._pk(name)}
        return reverse(name, kwargs={key: values[key] for key in PAGES[name].pattern.converters})

    def _pk(self, name: str) -> int:
        subject = name.partition("-")[0]
        return {"tenant": self.live.pk, "scan": self.sync.pk, "server": self.app.server_id}.get(subject, self.app.pk)


@pytest.fixture
def house(estate: Any) -> House:
    typed = {"base_url": "https://sso.example.com", "realm": "r", "client_id": "scanner", "client_secret": SECRET}
    live = tenants.create("keycloak", tenants.Details(name="Live", settings=typed))
    return House(live, leases.request_sync(live), App.objects.get(client_id="shop"))


@pytest.mark.parametrize("name", sorted(PAGES.keys() - OPEN))
def test_an_address_leads_to_the_log_in(house: House, name: str) -> None:
    for answer in (Client().get(house.address(name)), Client().post(house.address(name))):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(f"{reverse('login')}?next=/")


@pytest.mark.parametrize("name", sorted(API))
def test_an_address_of_the_api_is_refused(db: None, name: str) -> None:
    answer = Client().get(reverse(name, kwargs=dict.fromkeys(API[name].pattern.regex.groupindex, "1")))
    assert answer.status_code == 302 if name == "api-docs" else answer.status_code == 401


@pytest.mark.parametrize("name", sorted(PAGES))
def test_an_answer_is_kept_by_nobody_framed_by_nobody_and_runs_nothing_inline(
    house: House, staff: Client, name: str
) -> None:
    answer = staff.get(house.address(name))
    assert answer.status_code in {200, 302, 405}
    assert "no-store" in answer.headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    asked = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"}
    assert asked <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_nothing_is_changed_without_the_token_of_a_form(house: House, django_user_model: Any, name: str) -> None:
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(django_user_model.objects.create_user("forged", is_staff=True), backend=BACKEND)
    answer = forged.post(house.address(name))
    assert answer.status_code == 403
    assert "Please send the form again" in answer.content.decode()


@pytest.mark.parametrize("name", sorted(PAGES.keys() - OPEN))
def test_nothing_is_changed_by_whoever_may_only_read(house: House, reader: Client, name: str) -> None:
    """A page that takes no form at all answers 405."""
    assert reader.post(house.address(name)).status_code in {403, 405}


def test_every_form_of_the_site_is_guarded(house: House, reader: Client) -> None:
    refused = {name for name in PAGES.keys() - OPEN if reader.post(house.address(name)).status_code == 403}
    tenant = {"tenant-new", "tenant-edit", "tenant-delete", "tenant-test", "tenant-scan"}
    assert refused >= tenant | {"attest", "scan-cancel"}


def test_a_log_in_is_locked_after_ten_failures_even_for_the_right_password(django_user_model: Any) -> None:
    django_user_model.objects.create_user("ada", password=PASSWORD)
    django_user_model.objects.create_user("bob", password=PASSWORD)
    browser, typed = Client(), {"username": "ada", "password": "wrong"}
    answers = [browser.post(reverse("login"), typed).status_code for _ in range(10)]
    assert answers == [200] * 9 + [429]
    locked = browser.post(reverse("login"), typed | {"password": PASSWORD})
    assert locked.status_code == 429
    assert "Locked for now" in locked.content.decode()
    assert "_auth_user_id" not in browser.session
    assert browser.post(reverse("login"), {"username": "bob", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/apps/?q=a", "/apps/?q=a"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_log_in_leads_to_no_other_site(django_user_model: Any, asked: str, led: str) -> None:
    django_user_model.objects.create_user("ada", password=PASSWORD)
    answer = Client().post(reverse("login"), {"username": "ada", "password": PASSWORD, "next": asked})
    assert (answer.status_code, answer.headers["Location"]) == (302, led)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_provider_says_is_shown_as_text(db: None, staff: Client, tmp_path: Path, hostile: str) -> None:
    """No name or address of a client becomes markup, a link, or part of an attribute that is not its own."""
    said = {"client_id": hostile, "client_name": hostile, "redirect_uris": [hostile], "client_uri": hostile}
    scan_clients(tmp_path, [WEB_APP | said])
    app = App.objects.get()
    addresses = [*map(reverse, ("overview", "apps", "visibility", "scans", "tenants")), reverse("apps") + "?sort=name"]
    addresses += [reverse("app", args=[app.pk]), reverse("server", args=[app.server_id])]
    addresses += [f"{reverse('apps')}?{urlencode({field: hostile})}" for field in ("q", "control", "sort", "page")]
    for address in addresses:
        page = Marks()
        page.feed(staff.get(address).content.decode())
        assert not page.foreign, address
    assert hostile in read(staff, reverse("app", args=[app.pk]))


def test_a_stored_secret_is_on_no_page_and_in_no_form(house: House, staff: Client) -> None:
    for name in sorted(PAGES):
        assert SECRET not in staff.get(house.address(name), follow=True).content.decode(), name
    wrong = {"name": "", "setting_client_secret": SECRET}
    for name in ("tenant-new", "tenant-edit"):
        answer = staff.post(house.address(name), wrong)
        assert answer.status_code == 200
        assert "This field is required." in answer.content.decode()
        assert SECRET not in answer.content.decode(), name


class Marks(HTMLParser):
    """Finds what only a hostile text could have made: its elements, handlers of events, links that run something."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        runs = (tag == "script" and "src" not in given) or any(name.startswith("on") for name in given)
        leads = [given.get(name, "") for name in ("href", "src", "action", "hx-get", "hx-post")]
        if runs or any(address and address[0] not in "/?#" and not address.startswith("https:") for address in leads):
            self.foreign.append(self.get_starttag_text() or tag)


def read(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())
