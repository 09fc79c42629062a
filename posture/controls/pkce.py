"""Proof key for code exchange (RFC 7636)."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import NotObserved
from posture.outcome import (
    Missing,
    Outcome,
    Result,
    Truth,
    all_of,
    any_of,
    failed,
    flag,
    merge,
    not_probed,
    passed,
    passes,
    unknown,
    warned,
)
from posture.policy import is_strict
from posture.texts import load

PKCE = load(Path(__file__).with_suffix(".json"))


def has_code_flow(uses_code_flow: bool | Missing) -> Truth:
    """authorization_code is among the client's grants"""
    return uses_code_flow


@PKCE.control("PKCE-01", applies=has_code_flow)
def pkce_01(
    pkce_required: bool | NotObserved | None,
    server_pkce_required: bool | NotObserved | None,
    effective_client_type: str | Missing,
    *,
    profile: str = "baseline",
) -> Result:
    """Without PKCE, whoever gets hold of an authorization code can redeem it: at once where the client is public,
    by injecting it into the client's own session where it is confidential."""
    required = any_of(flag(pkce_required), flag(server_pkce_required))
    if required is True:
        because = ("pkce_required",) if pkce_required is True else ("server_pkce_required",)
        return passed("requests without code_challenge are refused", because=because)
    if isinstance(required, Missing):
        return unknown(
            "whether PKCE is required could not be seen",
            required,
            not_probed("P-11", "sends a request without code_challenge"),
        )
    if is_strict(profile):
        return failed("PKCE is not required", because=("pkce_required", "server_pkce_required"))
    if isinstance(effective_client_type, Missing):
        return unknown("PKCE is not required; at least a warning", effective_client_type, at_least_warn=True)
    if effective_client_type == "public":
        return failed("PKCE is not required of this public client")
    return warned("PKCE is not required of this confidential client, and nothing shows that a nonce stands in")


@PKCE.control("PKCE-02", applies=has_code_flow)
def pkce_02(
    code_challenge_methods: list[str] | NotObserved | None,
    code_challenge_methods_supported: list[str] | NotObserved | None,
    *,
    profile: str = "baseline",
) -> Result:
    """With the method plain, whoever reads the authorization request has the verifier. What forces S256 for the
    client decides alone; where nothing does, the server's list says whether plain is allowed."""
    probe = not_probed("P-12", "sends code_challenge_method=plain")
    own = code_challenge_methods
    offered = code_challenge_methods_supported
    if not isinstance(own, NotObserved) and own:
        because = ("code_challenge_methods",)
        if "S256" not in own:
            return failed("the client's setting forces plain", because=because)
        if "plain" not in own:
            return passed("the client's setting forces S256", because=because)
        return _plain_allowed("plain is accepted from the client, and no setting forces S256", profile, because)
    if isinstance(offered, NotObserved):
        return unknown("which methods are accepted could not be seen", *_unseen(own), offered, probe)
    because = ("code_challenge_methods_supported",)
    if offered and set(offered) == {"S256"}:
        return passed("the server lists S256 only", because=because)
    if isinstance(own, NotObserved):
        return unknown("whether a setting forces S256 for the client could not be seen", own, probe)
    if offered and "plain" in offered:
        return _plain_allowed("the server lists plain, and no setting of the client forces S256", profile, because)
    return unknown("no setting of the client and no list of the server names the accepted methods", probe)


def _plain_allowed(message: str, profile: str, because: tuple[str, ...]) -> Result:
    # RFC 9700 2.1.1 asks the client, not the server, to avoid plain; FAPI asks the server.
    return failed(message, because=because) if is_strict(profile) else warned(message, because=because)


def _unseen(*values: object) -> tuple[NotObserved, ...]:
    return merge(*(value for value in values if isinstance(value, NotObserved)))


@PKCE.control("PKCE-03")
def pkce_03(code_challenge_methods_supported: list[str] | None) -> Result:
    """Clients that cannot see whether PKCE protects them may fall back to going without. Some large providers
    support PKCE and do not publish it, so a missing list proves nothing by itself."""
    if code_challenge_methods_supported is None:
        return warned("code_challenge_methods_supported is not advertised, which says nothing about support")
    if "S256" in code_challenge_methods_supported:
        return passed("S256 is advertised")
    return failed("code_challenge_methods_supported is advertised without S256")


def signs_and_uses_code_flow(jar_01: Outcome, jarm_02: Outcome, pkce_01: Outcome) -> Truth:
    """signed requests (JAR-01) or signed responses (JARM-02) are in use, and PKCE-01 applies"""
    return all_of(any_of(passes(jar_01), passes(jarm_02)), pkce_01 is not Outcome.NOT_APPLICABLE)


@PKCE.control("PKCE-05", applies=signs_and_uses_code_flow)
def pkce_05(pkce_01: Outcome) -> Result:
    """Signing does not stop a leaked code from being redeemed: JAR, JARM and PKCE solve different problems."""
    match pkce_01:
        case Outcome.PASS:
            return passed("PKCE is required beside signed messages")
        case Outcome.FAIL:
            return failed("messages are signed, but PKCE is not required")
        case Outcome.WARN:
            return warned("messages are signed, but nothing shows that PKCE is required")
        case _:
            return unknown("messages are signed; whether PKCE is required could not be seen")
