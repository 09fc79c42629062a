"""A connector as JSON: what the command line, the API and the generated reference say of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from connectors.base import Connector


def connector_json(connector: type[Connector]) -> dict[str, Any]:
    """Everything of a connector but what it does. `cannot_see` is subject -> fact -> why."""
    return {
        "kind": connector.kind,
        "label": connector.label,
        "version": connector.version,
        "documentation": connector.documentation,
        "exports": connector.exports,
        "settings": [asdict(setting) for setting in connector.settings],
        "permissions": [
            {**asdict(permission), "hides": list(permission.hides)} for permission in connector.permissions
        ],
        "cannot_see": {
            subject.value: {name: unseen.to_json() for name, unseen in sorted(found.items())}
            for subject, found in connector.cannot_see.items()
        },
    }
