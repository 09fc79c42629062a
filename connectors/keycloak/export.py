"""Realm exports: full, partial or written by hand, one realm or a list of them; and clients exported alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.base import Page, Record, Source
from connectors.errors import FileError
from connectors.facts import Json
from connectors.keycloak.realm import Realm, file_realm, realmless
from connectors.keycloak.redaction import redact_client, type_name

_NO_REALM: Final = frozenset({"auth-server-url", "resource", "realm-public-key", "issuer", "client_id", "clientId"})
"""Members of an adapter's configuration and of others' documents, which may name a realm."""
_OF_A_REALM: Final = frozenset({"id", "keycloakVersion", "clientScopes", "roles", "users", "sslRequired", "enabled"})
_OF_A_CLIENT: Final = frozenset({
    "publicClient", "protocol", "redirectUris", "standardFlowEnabled", "secret", "clientAuthenticatorType",
    "bearerOnly", "attributes", "serviceAccountsEnabled",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class RealmFile:
    """A realm of a file, and the page of its clients; None where the file says nothing about clients."""

    realm: Realm
    page: Page | None
    skipped: int


def read_export(document: Json, source: Source) -> list[RealmFile]:
    """The realms of a document, none when it is not Keycloak's. Raises FileError naming the place."""
    if isinstance(document, list):
        if document and all(_is_client(entry) for entry in document):
            return [_clients_alone(document, source)]
        if not any(_is_realm(entry) for entry in document):
            return []
        realms: dict[str, RealmFile] = {}
        for position, entry in enumerate(document):
            place = f"[{position}]"
            if not _is_realm(entry):
                raise FileError(place, f"it is {type_name(entry)}, but no realm, unlike others of the list")
            read = _realm(entry, source, place + ".")
            if read.realm.name in realms:
                raise FileError(f"{place}.realm", "another realm of the list has the same name")
            realms[read.realm.name] = read
        return list(realms.values())
    if _is_client(document):
        return [_clients_alone([document], source)]
    return [_realm(document, source, "")] if _is_realm(document) else []


def _is_realm(document: Json) -> bool:
    """A named realm; or one whose name is missing though it holds what only realms have."""
    if not isinstance(document, dict) or document.keys() & _NO_REALM:
        return False
    return "realm" in document or ("clients" in document and bool(document.keys() & _OF_A_REALM))


def _is_client(document: Json) -> bool:
    if not isinstance(document, dict) or "realm" in document or "clients" in document:
        return False
    return "clientId" in document and bool(document.keys() & _OF_A_CLIENT)


def _realm(document: Mapping[str, Json], source: Source, place: str) -> RealmFile:
    name = document.get("realm")
    if name is None and isinstance(document.get("id"), str):
        name = document["id"]
    if not isinstance(name, str) or not name:
        raise FileError(f"{place}realm", f"the name of the realm is {_found(name)}; it must be text")
    realm = file_realm(document, name, source)
    if document.get("clients") is None:
        return RealmFile(realm, None, 0)
    records, skipped = _records(document["clients"], document, realm, f"{place}clients")
    return RealmFile(realm, Page(source, records), skipped)


def _clients_alone(clients: list[Json], source: Source) -> RealmFile:
    realm = realmless(source)
    records, skipped = _records(clients, {}, realm, "")
    return RealmFile(realm, Page(source, records), skipped)


def _records(clients: Json, document: Mapping[str, Json], realm: Realm, place: str) -> tuple[list[Record], int]:
    """OAuth clients cut to the allow-list, and how many others there are."""
    if not isinstance(clients, list):
        raise FileError(place, f"it is {type_name(clients)}; it must be a list of clients")
    wanted = realm.policies.wanted_attributes()
    roles = _client_roles(document) if realm.policies.asks_for_roles() else None
    records: list[Record] = []
    names: set[str] = set()
    for position, client in enumerate(clients):
        if not isinstance(client, dict):
            raise FileError(f"{place}[{position}]", f"it is {type_name(client)}; a client is an object")
        if not is_oauth_client(client):
            continue
        record = redact_client(client, wanted)
        name = record.get("clientId")
        if not isinstance(name, str) or not name:
            record["position"] = f"#{position + 1}"
        elif name in names:
            raise FileError(f"{place}[{position}].clientId", f"another client of the realm is called {name!r}, too")
        else:
            names.add(name)
        if roles is not None:
            record["roles"] = roles.get(str(name), [])
        record["realm"] = realm.name
        records.append(record)
    return records, len(clients) - len(records)


def is_oauth_client(client: Mapping[str, Json]) -> bool:
    """Very old exports, and the clients that stand for realms, name no protocol: they speak OpenID Connect."""
    protocol = client.get("protocol")
    return not isinstance(protocol, str) or protocol in {"", "openid-connect"}


def _client_roles(document: Mapping[str, Json]) -> dict[str, list[str]]:
    """Names of the roles of each client."""
    roles = document.get("roles")
    by_client = roles.get("client") if isinstance(roles, dict) else None
    if not isinstance(by_client, dict):
        return {}
    return {client: role_names(listed) for client, listed in by_client.items() if isinstance(listed, list)}


def role_names(listed: list[Json]) -> list[str]:
    names = [role.get("name") for role in listed if isinstance(role, dict)]
    return sorted(name for name in names if isinstance(name, str))


def _found(value: Json) -> str:
    return "missing" if value is None else "empty" if value == "" else type_name(value)
