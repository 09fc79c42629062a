"""Redirect URIs as people register them, good and bad."""

from __future__ import annotations

import random
from typing import Final

from lab.organisation import Organisation, PlannedApp

_WEB_OLD: Final = (
    ["https://{host}/*"],
    ["/callback"],
    ["callback"],
    ["https://{host}/login/oauth2/code/keycloak", "http://localhost:8080/callback"],
    ["https://{host}:443/callback"],
)
_WEB_CARELESS: Final = (
    ["*"],
    ["http://{host}/callback"],
    ["https://*.{domain}/callback"],
    ["https://{host}*"],
    ["https://{host}/app/../callback"],
    ["https://{host}/%2e%2e/callback"],
    ["https://{slug}@{host}/callback"],
    ["https://{slug}.lvh.me:3000/callback"],
    ["https://{host}/callback#done"],
    ["https://oauth.pstmn.io/v1/callback", "https://{host}/callback"],
)
_SPA_OLD: Final = (["http://localhost:3000/*", "https://{host}/"], ["https://{host}/*"], ["http://localhost:4200/*"])
_NATIVE_OLD: Final = (["{slug}://callback"], ["http://localhost/callback"], ["http://localhost:8400/callback"])
_NATIVE_CARELESS: Final = (
    ["urn:ietf:wg:oauth:2.0:oob"],
    ["{reverse}:*"],
    ["http://0.0.0.0:7777/callback"],
    ["*"],
)


def callbacks(organisation: Organisation, app: PlannedApp, chance: random.Random) -> list[str]:
    """The redirect URIs of an app, of none for what has no front channel."""
    patterns = _patterns(app, chance)
    names = {
        "slug": app.slug,
        "domain": organisation.domain,
        "host": f"{app.slug}.{organisation.domain}",
        "reverse": ".".join(reversed(f"{app.slug}.{organisation.domain}".split("."))),
    }
    return [pattern.format(**names) for pattern in patterns]


def _patterns(app: PlannedApp, chance: random.Random) -> list[str]:
    if app.kind in {"service", "api"}:
        return []
    if app.kind == "saml":
        return ["https://{host}/saml/*"]
    if app.vendor:
        return [f"https://{app.vendor}.example.net/oauth/callback"]
    careful = app.care in {"exemplary", "good"}
    if app.kind == "native":
        good = (["{reverse}:/callback"], ["http://127.0.0.1/callback", "http://[::1]/callback"])
        return chance.choice(good if careful else _NATIVE_OLD if app.care == "old" else _NATIVE_CARELESS)
    if app.kind == "spa" and careful:
        return ["https://{host}/callback", "https://{host}/renew"]
    if careful:
        return ["https://{host}/callback"]
    if app.care == "old":
        return chance.choice(_SPA_OLD if app.kind == "spa" else _WEB_OLD)
    return chance.choice(_WEB_CARELESS)
