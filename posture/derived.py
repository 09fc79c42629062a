"""Facts that are computed from others: pure functions, written like controls.

This is the one place where a standard's default stands in for a member that was seen to be absent. What a
derivation lacks makes it `Missing`; it never raises.
"""

from __future__ import annotations

from typing import Any

from connectors.facts import NotObserved, Reason
from posture.outcome import Addressee, Missing, Truth, any_of, equals, flag, merge
from posture.redirects import RedirectUri, is_plain, resolve
from posture.signature import derived

UNCLASSIFIED = Reason.UNCLASSIFIED
NO_AUTHENTICATION = "none"
"""The method of clients that present no credential (RFC 7591 2)."""


@derived
def effective_client_type(
    client_type: str | NotObserved | None, token_endpoint_auth_method: str | NotObserved | None
) -> str | Missing:
    """The platform's word, else public for the method none and confidential for every other one; a method seen to be
    absent is client_secret_basic by default (RFC 7591 2)."""
    if isinstance(client_type, str) and client_type:
        return client_type
    if isinstance(token_endpoint_auth_method, NotObserved):
        unseen = (client_type,) if isinstance(client_type, NotObserved) else ()
        return Missing(merge(*unseen, token_endpoint_auth_method))
    return "public" if token_endpoint_auth_method == NO_AUTHENTICATION else "confidential"


@derived
def effective_grant_types(grant_types: list[str] | None) -> tuple[str, ...]:
    """The registered grants; seen to be absent: authorization_code by default (RFC 7591 2)."""
    return ("authorization_code",) if grant_types is None else tuple(grant_types)


@derived
def effective_response_types(response_types: list[str] | None) -> tuple[str, ...]:
    """The registered response types; seen to be absent: code by default (RFC 7591 2)."""
    return ("code",) if response_types is None else tuple(response_types)


@derived
def has_redirect_uris(redirect_uris: list[str] | None) -> bool:
    """A redirect URI is registered."""
    return bool(redirect_uris)


@derived
def front_channel(
    effective_client_type: str | Missing,
    grant_types: list[str] | NotObserved | None,
    response_types: list[str] | NotObserved | None,
    has_redirect_uris: bool | Missing,
    implicit_flow: bool | NotObserved | None,
) -> Truth:
    """The client can use the authorization endpoint.

    A list of grants decides alone; where none is registered the response types do, and by default
    authorization_code with code is taken (RFC 7591 2). Where grants could not be seen, a registered redirect URI
    shows it. A resource server never uses it.
    """
    if effective_client_type == "resource_server":
        return False
    if isinstance(grant_types, NotObserved):
        return True if has_redirect_uris is True else grant_types
    if grant_types is None:
        return response_types if isinstance(response_types, NotObserved) else response_types != []
    if "authorization_code" in grant_types or "implicit" in grant_types:
        return True
    if not grant_types:
        # The response type none needs no grant.
        if isinstance(response_types, NotObserved):
            return response_types
        if "none" in (response_types or ()):
            return True
    # The implicit grant is left out of the list while something that may block it could not be read.
    return implicit_flow if isinstance(implicit_flow, NotObserved) else False


@derived
def browser_exposed(front_channel: bool | Missing, managed_channel: bool | NotObserved | None) -> Truth:
    """The response passes a browser: so for every client of the authorization endpoint, unless a person marked its
    channel as managed (a kiosk, a bound device)."""
    return False if managed_channel is True else front_channel


@derived
def federation_risk(single_issuer: bool | NotObserved | None) -> Truth:
    """The client answers to more than one issuer. Only a person can say so: not recorded, it is unknown."""
    if single_issuer is None:
        return NotObserved(UNCLASSIFIED, "not recorded", "single_issuer")
    return single_issuer if isinstance(single_issuer, NotObserved) else not single_issuer


@derived
def high_value(marked_high_value: bool | NotObserved | None) -> Truth:
    """The app is of high value, as recorded for it or for its whole tenant; not recorded, it is unknown."""
    return (
        NotObserved(UNCLASSIFIED, "not recorded", "marked_high_value")
        if marked_high_value is None
        else marked_high_value
    )


@derived
def request_mutation_risk(requests_rewritten: bool | NotObserved | None) -> Truth:
    """A gateway, proxy, marketplace or link builder rewrites the app's authorization requests, as recorded by a
    person; not recorded, it is unknown."""
    if requests_rewritten is None:
        return NotObserved(UNCLASSIFIED, "not recorded", "requests_rewritten")
    return requests_rewritten


