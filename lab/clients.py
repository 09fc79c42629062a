"""Client records of a Keycloak 26 realm."""

from __future__ import annotations

import json
import random
from typing import Any, Final

from lab.callbacks import callbacks
from lab.organisation import Organisation, PlannedApp
from lab.secrets import secret_value

Record = dict[str, Any]
DEFAULT_SCOPES: Final = ("web-origins", "acr", "profile", "roles", "basic", "email")
OPTIONAL_SCOPES: Final = ("address", "phone", "offline_access", "organization", "microprofile-jwt")
SCANNER: Final = "amphora-scanner"
_PUBLIC: Final = {"spa", "native"}
_KEY: Final = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use": "sig",
    "kid": "1",
}
"""RFC 7517, appendix A.1."""


def client(organisation: Organisation, client_id: str, **members: Any) -> Record:
    """A record with the members that every client has; `attributes` are added to the usual ones."""
    attributes = {"realm_client": "false", **members.pop("attributes", {})}
    return {
        "id": organisation.uuid("client", client_id),
        "clientId": client_id,
        "name": "",
        "description": "",
        "rootUrl": "",
        "adminUrl": "",
        "baseUrl": "",
        "surrogateAuthRequired": False,
        "enabled": True,
        "alwaysDisplayInConsole": False,
        "clientAuthenticatorType": "client-secret",
        "redirectUris": [],
        "webOrigins": [],
        "notBefore": 0,
        "bearerOnly": False,
        "consentRequired": False,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "publicClient": False,
        "frontchannelLogout": True,
        "protocol": "openid-connect",
        "attributes": attributes,
        "authenticationFlowBindingOverrides": {},
        "fullScopeAllowed": False,
        "nodeReRegistrationTimeout": -1,
        "defaultClientScopes": list(DEFAULT_SCOPES),
        "optionalClientScopes": list(OPTIONAL_SCOPES),
        **members,
    }


def scanner(organisation: Organisation) -> Record:
    """The service account that a scanner reads the realm with."""
    return client(
        organisation,
        SCANNER,
        name="Amphora",
        description="Reads clients and realm settings",
        serviceAccountsEnabled=True,
        secret=secret_value(organisation.number, SCANNER),
    )


def app_record(organisation: Organisation, app: PlannedApp) -> Record:
    """The client of a planned application."""
    chance = random.Random(app.seed)
    host = f"https://{app.slug}.{organisation.domain}"
    uris = callbacks(organisation, app, chance)
    record = client(
        organisation,
        f"{host}/saml/metadata" if app.kind == "saml" else app.slug,
        name=app.name,
        description=app.description,
        redirectUris=uris,
    )
    if app.kind == "saml":
        _saml(record, organisation, host)
    elif app.kind == "api":
        record["bearerOnly"] = True
    else:
        _oauth(record, organisation, app, chance, host)
    return record


def _saml(record: Record, organisation: Organisation, host: str) -> None:
    record.update(protocol="saml", standardFlowEnabled=True)
    record["attributes"] |= {
        "saml.client.signature": "true",
        "saml_assertion_consumer_url_post": f"{host}/saml/acs",
        "saml.signing.private.key": secret_value(organisation.number, host, "saml"),
    }


def _oauth(record: Record, organisation: Organisation, app: PlannedApp, chance: random.Random, host: str) -> None:
    attributes = record["attributes"]
    record["publicClient"] = app.kind in _PUBLIC
    record["standardFlowEnabled"] = app.kind != "service"
    record["serviceAccountsEnabled"] = app.kind == "service"
    record["consentRequired"] = bool(app.vendor)
    if any(uri.startswith(("/", "callback")) for uri in record["redirectUris"]):
        record["rootUrl"] = f"{host}/"
    if app.kind == "spa":
        record["webOrigins"] = ["*"] if app.care == "careless" else ["+"]
    if app.kind != "service":
        attributes["post.logout.redirect.uris"] = "+"
        _front_channel(record, app, chance)
    if app.care == "exemplary" and app.kind in {"web", "service"} and not app.vendor:
        _message_signing(record, host, chance)
    elif not record["publicClient"]:
        _secrets(record, organisation, app, chance)


def _front_channel(record: Record, app: PlannedApp, chance: random.Random) -> None:
    attributes = record["attributes"]
    if app.care in {"exemplary", "good"}:
        if chance.random() < 0.9:
            attributes["pkce.code.challenge.method"] = "S256"
        if chance.random() < 0.15:
            attributes["require.pushed.authorization.requests"] = "true"
        return
    careless = app.care == "careless"
    record["fullScopeAllowed"] = chance.random() < 0.7
    record["implicitFlowEnabled"] = chance.random() < (0.4 if careless else 0.15)
    record["directAccessGrantsEnabled"] = chance.random() < (0.5 if careless else 0.25)
    method = chance.choice([None, None, None, "", "plain", "s256"])
    if method is not None:
        attributes["pkce.code.challenge.method"] = method
    odd: dict[str, str] = chance.choice([
        {}, {}, {},
        {"request.object.required": "request only", "request.object.signature.alg": "none"},
        {"request.object.required": "not required", "request.object.signature.alg": "any"},
        {"authorization.signed.response.alg": "HS512"},
        {"request.uris": "https://*"},
        {"exclude.issuer.from.auth.response": "true"},
    ])  # fmt: skip
    attributes |= odd


def _message_signing(record: Record, host: str, chance: random.Random) -> None:
    """What FAPI 2.0 Message Signing asks of a client."""
    record["clientAuthenticatorType"] = "client-jwt"
    attributes = record["attributes"]
    attributes["token.endpoint.auth.signing.alg"] = "PS256"
    if chance.random() < 0.3:
        attributes |= {"use.jwks.string": "true", "jwks.string": json.dumps({"keys": [_KEY]})}
    else:
        attributes |= {"use.jwks.url": "true", "jwks.url": f"{host}/jwks.json"}
    if not record["standardFlowEnabled"]:
        return
    record["defaultClientScopes"].append("payments")
    attributes |= {
        "pkce.code.challenge.method": "S256",
        "request.object.required": "request or request_uri",
        "request.object.signature.alg": "PS256",
        "authorization.signed.response.alg": "PS256",
        "require.pushed.authorization.requests": "true",
        "dpop.bound.access.tokens": "true",
        "policyUri": f"{host}/privacy",
        "tosUri": f"{host}/terms",
    }


def _secrets(record: Record, organisation: Organisation, app: PlannedApp, chance: random.Random) -> None:
    record["secret"] = secret_value(organisation.number, app.slug)
    attributes = record["attributes"]
    if chance.random() < 0.8:
        attributes["client.secret.creation.time"] = str(chance.choice([1702512000, 1745712000, 1776816000]))
    if chance.random() < 0.2:
        attributes |= {
            "client.secret.rotation.enabled": "true",
            "client.secret.rotated": secret_value(organisation.number, app.slug, "rotated"),
            "client.secret.rotated.creation.time": "1762992000",
            "client.secret.rotated.expiration.time": "1780444800",
        }
    if chance.random() < 0.2:
        record["registrationAccessToken"] = secret_value(organisation.number, app.slug, "registration")
