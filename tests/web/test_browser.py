"""Pages in a real browser: no policy violation, nothing on the console, nothing wider than the window."""

from __future__ import annotations

from typing import Any

import pytest

from lab import pictures
from tests.web.estate import WEB_APP, scan_clients

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/",
    "/apps/",
    "/controls/",
    "/controls/PKCE-01/",
    "/visibility/",
    "/tenants/",
    "/tenants/new/",
    "/scans/",
    "/words/",
    "/tenants/new/keycloak/",
    "/api/v1/docs/",
)
LINKED = ("tenants", "scans", "servers", "apps")
"""Kinds of pages of which the first one that a page before it links to is opened too."""

CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => { for (; node; node = node.parentElement) {
    const found = rgb(getComputedStyle(node).backgroundColor); if (found.length < 4 || found[3] > 0) return found; }
    return [255, 255, 255]; };
  const poor = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, style = getComputedStyle(node);
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest('script, #swagger-ui')) continue;
    const [a, b] = [lum(rgb(style.color)), lum(ground(node))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${walker.currentNode.data.trim()}`);
  }
  return poor;
}"""
"""Texts with less contrast than WCAG 2.2 asks (1.4.3); what Swagger UI draws is not ours."""


@pytest.mark.parametrize("size", pictures.SIZES)
def test_pages_obey_the_policy_and_fit_the_window(
    estate: Any, live_server: Any, django_user_model: Any, size: str
) -> None:
    if not pictures.chromium():
        pytest.skip("Chromium is not on PATH")
    django_user_model.objects.create_user("stan", password="a long enough password", is_staff=True)
    width, height = pictures.SIZES[size]
    troubles: list[str] = []
    with pictures.browser() as browser:
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        pictures.watch(page, troubles)
        pictures.log_in(page, live_server.url, "stan", "a long enough password")
        for path in PAGES:
            page.goto(live_server.url + path)
            if pictures.too_wide(page):
                troubles.append(f"{path} is wider than {width} pixels")
        page.goto(live_server.url + "/apps/")
        page.locator("main tbody th a").first.click()
        page.wait_for_load_state()
        # Proof that a violation would be noticed.
        assert troubles == []
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        page.wait_for_timeout(200)
    assert any("policy: style-src" in trouble or "Content Security Policy" in trouble for trouble in troubles)


@pytest.mark.parametrize("scheme", pictures.SCHEMES)
def test_all_text_can_be_read_in_light_and_dark(
    estate: Any, live_server: Any, django_user_model: Any, scheme: Any
) -> None:
    if not pictures.chromium():
        pytest.skip("Chromium is not on PATH")
    django_user_model.objects.create_user("stan", password="a long enough password", is_staff=True)
    with pictures.browser() as browser:
        page = browser.new_context(color_scheme=scheme).new_page()
        pictures.log_in(page, live_server.url, "stan", "a long enough password")
        paths = list(PAGES)
        for path in paths:
            page.goto(live_server.url + path)
            assert page.evaluate(CONTRAST) == [], path
            for kind in LINKED:
                links = page.locator(f'main a[href^="/{kind}/"]').evaluate_all("all => all.map(a => a.pathname)")
                if not any(known.startswith(f"/{kind}/") and known[-2:-1].isdigit() for known in paths):
                    paths += [link for link in links if link[-2:-1].isdigit()][:1]
    opened = {kind for kind in LINKED for path in paths if path.startswith(f"/{kind}/") and path[-2:-1].isdigit()}
    assert opened == set(LINKED)


def test_a_hostile_name_runs_nothing(live_server: Any, django_user_model: Any, tmp_path: Any) -> None:
    if not pictures.chromium():
        pytest.skip("Chromium is not on PATH")
    name = "<img src=x onerror=\"document.title='run'\"> \u202egnp.exe"
    scan_clients(tmp_path, [WEB_APP | {"client_name": name}])
    django_user_model.objects.create_user("stan", password="a long enough password", is_staff=True)
    troubles: list[str] = []
    with pictures.browser() as browser:
        page = browser.new_page()
        pictures.watch(page, troubles)
        pictures.log_in(page, live_server.url, "stan", "a long enough password")
        page.goto(live_server.url + "/apps/")
        link = page.locator("main tbody th a")
        isolated = link.evaluate("link => getComputedStyle(link).unicodeBidi")
        link.click()
        page.wait_for_selector("h1")
        assert page.locator("main img").count() == 0
        assert "<img src=x" in page.inner_text("h1")
        assert "Amphora" in page.title()
    assert (isolated, troubles) == ("isolate", [])
