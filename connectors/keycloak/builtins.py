"""Clients that Keycloak makes for its own use (section "built-in clients" of the mapping)."""

from __future__ import annotations

from typing import Final

from connectors.keycloak.members import Client

_NAMES: Final = frozenset({
    "account", "account-console", "admin-cli", "broker", "security-admin-console", "admin-permissions", "_system",
})  # fmt: skip
_MASTER: Final = "master"
_SUFFIX: Final = "-realm"


def is_platform_client(client: Client) -> bool:
    """By name, which is unique in a realm, never by switches, which upgrades keep. Raises Unseen."""
    name = client.text("clientId") or ""
    realm = client.realm.name
    if name in _NAMES or (name == "realm-management" and realm != _MASTER) or client.switched_on("realm_client"):
        return True
    if not name.endswith(_SUFFIX) or not client.flag("bearerOnly"):
        return False
    # One client of master stands for each realm; a renamed master leaves some behind.
    managed = name.removesuffix(_SUFFIX)
    return realm in {_MASTER, managed} or client.text("name") == f"{managed} Realm"
