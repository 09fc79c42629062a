"""From a redacted client record to facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors.base import App, Observed, Reading, Record, Source
from connectors.facts import Facts, NotObserved, Reason, Rung
from connectors.keycloak import grants, protection
from connectors.keycloak.builtins import is_platform_client
from connectors.keycloak.credentials import client_keys, credentials
from connectors.keycloak.members import DEFAULT, POLICY, RECORD, Client
from connectors.keycloak.realm import Realm
from connectors.keycloak.unseen import Unseen

Rule = Callable[[Client], Any]


def _text(name: str) -> Rule:
    return lambda client: client.text(name)


def _attribute(key: str) -> Rule:
    return lambda client: client.attribute(key)


def _client_id(client: Client) -> str | NotObserved:
    return client.text("clientId") or _NO_CLIENT_ID


_NO_CLIENT_ID: Final = NotObserved(
    Reason.ABSENT_IN_FILE, "clientId is missing; the client's place in the file, or its id, stands for it"
)


def _client_name(client: Client) -> str | None:
    """Keycloak shows the client id where there is no name."""
    return client.text("name") or client.text("clientId")


def _client_uri(client: Client) -> str | None:
    uri = client.text("baseUrl")
    return client.realm.roots.resolve(uri, client.text("rootUrl")) if uri else None


def _resolved(client: Client) -> list[str] | None:
    resolved = client.resolved_redirect_uris()
    return None if resolved == client.redirect_uris() else resolved


def _post_logout_redirect_uris(client: Client) -> list[str]:
    """`+`, and nothing at all, stand for the redirect URIs; `-` for none."""
    listed = split(client.attribute("post.logout.redirect.uris") or "+")
    if listed[:1] == ["-"]:
        return []
    found = [uri for entry in listed for uri in (client.redirect_uris() if entry == "+" else [entry])]
    return list(dict.fromkeys(found))


def _request_uris(client: Client) -> list[str]:
    return split(client.attribute("request.uris") or "")


def _scope(client: Client) -> str | None:
    return " ".join(dict.fromkeys([*client.default_scopes(), *client.optional_scopes()])) or None


def _iss_excluded(client: Client) -> bool:
    return client.switched_on("exclude.issuer.from.auth.response")


def split(text: str) -> list[str]:
    """Keycloak joins several values with ##."""
    return [entry for entry in text.split("##") if entry]


OF_EVERY_CLIENT: Final[Sequence[tuple[Sequence[str], Rule]]] = (
    (("client_id",), _client_id),
    (("client_name",), _client_name),
    (("description",), _text("description")),
    (("enabled",), lambda client: client.flag("enabled")),
    (("client_uri",), _client_uri),
    (("logo_uri",), _attribute("logoUri")),
    (("tos_uri",), _attribute("tosUri")),
    (("policy_uri",), _attribute("policyUri")),
    (("platform_client",), is_platform_client),
    (("full_scope_allowed",), protection.full_scope_allowed),
    (("redirect_uris",), lambda client: client.redirect_uris()),
    (("resolved_redirect_uris",), _resolved),
    (("web_origins",), protection.web_origins),
    (("scope",), _scope),
    (("client_type",), grants.client_type),
)
"""Rules by the facts that they tell."""

