"""A few clients, read from a metadata file and judged by a real scan."""

import json
from pathlib import Path
from typing import Any

from connectors.files import open_export
from inventory import leases, tenants
from posture import scan

WEB_APP: dict[str, Any] = {
    "client_id": "shop",
    "client_name": "Shop <b>front</b>",
    "redirect_uris": ["https://shop.example.com/cb"],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_basic",
}
CLIENTS = [
    WEB_APP,
    WEB_APP | {"client_id": "wild", "client_name": "Wild", "redirect_uris": ["https://wild.example.com/*"]},
    WEB_APP | {"client_id": "plain", "client_name": "Plain", "redirect_uris": ["http://plain.example.com/cb"]},
    WEB_APP | {"client_id": "both", "client_name": "Both", "response_types": ["code", "token"]},
]


def scan_clients(folder: Path, clients: list[dict[str, Any]]) -> None:
    """Scan a metadata file with these clients, under the same name each time."""
    path = folder / "clients.json"
    path.write_text(json.dumps(clients))
    connector = open_export(path)
    tenant = tenants.for_file(path, connector.kind)
    sync = scan.run(leases.request_sync(tenant).pk, connector)
    assert sync.state == "done", sync.error
