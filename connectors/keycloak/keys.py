"""A client's static key: a certificate or a public key in base64, as attributes hold them."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from connectors.facts import Facts, Json, NotObserved, Reason

CERTIFICATE: Final = "jwt.credential.certificate"
PUBLIC_KEY: Final = "jwt.credential.public.key"

_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp256k1": "secp256k1"}
_UNREADABLE: Final = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)


def static_jwk(name: str, text: str) -> dict[str, Json] | None:
    """The public key as a JWK; None where the text cannot be read as one that signs."""
    try:
        if name == CERTIFICATE:
            return _jwk(x509.load_der_x509_certificate(_der(text)).public_key())
        return _jwk(load_der_public_key(_der(text)))
    except _UNREADABLE:
        return None


def certificate_facts(text: str) -> Facts:
    """Facts of a certificate as a credential, with its key and its period of validity."""
    facts: Facts = {"credential_type": "certificate", "alg": None, "use": None}
    try:
        certificate = x509.load_der_x509_certificate(_der(text))
        key = certificate.public_key()
        serial, starts, ends = (
            certificate.serial_number, certificate.not_valid_before_utc, certificate.not_valid_after_utc,
        )  # fmt: skip
    except _UNREADABLE:
        why = NotObserved(Reason.FAILED, f"attributes[{CERTIFICATE}] cannot be read")
        return facts | dict.fromkeys(("kid", "kty", "key_size", "created_at", "expires_at"), why)
    jwk = _jwk(key) or {}
    return facts | {
        "kid": f"{serial:x}",
        "kty": jwk.get("kty"),
        "key_size": _bits(key),
        "created_at": _instant(starts),
        "expires_at": _instant(ends),
    }


def _der(text: str) -> bytes:
    """Without the lines that frame a PEM. Raises ValueError."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("-----")]
    return base64.b64decode("".join(lines), validate=True)


def _jwk(key: PublicKeyTypes) -> dict[str, Json] | None:
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        size = (key.curve.key_size + 7) // 8
        point = key.public_numbers()
        curve = _CURVES[key.curve.name]
        return {"kty": "EC", "crv": curve, "x": _number(point.x, size), "y": _number(point.y, size)}
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        curve = "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "Ed448"
        return {"kty": "OKP", "crv": curve, "x": _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    return None


def _bits(key: PublicKeyTypes) -> int | None:
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return 256
    return 456 if isinstance(key, ed448.Ed448PublicKey) else None


def _number(number: int, size: int | None = None) -> str:
    return _base64url(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
