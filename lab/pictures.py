"""The pages of a running server as Chromium shows them, wide and narrow, light and dark.

What a page does wrong is noticed on the way: it is wider than its window, writes to the console, or breaks the content
security policy.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DOCS_SIZE: ViewportSize = {"width": 1280, "height": 880}


def chromium() -> str:
    """The installed browser, or an empty string."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), "")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a sandbox of its own, as it has to be for root in a container."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


def watch(page: Page, troubles: list[str]) -> None:
    """Collect what the browser complains of; a page that is not found says so on purpose."""
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            troubles.append(f"{page.url}: {message.text}")
            if message.type in {"error", "warning"} and "404 (Not Found)" not in message.text
            else None
        ),
    )


def log_in(page: Page, url: str, user: str, password: str) -> None:
    """Through the form, as a person does."""
    page.goto(urljoin(url, "/login/"))
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("button.primary")


def too_wide(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def for_the_docs(url: str, user: str, password: str, folder: Path) -> list[str]:
    """The overview and a failing app, light and dark, into `folder`; returns what was wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    troubles: list[str] = []
    with browser() as started:
        for scheme in SCHEMES:
            context = started.new_context(viewport=DOCS_SIZE, color_scheme=scheme)
            page = context.new_page()
            watch(page, troubles)
            log_in(page, url, user, password)
            page.wait_for_selector(".figure")
            page.screenshot(path=folder / f"overview-{scheme}.png")
            page.goto(urljoin(url, "/apps/?q=api-explorer-apac"))
            page.locator("main tbody th a").first.click()
            page.wait_for_selector(".verdict")
            page.locator("details.verdict > summary").first.click()
            page.mouse.move(0, 0)
            page.screenshot(path=folder / f"app-{scheme}.png")
            if too_wide(page):
                troubles.append(f"{page.url}: wider than the window ({scheme})")
            context.close()
    return troubles