@derived
def accepts_signed_requests(
    jar_support: bool | NotObserved | None,
    request_parameter_supported: bool | NotObserved | None,
    request_uri_parameter_supported: bool | NotObserved | None,
    server_request_object_signing_alg_values_supported: list[str] | NotObserved | None,
    require_signed_request_object: bool | NotObserved | None,
) -> Truth:
    """The server accepts signed request objects.

    The platform's documentation decides first. Else the metadata does, or a client of which the server requires
    them; metadata that was read and says nothing of them means no. No default of the metadata is taken: they prove
    nothing.
    """
    if isinstance(jar_support, bool):
        return jar_support
    algorithms = server_request_object_signing_alg_values_supported
    listed = algorithms if isinstance(algorithms, NotObserved) else bool(algorithms)
    shown = any_of(flag(request_parameter_supported), flag(request_uri_parameter_supported), listed)
    return True if shown is True or require_signed_request_object is True else shown


@derived
def has_keys_by_value(jwks: dict[str, Any] | None) -> bool:
    """A public key for signatures is registered."""
    keys = (jwks or {}).get("keys")
    return isinstance(keys, list) and any(isinstance(key, dict) and key.get("use") != "enc" for key in keys)


@derived
def has_keys_by_reference(jwks_uri: str | None) -> bool:
    """A place of public keys is registered."""
    return bool(jwks_uri)


@derived
def environment_recorded(environment: str | NotObserved | None) -> str:
    """production or development as a person recorded it; an empty text where nobody did, which is a value of its own
    and nothing missing."""
    return environment if isinstance(environment, str) else ""


@derived
def addressee(platform_client: bool | NotObserved | None, third_party: bool | NotObserved | None) -> Addressee:
    """Who can act: the platform for clients of its own, the maker for a third party's app, else the owner."""
    if platform_client is True:
        return Addressee.PLATFORM
    return Addressee.VENDOR if third_party is True else Addressee.OWNER


@derived
def callbacks(
    redirect_uris: list[str] | None, resolved_redirect_uris: list[str] | NotObserved | None
) -> tuple[RedirectUri, ...]:
    """The registered redirect URIs, each as its platform resolves it. Other derived facts look at their form alone."""
    raw = redirect_uris or []
    if isinstance(resolved_redirect_uris, NotObserved):
        return tuple(resolve(value, resolved_redirect_uris) for value in raw)
    return tuple(resolve(value, other) for value, other in zip(raw, resolved_redirect_uris or raw, strict=True))


@derived
def callback_forms(
    redirect_uris: list[str] | None, resolved_redirect_uris: list[str] | NotObserved | None
) -> tuple[Any, ...]:
    """The redirect URIs as far as judging their form tells them apart: every plain public address is the same."""
    forms = ["plain" if is_plain(value) else value for value in redirect_uris or ()]
    resolved = resolved_redirect_uris
    return (*forms, tuple(resolved) if isinstance(resolved, list) else resolved)


@derived
def publisher_domain(publisher: dict[str, Any] | None) -> str:
    """The domain of whoever publishes the app, in lower case; an empty text where none is recorded."""
    domain = (publisher or {}).get("domain")
    return domain.lower() if isinstance(domain, str) else ""


@derived
def has_web_origins(web_origins: list[str] | None) -> bool:
    """Browsers may call the server from some origin."""
    return bool(web_origins)


@derived
def effective_application_type(
    application_type: str | NotObserved | None,
    effective_client_type: str | Missing,
    callbacks: tuple[RedirectUri, ...] | Missing,
    has_web_origins: bool | Missing,
) -> str | Missing:
    """web, native, spa or service as observed; else native for a public client all of whose callbacks are loopback
    addresses or private-use URIs and that no browser page calls the server for. The default web of OpenID Connect
    Registration proves nothing and is not taken."""
    if isinstance(application_type, str) and application_type:
        return application_type
    # A browser app in development has the same callbacks, but web origins too; so has the name localhost.
    browser_app = has_web_origins is True
    uris = () if isinstance(callbacks, Missing) or browser_app or effective_client_type != "public" else callbacks
    if uris and all(uri.host_kind == "loopback" or uri.is_private_use for uri in uris):
        return "native"
    if isinstance(application_type, NotObserved):
        return Missing((application_type,))
    return Missing((NotObserved(UNCLASSIFIED, "none is registered, and nothing shows it", "application_type"),))


@derived
def uses_code_flow(effective_grant_types: tuple[str, ...] | Missing) -> Truth:
    """authorization_code is among the grants."""
    if isinstance(effective_grant_types, Missing):
        return effective_grant_types
    return "authorization_code" in effective_grant_types


@derived
def is_confidential(effective_client_type: str | Missing) -> Truth:
    """The client keeps a credential."""
    return equals(effective_client_type, "confidential")
