"""JWT-secured authorization responses (JARM)."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import NotObserved
from posture.outcome import (
    Missing,
    Outcome,
    Result,
    Truth,
    failed,
    not_probed,
    passed,
    passes,
    unknown,
    warned,
)
from posture.signing import is_called_for, judge_algorithm
from posture.texts import load

JARM = load(Path(__file__).with_suffix(".json"))

JWT_MODES = frozenset({"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"})


@JARM.control("JARM-01")
def jarm_01(
    response_modes_supported: list[str] | None,
    authorization_signing_alg_values_supported: list[str] | NotObserved | None,
) -> Result:
    """Without the server no client can ask for signed responses. A missing list of response modes says nothing:
    RFC 8414 reads it as query and fragment, but large providers leave it out. The server is judged by itself: whether
    any client needs signed responses is JARM-02's question."""
    if response_modes_supported is None:
        message = "response_modes_supported is not advertised, which says nothing about signed responses"
        return unknown(message, not_probed("P-16", "asks for a signed response"))
    if JWT_MODES.isdisjoint(response_modes_supported):
        return failed("no JWT response mode is advertised", because=("response_modes_supported",))
    if isinstance(authorization_signing_alg_values_supported, NotObserved):
        return unknown(
            "the algorithms of signed responses could not be seen", authorization_signing_alg_values_supported
        )
    if not authorization_signing_alg_values_supported:
        return warned("a JWT response mode is advertised, its algorithms are not")
    return passed("a JWT response mode and its algorithms are advertised")


def jarm_is_called_for(
    front_channel: bool | Missing,
    browser_exposed: bool | Missing,
    federation_risk: bool | Missing,
    *,
    profile: str = "baseline",
) -> Truth | Result:
    """the client receives authorization responses, through a browser or from more than one issuer
    (profile message-signing: every client that receives them)"""
    none = "the client receives no authorization responses"
    return is_called_for(none, front_channel, profile, browser_exposed, federation_risk)


@JARM.control("JARM-02", applies=jarm_is_called_for)
def jarm_02(
    authorization_signed_response_alg: str | NotObserved | None,
    response_modes: list[str] | NotObserved | None,
    jwt_response_required: bool | NotObserved | None,
    jarm_01: Outcome,
) -> Result:
    """Without a signature the client cannot tell a genuine response from one that was injected or comes from another
    server. Signed responses are chosen by response_mode: a registered algorithm is no proof of use, since it has a
    default (RS256) that some servers fill in for every client."""
    if jarm_01 is Outcome.FAIL:
        return warned("server_lacks_jarm: the server offers no signed responses", because=("jarm_01",))
    if jwt_response_required is True:
        return passed("only signed responses are issued to this client", because=("jwt_response_required",))
    modes = None if isinstance(response_modes, NotObserved) else frozenset(response_modes or ())
    if modes and modes <= JWT_MODES:
        return passed("only JWT response modes are registered", because=("response_modes",))
    mixed = bool(modes) and not JWT_MODES.isdisjoint(modes or ())
    needed = (response_modes, jwt_response_required, *(() if mixed else (authorization_signed_response_alg,)))
    unseen = [value for value in needed if isinstance(value, NotObserved)]
    if unseen or jarm_01 in {Outcome.UNKNOWN, Outcome.ERROR}:
        return unknown("whether the client receives signed responses could not be seen", *unseen)
    if mixed:
        return warned("JWT response modes are registered beside plain ones, and nothing shows that they are used")
    if authorization_signed_response_alg:
        return warned("an algorithm of signed responses is registered, and nothing shows that they are used")
    return failed("the server offers signed responses, and nothing shows that this client receives them")


def jarm_02_passes(jarm_02: Outcome) -> Truth:
    """the client receives signed responses only (JARM-02 is pass)"""
    return passes(jarm_02)


@JARM.control("JARM-04", applies=jarm_02_passes)
def jarm_04(
    authorization_signed_response_alg: str | None,
    authorization_signing_alg_values_supported: list[str] | NotObserved | None,
    *,
    profile: str = "baseline",
) -> Result:
    """With HS256, or where keys can be confused, a response can be forged. An algorithm that is not registered is
    RS256 by default (JARM 3)."""
    judged = judge_algorithm(
        authorization_signed_response_alg or "RS256",
        authorization_signing_alg_values_supported,
        ("authorization_signed_response_alg",),
        "authorization_signing_alg_values_supported",
        profile,
    )
    if authorization_signed_response_alg:
        return judged
    return judged._replace(message=f"{judged.message} (RS256 by default, JARM 3)")
