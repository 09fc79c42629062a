"""Opens the demo's pages as a browser would, and looks at what they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from inventory.models import App, Tenant
from lab.demo.processes import DemoError
from lab.secrets import SECRET_MARK

_LINK: Final = re.compile(r'href="(/[^"#]*)')
_NAV: Final = re.compile(r"<nav.*?</nav>", re.DOTALL)
_SOME: Final = re.compile(r'href="(/(?:apps|tenants|scans|controls|servers)/[A-Z0-9-]+/)"')
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_OF_EACH_LIST: Final = 5


def check(url: str, user: str, password: str, live_apps: int, folder: Path) -> None:
    """Log in, open every page of the menu and some that they link to, count. Raises DemoError at what is wrong."""
    with requests.Session() as browser:
        start = _log_in(browser, url, user, password)
        pages = list(dict.fromkeys(_menu(start)))
        if len(pages) < 2:
            raise DemoError("the first page has no menu")
        linked = [link for page in pages for link in _some(_open(browser, url, page))]
        opened = [*pages, *dict.fromkeys(link for link in linked if link not in pages)]
        for page in opened[len(pages) :]:
            _open(browser, url, page)
        _count(browser, url, live_apps)
    leaks = list(_leaks(folder))
    if leaks:
        raise DemoError(f"a secret of the companies was kept: {', '.join(leaks)}")
    print(
        f"All is as it should be: {len(opened)} pages, {live_apps} apps, and no secret of theirs was kept.", flush=True
    )


def _log_in(browser: requests.Session, url: str, user: str, password: str) -> str:
    token = _TOKEN.search(_open(browser, url, "/login/"))
    if token is None:
        raise DemoError("the log-in page has no form")
    form = {"username": user, "password": password, "csrfmiddlewaretoken": token[1]}
    answer = browser.post(f"{url}/login/", form, headers={"Referer": f"{url}/login/"}, timeout=30)
    if not answer.ok or urlsplit(answer.url).path != "/":
        raise DemoError(f"log-in does not lead to the first page but to {answer.url} ({answer.status_code})")
    return answer.text


def _open(browser: requests.Session, url: str, path: str) -> str:
    answer = browser.get(url + path.replace("&amp;", "&"), timeout=30)
    if answer.status_code != requests.codes.ok:
        raise DemoError(f"{path} answers {answer.status_code}")
    if SECRET_MARK in answer.text:
        raise DemoError(f"{path} shows a secret")
    print(f"  {path}", flush=True)
    return answer.text


def _menu(page: str) -> list[str]:
    nav = _NAV.search(page)
    return _LINK.findall(nav[0]) if nav else []


def _some(page: str) -> list[str]:
    return list(dict.fromkeys(_SOME.findall(page)))[:_OF_EACH_LIST]


def _count(browser: requests.Session, url: str, live_apps: int) -> None:
    kept = App.objects.filter(ended_at=None).count()
    if kept != live_apps:
        raise DemoError(f"the realms hold {live_apps} OAuth clients, the inventory {kept} apps")
    if str(live_apps) not in _open(browser, url, "/"):
        raise DemoError(f"the first page does not tell that there are {live_apps} apps")
    for tenant in Tenant.objects.all():
        if Path(tenant.name).name not in _open(browser, url, f"/tenants/{tenant.pk}/"):
            raise DemoError(f"the page of {tenant.name} does not name it")


def _leaks(folder: Path) -> Iterator[str]:
    """Files of the installation that hold a secret of a realm; the export that was scanned is not one of them."""
    for path in folder.rglob("*"):
        if path.is_file() and path.parent != folder / "exports" and SECRET_MARK.encode() in path.read_bytes():
            yield str(path.relative_to(folder))
