"""What JAR and JARM have in common: when messages have to be signed, and with which algorithms (RFC 7518, RFC 9864,
FAPI 2.0 Security Profile 5.4.1)."""

from __future__ import annotations

from typing import Final

from connectors.facts import NotObserved
from posture.outcome import Missing, Result, Truth, all_of, any_of, failed, not_applicable, passed, unknown, warned
from posture.policy import MESSAGE_SIGNING, is_strict

SYMMETRIC: Final = frozenset({"HS256", "HS384", "HS512"})
_RECOMMENDED: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"}
)
"""RS*, PS* and ES* are those of RFC 7518; ES256K (RFC 8812) is none of them."""
_STRICT: Final = frozenset({"PS256", "ES256", "EdDSA", "Ed25519"})


def is_called_for(none: str, front_channel: bool | Missing, profile: str, *risks: bool | Missing) -> Truth | Result:
    """Whether a client's messages have to be signed: for one of the risks, or because the profile message-signing asks
    it of all. `none` says in words that it has no messages."""
    if front_channel is False:
        return not_applicable(none, because=("front_channel",))
    return front_channel if profile == MESSAGE_SIGNING else all_of(front_channel, any_of(*risks))


def judge_algorithm(
    algorithm: str, listed: list[str] | NotObserved | None, own: tuple[str, ...], servers: str, profile: str
) -> Result:
    """The rules that request and response signatures share. `own` and `servers` name the facts that were read."""
    if algorithm == "none":
        return failed("the algorithm is none: there is no signature", because=own)
    if algorithm in SYMMETRIC:
        return failed("the signature is symmetric: whoever holds the client secret can forge it", because=own)
    if is_strict(profile) and algorithm not in _STRICT:
        return failed("the algorithm is none of PS256, ES256 and EdDSA", because=own, algorithm=algorithm)
    is_weak = not is_strict(profile) and algorithm not in _RECOMMENDED
    weakness = "the algorithm is none of RS*, PS*, ES* and EdDSA"
    if isinstance(listed, NotObserved):
        if is_weak:
            return unknown(f"at least a warning: {weakness}", listed, at_least_warn=True, algorithm=algorithm)
        return unknown("the server's list of algorithms could not be seen", listed)
    if listed and algorithm not in listed:
        return failed("the algorithm is not on the server's list", because=(*own, servers), algorithm=algorithm)
    if is_weak:
        return warned(weakness, because=(*own, servers), algorithm=algorithm)
    return passed("the algorithm is asymmetric and allowed", algorithm=algorithm)
