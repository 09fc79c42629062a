"""What the demo scans: two companies with a live Keycloak, and the realm file of a third."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab import policies
from lab.clients import SCANNER
from lab.keycloak import VIEW_REALM, Keycloak
from lab.organisation import Organisation
from lab.server import KeycloakServer

_BUSY: Final = 240


class Estate:
    """The companies. `subsidiary` gave its scanner too few roles; `file` is the export of the third."""

    def __init__(self, folder: Path) -> None:
        self.company = Keycloak(Organisation(0, _BUSY), policies.ENFORCING)
        self.subsidiary = Keycloak(Organisation(1, 90), policies.SIGNING)
        self.subsidiary.accounts[SCANNER].roles.discard(VIEW_REALM)
        self.third = Keycloak(Organisation(2, 60))
        self.server = KeycloakServer(self.company, self.subsidiary)
        folder.mkdir(mode=0o700, exist_ok=True)
        self.file = folder / f"{self.third.realm}-realm.json"
        self.file.write_bytes(self.third.export())

    def settings(self, keycloak: Keycloak) -> dict[str, str]:
        """The settings of a tenant that reads this realm."""
        return {
            "base_url": self.server.url,
            "realm": keycloak.realm,
            "client_id": SCANNER,
            "client_secret": keycloak.accounts[SCANNER].client_secret,
        }

    @property
    def live_apps(self) -> int:
        """How many apps an inventory of the three holds now."""
        return sum(keycloak.oauth_clients for keycloak in (self.company, self.subsidiary, self.third))

    def a_day_of_work(self) -> list[str]:
        """People change the company's clients; what they did, in words."""
        company = self.company
        company.change("access-review", {"pkce.code.challenge.method": "S256"})
        passwords = next(
            record["clientId"]
            for record in company.records
            if record["directAccessGrantsEnabled"] and record["clientId"] != "admin-cli"
        )
        company.change(passwords, directAccessGrantsEnabled=False)
        explorer = company.record("api-explorer-apac")
        company.change("api-explorer-apac", redirectUris=[*explorer["redirectUris"], "http://localhost:8400/*"])
        company.remove("backup-agent")
        company.add(
            "travel-planner",
            name="Travel planner",
            publicClient=True,
            standardFlowEnabled=True,
            implicitFlowEnabled=True,
            redirectUris=["*"],
            webOrigins=["*"],
            fullScopeAllowed=True,
        )
        return [
            "access-review now requires PKCE",
            f"{passwords} no longer takes passwords",
            "api-explorer-apac got a callback on localhost",
            "backup-agent is gone",
            "travel-planner is new, and open to everybody",
        ]
