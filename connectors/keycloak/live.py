"""A live realm: its metadata, settings and client policies, and the pages of its clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from connectors.base import Page, Permission, Record, Server, Source
from connectors.errors import DeniedError, ProtocolError
from connectors.facts import Facts, Json, NotObserved, Reason
from connectors.http import Answer
from connectors.keycloak.admin_api import AdminApi, path_part
from connectors.keycloak.export import is_oauth_client, role_names
from connectors.keycloak.listing import listed
from connectors.keycloak.policies import Policies, read_policies
from connectors.keycloak.realm import Realm, documentation, text_or_none
from connectors.keycloak.redaction import redact_client
from connectors.keycloak.redirects import Roots
from connectors.keycloak.server import live_server
from connectors.oidc.keys import cut_jwks, read_jwks
from connectors.oidc.metadata import cut_metadata, metadata_facts

VIEW_CLIENTS: Final = Permission("view-clients", "the list of clients", required=True)
VIEW_REALM: Final = Permission(
    "view-realm",
    "client policies and settings of the realm",
    (
        "pkce_required", "code_challenge_methods", "request_object_required", "require_signed_request_object",
        "require_pushed_authorization_requests", "jwt_response_required", "response_modes",
        "authorization_signed_response_alg", "dpop_bound_access_tokens",
        "tls_client_certificate_bound_access_tokens", "implicit_flow", "direct_access_grants",
    ),
)  # fmt: skip

_IN_EVERY_REALM: Final = frozenset({"account", "admin-cli", "broker", "security-admin-console"})
"""Clients that Keycloak makes in every realm and lets nobody delete."""
_METADATA: Final = ".well-known/openid-configuration"
_KEYS: Final = "protocol/openid-connect/certs"
_POLICIES: Final = "/client-policies/policies"
_PROFILES: Final = "/client-policies/profiles"
_SWITCHED_OFF: Final = 501
"""Status for a feature that the server does not have on: then no client policy acts, even where there are some."""
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"


class LiveReader:
    """Reads one realm. `server()` comes first: `realm` is what it found."""

    def __init__(self, api: AdminApi) -> None:
        self.api = api
        self.missing: list[Permission] = []
        self.skipped = 0
        self.sees_all = True
        """False after a listing that shows a part of the clients only, as fine-grained permissions may have it."""
        self.realm: Realm | None = None

    def check(self) -> None:
        """Raises where clients cannot be listed; adds to `missing` what else is refused."""
        metadata = self._metadata()
        if not self._clients(0, 1).body:
            raise self._sees_none()
        self._policies(metadata.source)

    def server(self) -> Server:
        """Read everything that the mapping depends on beside the clients."""
        answer = self._metadata()
        record = cut_metadata(answer.body)
        facts = metadata_facts(record)
        asked = f"{self.api.base_url}/realms/{path_part(self.api.realm)}"
        issuer = facts.get("issuer")
        issuer = issuer if isinstance(issuer, str) and issuer else asked
        record["jwks"], keys = self._keys()
        policies, source = self._policies(answer.source)
        grants = facts.get("grant_types_supported")
        self.realm = Realm(
            name=self.api.realm,
            issuer=issuer,
            is_file=False,
            roots=Roots(issuer.removesuffix(f"/realms/{path_part(self.api.realm)}")),
            policies=policies,
            policies_source=source,
            no_policies=source,
            defaults=source,
            documentation=documentation(answer.source),
            signature_algorithm=self._signature_algorithm(),
            dpop=_lists_any(facts.get("dpop_signing_alg_values_supported")),
            token_exchange=isinstance(grants, list) and _EXCHANGE in grants,
        )
        shown = {**facts, **keys, "issuer_verified": issuer == asked}
        return live_server(self.realm, record, answer.source, shown)

    def pages(self) -> Iterator[Page]:
        """Every page of clients. Raises DeniedError where there are none: every realm has some."""
        if self.realm is None:
            self.server()
        self.sees_all = False
        source: Source | None = None
        for source, clients in listed(self._clients):
            self.sees_all = self.sees_all or any(client.get("clientId") in _IN_EVERY_REALM for client in clients)
            oauth = [client for client in clients if is_oauth_client(client)]
            self.skipped += len(clients) - len(oauth)
            yield Page(source, [self._record(client) for client in oauth])
        if source is None:
            raise self._sees_none()
        if not self.sees_all:
            self._miss(VIEW_CLIENTS)

    def _sees_none(self) -> DeniedError:
        role = self.api.role(VIEW_CLIENTS)
        message = f"No client of the realm was shown, though every realm has some: grant {role}."
        return DeniedError(VIEW_CLIENTS.name, message)

    def _record(self, client: Mapping[str, Json]) -> Record:
        policies = self.realm.policies if self.realm else Policies()
        record = redact_client(client, policies.wanted_attributes())
        if policies.asks_for_roles():
            record["roles"] = self._roles(str(client["id"]))
        record["realm"] = self.api.realm
        return record

    def _roles(self, client_id: str) -> Json:
        """Names of a client's roles; or, as JSON, why they could not be read."""
        try:
            answer = self.api.admin(f"/clients/{path_part(client_id)}/roles", needs=VIEW_CLIENTS, expect=list)
        except DeniedError:
            return self._needs(VIEW_CLIENTS, "the roles of the client").to_json()
        except ProtocolError as fault:
            return NotObserved(Reason.FAILED, f"the roles of the client could not be read: {fault}").to_json()
        return role_names(answer.body)

    def _metadata(self) -> Answer:
        try:
            return self.api.public(_METADATA)
        except ProtocolError as fault:
            raise self.api.advice(fault, self.api.realm) from fault

    def _keys(self) -> tuple[Json, Facts]:
        """The realm's keys as kept in the record, and as a fact."""
        try:
            kept = cut_jwks(self.api.public(_KEYS).body)
        except ProtocolError as fault:
            return None, {"jwks": NotObserved(Reason.FAILED, str(fault))}
        return kept, {"jwks": read_jwks(kept)}

    def _clients(self, first: int, most: int) -> Answer:
        return self.api.admin("/clients", {"first": first, "max": most}, needs=VIEW_CLIENTS, expect=list)

    def _signature_algorithm(self) -> str | NotObserved | None:
        """The realm's default. Who lacks view-realm is shown the realm's name alone, but then no policy either, and
        only what a policy requires rests on the default."""
        try:
            settings = self.api.admin("", needs=VIEW_REALM, expect=dict).body
        except DeniedError:
            self._miss(VIEW_REALM)
            return self._needs(VIEW_REALM, "the settings of the realm")
        except ProtocolError as fault:
            return NotObserved(Reason.FAILED, f"the settings of the realm could not be read: {fault}")
        return text_or_none(settings.get("defaultSignatureAlgorithm"))

    def _policies(self, unread_source: Source) -> tuple[Policies, Source]:
        """Client policies with the server's own, and the request that showed them."""
        wanted: dict[str, str | int] = {"include-global-policies": "true"}
        also: dict[str, str | int] = {"include-global-profiles": "true"}
        try:
            policies = self.api.admin(_POLICIES, wanted, needs=VIEW_REALM, expect=dict)
            profiles = self.api.admin(_PROFILES, also, needs=VIEW_REALM, expect=dict)
        except DeniedError:
            self._miss(VIEW_REALM)
            return Policies(unread=self._needs(VIEW_REALM, "client policies")), unread_source
        except ProtocolError as fault:
            if fault.status == _SWITCHED_OFF:
                return Policies(), unread_source
            unread = NotObserved(Reason.FAILED, f"client policies could not be read: {fault}")
            return Policies(unread=unread), unread_source
        return read_policies(policies.body, profiles.body, with_global=True), policies.source

    def _needs(self, permission: Permission, what: str) -> NotObserved:
        return NotObserved(Reason.DENIED, f"{what}: {self.api.role(permission)} is needed")

    def _miss(self, permission: Permission) -> None:
        if permission not in self.missing:
            self.missing.append(permission)


def _lists_any(value: Json) -> bool | None:
    """Metadata lists something; None: the metadata could not be read."""
    return None if isinstance(value, NotObserved) else bool(value)