OF_OAUTH_CLIENTS: Final[Sequence[tuple[Sequence[str], Rule]]] = (
    (("token_endpoint_auth_method",), grants.token_endpoint_auth_method),
    (("token_endpoint_auth_signing_alg",), _attribute("token.endpoint.auth.signing.alg")),
    (("application_type",), grants.application_type),
    (("grant_types",), grants.grant_types),
    (("response_types",), grants.response_types),
    (("implicit_flow",), grants.implicit_flow),
    (("direct_access_grants",), grants.direct_access_grants),
    (("pkce_required", "code_challenge_methods"), protection.pkce),
    (("request_object_required", "require_signed_request_object"), protection.request_objects),
    (("request_object_signing_alg",), protection.request_object_signing_alg),
    (("request_object_encryption_alg", "request_object_encryption_enc"), protection.request_object_encryption),
    (("request_uris",), _request_uris),
    (("jwt_response_required", "response_modes"), protection.jwt_response),
    (("authorization_signed_response_alg",), protection.authorization_signed_response_alg),
    (("authorization_encrypted_response_alg",), _attribute("authorization.encrypted.response.alg")),
    (("authorization_encrypted_response_enc",), _attribute("authorization.encrypted.response.enc")),
    (("require_pushed_authorization_requests",), protection.pushed_requests),
    (("dpop_bound_access_tokens",), protection.dpop),
    (("tls_client_certificate_bound_access_tokens",), protection.certificate_bound),
    (("iss_excluded",), _iss_excluded),
    (("id_token_signed_response_alg",), _attribute("id.token.signed.response.alg")),
    (("post_logout_redirect_uris",), _post_logout_redirect_uris),
    (("jwks", "jwks_uri"), client_keys),
)
"""Rules for clients that take part in flows."""

OF_RESOURCE_SERVERS: Final[Facts] = {
    **{name: None for names, _ in OF_OAUTH_CLIENTS for name in names},
    "grant_types": [],
    "response_types": [],
    "implicit_flow": False,
    "direct_access_grants": False,
    "request_uris": [],
}
"""A bearer-only client accepts tokens; Keycloak refuses it every grant, whatever its switches say."""

DOCUMENTED: Final[Facts] = {"redirect_wildcards_allowed": None, "redirect_uri_expressions": False}
"""Keycloak has no switch for wildcards, it always reads a final * as one, and knows no regular expressions."""


class _Sorted:
    """Facts by what they rest on."""

    def __init__(self) -> None:
        self.record: Facts = {}
        self.policies: Facts = {}
        self.no_policies: Facts = {}
        self.defaults: Facts = {}
        self.unseen: dict[str, NotObserved] = {}

    def apply(self, rules: Sequence[tuple[Sequence[str], Rule]], client: Client) -> None:
        for names, rule in rules:
            client.basis = RECORD
            try:
                answer = rule(client)
            except Unseen as unseen:
                self.unseen.update(dict.fromkeys(names, unseen.why))
                continue
            facts = self._resting_on(client.basis) if client.basis else self.record
            if len(names) == 1:
                (self.unseen if type(answer) is NotObserved else facts)[names[0]] = answer
            else:
                for name, value in zip(names, answer, strict=True):
                    (self.unseen if type(value) is NotObserved else facts)[name] = value

    def _resting_on(self, basis: int) -> Facts:
        if basis & POLICY:
            return self.policies
        return self.defaults if basis & DEFAULT else self.no_policies

    def observed(self, source: Source, realm: Realm) -> Observed:
        sources = (
            (Rung.DECLARED, source, self.record),
            (Rung.DECLARED, realm.policies_source, self.policies),
            (Rung.ATTESTED, realm.no_policies, self.no_policies),
            (Rung.ATTESTED, realm.defaults, self.defaults),
            (Rung.ATTESTED, realm.documentation, DOCUMENTED),
        )
        return Observed(tuple(Reading(rung, shown, facts) for rung, shown, facts in sources if facts), self.unseen)


def map_client(record: Record, source: Source, realm: Realm) -> App:
    """Facts of one client, by the first row of the mapping that fits it."""
    client = Client(record, realm)
    facts = _Sorted()
    facts.apply(OF_EVERY_CLIENT, client)
    try:
        resource_server = client.flag("bearerOnly")
    except Unseen as unseen:
        facts.unseen.update({name: unseen.why for names, _ in OF_OAUTH_CLIENTS for name in names})
        resource_server = None
    if resource_server:
        facts.record.update(OF_RESOURCE_SERVERS)
    elif resource_server is False:
        facts.apply(OF_OAUTH_CLIENTS, client)
    external_id = record["id"] if isinstance(record.get("id"), str) else None
    client_id = str(facts.record.get("client_id") or record.get("position") or external_id)
    return App(
        external_id=external_id or client_id,
        issuer=realm.issuer,
        client_id=client_id,
        observed=facts.observed(source, realm),
        credentials=credentials(client, resource_server=resource_server is True),
    )
