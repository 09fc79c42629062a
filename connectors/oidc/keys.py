"""JWK sets (RFC 7517): their public members only, and what they show of credentials."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from cryptography import x509

from connectors.facts import Facts, Json, NotObserved, Reason
from connectors.oidc.members import kind_of, wrong, wrong_type
from connectors.urls import mask_password

_PUBLIC: Final = ("kty", "use", "alg", "kid", "n", "e", "crv", "x", "y", "x5u", "x5t", "x5t#S256")
_PUBLIC_LISTS: Final = ("key_ops", "x5c")
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
PRIVATE_MEMBERS: Final = "private_members"
"""A member of ours in a record: names of the private members that a key was published with. Their values are gone."""

_CURVE_BITS: Final = {
    "P-256": 256,
    "secp256k1": 256,
    "P-384": 384,
    "P-521": 521,
    "Ed25519": 256,
    "X25519": 256,
    "Ed448": 456,
    "X448": 448,
}
CANNOT_SEE: Final = {
    "created_at": NotObserved(
        Reason.NOT_RETURNED, "a key states no date of creation: https://www.rfc-editor.org/rfc/rfc7517#section-4"
    ),
    "last_used_at": NotObserved(
        Reason.NOT_RETURNED, "a key states no date of use: https://www.rfc-editor.org/rfc/rfc7517#section-4"
    ),
}


def cut_jwks(value: Json) -> Json:
    """What a record keeps of a key set: public members, and the names of private ones. None stays None."""
    if value is None:
        return None
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        return wrong_type(value)
    return {"keys": [_cut_key(key) for key in keys]}


def _cut_key(key: dict[str, Json]) -> dict[str, Json]:
    kept: dict[str, Json] = {name: key[name] for name in _PUBLIC if isinstance(key.get(name), str)}
    if "x5u" in kept:
        kept["x5u"] = mask_password(kept["x5u"])
    for name in _PUBLIC_LISTS:
        entries = key.get(name)
        if isinstance(entries, list):
            kept[name] = [entry for entry in entries if isinstance(entry, str)]
    private = [name for name in _PRIVATE if key.get(name) is not None]
    if private:
        kept[PRIVATE_MEMBERS] = private
    return kept


def read_jwks(value: Json) -> Json:
    """The fact jwks of what `cut_jwks` kept: a key set of public members, None, or NotObserved(FAILED)."""
    if value is None:
        return None
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        return wrong("jwks", value, "an object with a list of keys")
    return {"keys": [{name: entry for name, entry in key.items() if name != PRIVATE_MEMBERS} for key in keys]}


def key_facts(jwks: Json) -> Iterator[Facts]:
    """Each key of a set that `read_jwks` gave, as facts of a credential; none of what is no key set."""
    if not isinstance(jwks, dict):
        return
    for key in jwks["keys"]:
        chain = key.get("x5c")
        yield {
            "credential_type": "certificate" if chain else "key",
            "kid": key.get("kid"),
            "kty": key.get("kty"),
            "alg": key.get("alg"),
            "use": key.get("use"),
            "key_size": _bits(key),
            "expires_at": _end_of(chain[0]) if chain else None,
        }


def secret_facts(expires_at: str | NotObserved | None) -> Facts:
    """A client secret as a credential."""
    return {
        "credential_type": "secret",
        "kid": None,
        "kty": None,
        "alg": None,
        "use": None,
        "key_size": None,
        "expires_at": expires_at,
    }


def _bits(key: dict[str, Json]) -> int | NotObserved | None:
    if key.get("kty") != "RSA":
        return _CURVE_BITS.get(key.get("crv", ""))
    modulus = key.get("n")
    if modulus is None:
        return None
    try:
        octets = base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))
    except (ValueError, binascii.Error):
        return NotObserved(Reason.FAILED, f"n is {kind_of(modulus)} that is not base64url")
    return int.from_bytes(octets, "big").bit_length()


def _end_of(certificate: str) -> str | NotObserved:
    """End of validity of a certificate in base64 of its DER form, RFC 3339."""
    try:
        end = x509.load_der_x509_certificate(base64.b64decode(certificate)).not_valid_after_utc
    except (ValueError, x509.InvalidVersion):
        return NotObserved(Reason.FAILED, "the certificate (x5c) cannot be read")
    return end.isoformat().replace("+00:00", "Z")
