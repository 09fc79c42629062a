"""Files of client metadata in the words of RFC 7591, and scans of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.files import open_export
from inventory import leases, tenants
from inventory.models import Sync
from posture import scan

SOUND: dict[str, Any] = {
    "redirect_uris": ["https://app.example.com/cb"],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "private_key_jwt",
    "application_type": "web",
}
IMPLICIT = {"response_types": ["token"]}
"""Fails RSP-03."""


def write(path: Path, *changes: dict[str, Any]) -> Path:
    """A file of as many clients, app-0 and so on, each sound but for its changes."""
    path.write_text(json.dumps([{"client_id": f"app-{n}", **SOUND, **one} for n, one in enumerate(changes)]))
    return path


def scanned(path: Path, *changes: dict[str, Any], environment: str = "") -> Sync:
    """A whole scan of such a file, by the way that the command line takes."""
    connector = open_export(write(path, *changes))
    tenant = tenants.for_file(path, connector.kind, environment=environment)
    sync = scan.run(leases.request_sync(tenant).pk, connector)
    assert sync.state == Sync.State.DONE, sync.error
    return sync
