"""Rows of the mapping on what a client is and which grants it may use."""

from __future__ import annotations

from typing import Final

from connectors.facts import NotObserved, Reason
from connectors.keycloak.members import POLICY, RECORD, Client
from connectors.urls import stays_on_device

_URN: Final = "urn:ietf:params:oauth:grant-type:"
_FIRST_WITH_DEVICE: Final = (13, 0, 0)
_METHODS: Final = {
    "client-secret-jwt": "client_secret_jwt",
    "client-jwt": "private_key_jwt",
    "client-x509": "tls_client_auth",
}
_SECRET: Final = "client-secret"  # noqa: S105  (the name of a client authenticator)
_ON: Final = "the switch implicitFlowEnabled is on"
_NO_TYPE: Final = NotObserved(Reason.UNCLASSIFIED, "Keycloak does not record what kind of application a client is")


def client_type(client: Client) -> str:
    """A bearer-only client accepts tokens and asks for none, whatever else its record says."""
    if client.flag("bearerOnly"):
        return "resource_server"
    return "confidential" if client.is_confidential() else "public"


def token_endpoint_auth_method(client: Client) -> str | NotObserved:
    """A secret may be sent in both ways where no attribute limits them; the standard's default stands for both."""
    if not client.is_confidential():
        return "none"
    authenticator = client.text("clientAuthenticatorType") or _SECRET
    if authenticator == _SECRET:
        return client.attribute("client.secret.authentication.allowed.method") or "client_secret_basic"
    if authenticator in _METHODS:
        return _METHODS[authenticator]
    return NotObserved(Reason.UNCLASSIFIED, f"no standard names the client authenticator {authenticator}")


def application_type(client: Client) -> str | NotObserved:
    """Derived, as far as it can be: a confidential client is web or service, a public one spa or native."""
    front_channel, confidential = client.front_channel(), client.is_confidential()
    if confidential and front_channel:
        return "web" if client.redirect_uris() else _NO_TYPE
    if confidential:
        return _NO_TYPE if _device(client) else "service"
    return _public_type(client) if front_channel else _NO_TYPE


def _public_type(client: Client) -> str | NotObserved:
    """Callbacks on a device do not tell a native app from a browser app in development: web origins do. Those on the
    server itself are pages, wherever it stands."""
    callbacks = client.resolved_redirect_uris()
    own = client.realm.roots.origin + "/"
    if any(uri.startswith(own) or _is_hosted(uri) for uri in callbacks):
        return "spa"
    on_device = bool(callbacks) and all(stays_on_device(uri) for uri in callbacks)
    return "native" if on_device and not client.web_origins() else _NO_TYPE


def _is_hosted(uri: str) -> bool:
    return uri.startswith(("http://", "https://")) and not stays_on_device(uri)


def implicit_flow(client: Client) -> bool | NotObserved:
    """The switch, unless a policy blocks it."""
    return _declared(_implicit(client), "implicitFlowEnabled", client)


def direct_access_grants(client: Client) -> bool | NotObserved:
    """The switch, unless consent is required, with which Keycloak refuses the grant, or a policy blocks it."""
    return _declared(_password(client), "directAccessGrantsEnabled", client)


def grant_types(client: Client) -> list[str]:
    """Those that the client may certainly use."""
    code, password = client.flag("standardFlowEnabled"), _password(client) is True
    service = client.is_confidential() and client.service_account()
    device, ciba = _device(client), _since_13(client) and client.switched_on("oidc.ciba.grant.enabled")
    refreshed = (code or password or device or ciba) and client.switched_on("use.refresh.tokens", default=True)
    refreshed = refreshed or (service and client.switched_on("client_credentials.use_refresh_token"))
    grants = {
        "authorization_code": code,
        "implicit": _implicit(client) is True,
        "password": password,
        "client_credentials": service,
        "refresh_token": refreshed,
        _URN + "device_code": device,
        "urn:openid:params:grant-type:ciba": ciba,
        _URN + "token-exchange": _exchanges(client),
        _URN + "jwt-bearer": client.switched_on("oauth2.jwt.authorization.grant.enabled"),
        _URN + "uma-ticket": client.flag("authorizationServicesEnabled"),
    }
    return [grant for grant, used in grants.items() if used]


def response_types(client: Client) -> list[str]:
    """Those that the client may certainly use."""
    code, implicit = client.flag("standardFlowEnabled"), _implicit(client) is True
    found = ["code"] if code else []
    if implicit:
        found += ["token", "id_token", "id_token token"]
    if code and implicit:
        found += ["code id_token", "code token", "code id_token token"]
    return found


def implicit_allowed(client: Client) -> bool | NotObserved:
    """Some response type of the implicit or the hybrid flow is allowed."""
    return _unless("implicitFlowEnabled", "reject-implicit-grant", client)


def _implicit(client: Client) -> bool | NotObserved:
    """As the switch has it, unless a policy takes a part away, as `secure-response-type` does: the implicit flow, and
    nearly all of the hybrid flow."""
    allowed = implicit_allowed(client)
    if allowed is not True:
        return allowed
    limited = client.bound("secure-response-type")
    if limited is True:
        return NotObserved(Reason.UNCLASSIFIED, f"{_ON}; a client policy refuses most of its response types")
    if isinstance(limited, NotObserved):
        return NotObserved(limited.reason, f"{_ON}; whether a policy limits it: {limited.detail}")
    return True


def _password(client: Client) -> bool | NotObserved:
    if not client.flag("directAccessGrantsEnabled") or client.flag("consentRequired"):
        return False
    return _unless("directAccessGrantsEnabled", "reject-ropc-grant", client)


def _unless(switch: str, executor: str, client: Client) -> bool | NotObserved:
    if not client.flag(switch):
        return False
    blocked = client.bound(executor)
    if isinstance(blocked, NotObserved):
        return NotObserved(blocked.reason, f"the switch {switch} is on; whether it is blocked: {blocked.detail}")
    return not blocked


def _declared(answer: bool | NotObserved, switch: str, client: Client) -> bool | NotObserved:  # noqa: FBT001
    """A switch that the record holds is the record's, whatever else an import would set."""
    if client.has(switch) and not client.basis & POLICY:
        client.basis = RECORD
    return answer


def _device(client: Client) -> bool:
    return _since_13(client) and client.switched_on("oauth2.device.authorization.grant.enabled")


def _since_13(client: Client) -> bool:
    version = client.realm.version
    return version is None or version >= _FIRST_WITH_DEVICE


def _exchanges(client: Client) -> bool:
    """Before 26.2 there was another exchange, of which the record says nothing."""
    on = client.realm.token_exchange and client.switched_on("standard.token.exchange.enabled")
    return on and client.is_confidential()
