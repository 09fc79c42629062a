"""A Keycloak 26 realm around its clients: settings, built-in clients, public documents."""

from __future__ import annotations

from typing import Any, Final

from lab.clients import DEFAULT_SCOPES, OPTIONAL_SCOPES, Record, client
from lab.organisation import Organisation
from lab.secrets import secret_value

VERSION: Final = "26.5.5"
_KEY: Final = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "use": "sig",
    "kid": "2011-04-29",
}
"""RFC 7517, appendix A.1."""
_ALGS: Final = (
    "PS384", "RS384", "EdDSA", "ES384", "HS256", "HS512", "ES256", "RS256", "HS384", "ES512", "PS256", "PS512", "RS512",
)  # fmt: skip


def builtin_clients(organisation: Organisation) -> list[Record]:
    """The clients that Keycloak makes in every realm."""
    account = f"/realms/{organisation.slug}/account/"
    console = f"/admin/{organisation.slug}/console/"
    s256 = {"post.logout.redirect.uris": "+", "pkce.code.challenge.method": "S256"}
    shown: dict[str, dict[str, Any]] = {
        "account": {"rootUrl": "${authBaseUrl}", "baseUrl": account, "redirectUris": [f"{account}*"]},
        "account-console": {
            "rootUrl": "${authBaseUrl}",
            "baseUrl": account,
            "redirectUris": [f"{account}*"],
            "attributes": s256,
        },
        "security-admin-console": {
            "rootUrl": "${authAdminUrl}",
            "baseUrl": console,
            "redirectUris": [f"{console}*"],
            "webOrigins": ["+"],
            "attributes": s256,
        },
        "admin-cli": {"standardFlowEnabled": False, "directAccessGrantsEnabled": True, "fullScopeAllowed": True},
    }
    public = [
        client(
            organisation,
            name,
            **{
                "name": f"${{client_{name}}}",
                "publicClient": True,
                "standardFlowEnabled": True,
                "frontchannelLogout": False,
                **members,
            },
        )
        for name, members in shown.items()
    ]
    bearer = [
        client(
            organisation,
            name,
            name=f"${{client_{name}}}",
            bearerOnly=True,
            standardFlowEnabled=True,
            frontchannelLogout=False,
            attributes={"realm_client": "true"},
        )
        for name in ("broker", "realm-management")
    ]
    return public + bearer


def representation(organisation: Organisation) -> dict[str, Any]:
    """The realm's settings, as GET /admin/realms/{realm} shows them to who may view the realm."""
    return {
        "id": organisation.uuid("realm"),
        "realm": organisation.slug,
        "displayName": organisation.name,
        "notBefore": 0,
        "defaultSignatureAlgorithm": "RS256",
        "revokeRefreshToken": False,
        "refreshTokenMaxReuse": 0,
        "accessTokenLifespan": 300,
        "accessTokenLifespanForImplicitFlow": 900,
        "accessCodeLifespan": 60,
        "enabled": True,
        "sslRequired": "external",
        "registrationAllowed": False,
        "verifyEmail": True,
        "bruteForceProtected": True,
        "defaultDefaultClientScopes": ["role_list", *DEFAULT_SCOPES],
        "defaultOptionalClientScopes": list(OPTIONAL_SCOPES),
        "browserSecurityHeaders": {"xContentTypeOptions": "nosniff", "xFrameOptions": "SAMEORIGIN"},
        "smtpServer": {
            "host": f"mail.{organisation.domain}",
            "user": "keycloak",
            "password": secret_value(organisation.number, "smtp"),
        },
        "eventsEnabled": True,
        "eventsExpiration": 1209600,
        "adminEventsEnabled": False,
        "identityProviders": [
            {
                "alias": "group-login",
                "displayName": "Login of the parent company",
                "internalId": organisation.uuid("idp"),
                "providerId": "oidc",
                "enabled": True,
                "config": {
                    "clientId": organisation.slug,
                    "clientSecret": secret_value(organisation.number, "idp"),
                    "tokenUrl": "https://login.example.org/token",
                    "authorizationUrl": "https://login.example.org/auth",
                },
            }
        ],
        "attributes": {"parRequestUriLifespan": "60", "cibaInterval": "5"},
        "userManagedAccessAllowed": False,
    }


def export_members(organisation: Organisation) -> dict[str, Any]:
    """What a realm file holds beyond `representation`, its clients and policies."""
    scopes = ["role_list", *DEFAULT_SCOPES, *OPTIONAL_SCOPES, "payments"]
    return {
        "keycloakVersion": VERSION,
        "roles": {"realm": [], "client": {}},
        "groups": [],
        "users": [
            {
                "id": organisation.uuid("user", "ada"),
                "username": "ada",
                "enabled": True,
                "credentials": [{"type": "password", "secretData": secret_value(organisation.number, "ada")}],
            }
        ],
        "clientScopes": [
            {
                "id": organisation.uuid("scope", name),
                "name": name,
                "protocol": "saml" if name == "role_list" else "openid-connect",
                "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "true"},
            }
            for name in scopes
        ],
        "components": {
            "org.keycloak.keys.KeyProvider": [
                {
                    "id": organisation.uuid("key"),
                    "name": "rsa-generated",
                    "providerId": "rsa-generated",
                    "subComponents": {},
                    "config": {"privateKey": [secret_value(organisation.number, "realm key")]},
                }
            ]
        },
    }


def jwks() -> dict[str, Any]:
    """The realm's public keys."""
    return {"keys": [_KEY]}


def metadata(issuer: str) -> dict[str, Any]:
    """OpenID Provider metadata, as Keycloak 26 publishes it."""
    protocol = f"{issuer}/protocol/openid-connect"
    grants = ["authorization_code", "client_credentials", "implicit", "password", "refresh_token"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{protocol}/auth",
        "token_endpoint": f"{protocol}/token",
        "introspection_endpoint": f"{protocol}/token/introspect",
        "userinfo_endpoint": f"{protocol}/userinfo",
        "end_session_endpoint": f"{protocol}/logout",
        "jwks_uri": f"{protocol}/certs",
        "grant_types_supported": [
            *grants,
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:uma-ticket",
            "urn:openid:params:grant-type:ciba",
        ],
        "response_types_supported": [
            "code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token",
        ],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(_ALGS),
        "request_object_signing_alg_values_supported": [*_ALGS, "none"],
        "response_modes_supported": [
            "query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt",
        ],
        "token_endpoint_auth_methods_supported": [
            "private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth", "client_secret_jwt",
        ],
        "token_endpoint_auth_signing_alg_values_supported": list(_ALGS),
        "authorization_signing_alg_values_supported": list(_ALGS),
        "scopes_supported": ["openid", *DEFAULT_SCOPES, *OPTIONAL_SCOPES, "payments"],
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "code_challenge_methods_supported": ["plain", "S256"],
        "tls_client_certificate_bound_access_tokens": True,
        "dpop_signing_alg_values_supported": ["PS256", "ES256", "EdDSA"],
        "pushed_authorization_request_endpoint": f"{protocol}/ext/par/request",
        "require_pushed_authorization_requests": False,
        "authorization_response_iss_parameter_supported": True,
    }  # fmt: skip
