"""A Keycloak realm of a made-up company, and the changes that people make to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from lab import realm
from lab.clients import SCANNER, Record, app_record, client, scanner
from lab.organisation import Organisation
from lab.policies import NONE, Policies
from lab.secrets import secret_value

VIEW_CLIENTS: Final = "view-clients"
VIEW_REALM: Final = "view-realm"
_ACCESS: Final = {"view": True, "configure": False, "manage": False}


@dataclass
class Account:
    """A service account: its secret, and its roles of the client realm-management."""

    client_secret: str
    roles: set[str] = field(default_factory=set)


class Keycloak:
    """A realm: what it holds, rendered once, so that serving it costs next to nothing."""

    def __init__(self, organisation: Organisation, policies: Policies = NONE) -> None:
        self.organisation = organisation
        self.realm = organisation.slug
        self.policies = policies
        secret = scanner(organisation)["secret"]
        self.accounts = {SCANNER: Account(secret, {VIEW_CLIENTS, VIEW_REALM})}
        self.breaks_at: int | None = None
        self.unseen: set[str] = set()
        """Client ids that are left out of every page, as Keycloak does it with what it cannot load or may not show."""
        made = [*realm.builtin_clients(organisation), scanner(organisation)]
        made += [app_record(organisation, app) for app in organisation.apps]
        self._records: dict[str, Record] = {record["clientId"]: record for record in made}
        self._rendered = {client_id: _render(record) for client_id, record in self._records.items()}
        self._order = sorted(self._records)

    @property
    def records(self) -> list[Record]:
        """The clients, ordered by client id as Keycloak lists them."""
        return [self._records[client_id] for client_id in self._order]

    def record(self, client_id: str) -> Record:
        return self._records[client_id]

    @property
    def oauth_clients(self) -> int:
        """How many clients speak OpenID Connect."""
        return sum(record["protocol"] == "openid-connect" for record in self._records.values())

    def change(self, client_id: str, attributes: dict[str, str | None] | None = None, **members: Any) -> None:
        """Set members of a client, and attributes; an attribute that is None goes away."""
        record = self._records[client_id]
        merged = {**record["attributes"], **(attributes or {})}
        kept = {name: value for name, value in merged.items() if value is not None}
        self._put({**record, **members, "attributes": kept})

    def add(self, client_id: str, **members: Any) -> None:
        """Register a client with the members given and defaults for the others."""
        self._put(client(self.organisation, client_id, **members))

    def remove(self, client_id: str) -> None:
        del self._records[client_id], self._rendered[client_id]
        self._order = sorted(self._records)

    def break_listing(self, at: int | None = 0) -> None:
        """Let the list of clients fail from this position on; None mends it."""
        self.breaks_at = at

    def listing(self, first: int, maximum: int | None) -> bytes:
        """A page of clients as JSON; all of them without a maximum, as Keycloak does."""
        names = self._order[first:] if maximum is None else self._order[first : first + maximum]
        return b"[" + b",".join(self._rendered[name] for name in names if name not in self.unseen) + b"]"

    def roles_of(self, client_uuid: str) -> list[dict[str, Any]] | None:
        """The roles of a client, None where no client has this id."""
        for record in self._records.values():
            if record["id"] == client_uuid:
                role = f"{record['clientId']}-user"
                return [
                    {
                        "id": self.organisation.uuid("role", role),
                        "name": role,
                        "composite": False,
                        "clientRole": True,
                        "containerId": client_uuid,
                    }
                ]
        return None

    def settings(self, *, view_realm: bool) -> dict[str, Any]:
        """The realm; its name alone for those who may not view it."""
        return realm.representation(self.organisation) if view_realm else {"realm": self.realm}

    def export(self) -> bytes:
        """A full realm file, as `kc.sh export` writes it."""
        members = {
            **realm.representation(self.organisation),
            **realm.export_members(self.organisation),
            "clientPolicies": {"policies": list(self.policies.policies)},
            "clientProfiles": {"profiles": list(self.policies.profiles)},
            "clients": self.records,
        }
        return json.dumps(members, indent=2).encode()

    def new_token(self, account: str, count: int) -> str:
        return secret_value(self.realm, account, "token", count)

    def _put(self, record: Record) -> None:
        client_id = record["clientId"]
        self._records[client_id] = record
        self._rendered[client_id] = _render(record)
        self._order = sorted(self._records)


def _render(record: Record) -> bytes:
    return json.dumps({**record, "access": _ACCESS}).encode()
