"""Pages in a real browser: no policy violation, nothing on the console, nothing wider than the window."""

from __future__ import annotations

from typing import Any

import pytest

from lab import pictures

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
)


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
