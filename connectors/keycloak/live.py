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

_PAGE: Final = 200
_MOST_STEPS_BACK: Final = 20
_METADATA: Final = ".well-known/openid-configuration"
_KEYS: Final = "protocol/openid-connect/certs"
_POLICIES: Final = "/client-policies/policies"
_PROFILES: Final = "/client-policies/profiles"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_DENIED: Final = NotObserved(Reason.DENIED, "client policies need the role view-realm of the client realm-management")


class LiveReader:
    """Reads one realm. `server()` comes first: `realm` is what it found."""

    def __init__(self, api: AdminApi) -> None:
        self.api = api
        self.missing: list[Permission] = []
        self.skipped = 0
        self.realm: Realm | None = None

    def check(self) -> None:
        """Raises where clients cannot be listed; adds to `missing` what else is refused."""
        metadata = self._metadata()
        self._clients(0, 1)
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
        settings = self._settings()
        policies, source = self._policies(answer.source)
        grants = facts.get("grant_types_supported")
        base = issuer.removesuffix(f"/realms/{path_part(self.api.realm)}")
        default = text_or_none(settings.get("defaultSignatureAlgorithm"))
        self.realm = Realm(
            name=self.api.realm,
            issuer=issuer,
            is_file=False,
            roots=Roots(base, self.api.base_url),
            policies=policies,
            policies_source=source,
            no_policies=source,
            defaults=source,
            documentation=documentation(answer.source),
            signature_algorithm=default,
            dpop=_lists_any(facts.get("dpop_signing_alg_values_supported")),
            token_exchange=isinstance(grants, list) and _EXCHANGE in grants,
        )
        shown = {**facts, **keys, "issuer_verified": issuer == asked}
        return live_server(self.realm, record, answer.source, shown)

    def pages(self) -> Iterator[Page]:
        """Pages that overlap by one record: where it is not there, clients were deleted meanwhile, so step back."""
        if self.realm is None:
            self.server()
        seen: set[str] = set()
        first, steps_back = 0, 0
        while True:
            answer = self._clients(first, _PAGE)
            listed = answer.body
            moved = first > 0 and (not listed or _id_of(listed[0], answer.source) not in seen)
            if moved:
                steps_back += 1
                if steps_back > _MOST_STEPS_BACK:
                    raise ProtocolError(answer.source.url, "Clients are deleted faster than they can be listed")
                first = max(0, first - _PAGE)
                continue
            new = [client for client in listed if _id_of(client, answer.source) not in seen]
            seen.update(_id_of(client, answer.source) for client in new)
            oauth = [client for client in new if is_oauth_client(client)]
            self.skipped += len(new) - len(oauth)
            yield Page(answer.source, [self._record(client) for client in oauth])
            if len(listed) < _PAGE:
                return
            first += len(listed) - 1

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
            return NotObserved(Reason.DENIED, "the roles of the client need the role view-clients").to_json()
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

    def _settings(self) -> Mapping[str, Json]:
        """The realm's settings; without the role view-realm Keycloak answers with its name alone."""
        try:
            answer = self.api.admin("", needs=VIEW_REALM, expect=dict)
        except DeniedError:
            self._miss_view_realm()
            return {}
        settings: Mapping[str, Json] = answer.body
        if "sslRequired" not in settings:
            self._miss_view_realm()
        return settings

    def _policies(self, unread_source: Source) -> tuple[Policies, Source]:
        """Client policies with the server's own, and the request that showed them."""
        wanted: dict[str, str | int] = {"include-global-policies": "true"}
        also: dict[str, str | int] = {"include-global-profiles": "true"}
        try:
            policies = self.api.admin(_POLICIES, wanted, needs=VIEW_REALM, expect=dict)
            profiles = self.api.admin(_PROFILES, also, needs=VIEW_REALM, expect=dict)
        except DeniedError:
            self._miss_view_realm()
            return Policies(unread=_DENIED), unread_source
        except ProtocolError as fault:
            unread = NotObserved(Reason.FAILED, f"client policies could not be read: {fault}")
            return Policies(unread=unread), unread_source
        return read_policies(policies.body, profiles.body, with_global=True), policies.source

    def _miss_view_realm(self) -> None:
        if VIEW_REALM not in self.missing:
            self.missing.append(VIEW_REALM)


def _lists_any(value: Json) -> bool | None:
    """Metadata lists something; None: the metadata could not be read."""
    return None if isinstance(value, NotObserved) else bool(value)


def _id_of(client: Json, source: Source) -> str:
    found = client.get("id") if isinstance(client, dict) else None
    if not isinstance(found, str) or not found:
        raise ProtocolError(source.url, "The list of clients holds something that is no client")
    return found
