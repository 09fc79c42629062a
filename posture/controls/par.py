"""Pushed authorization requests (RFC 9126)."""

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
    equals,
    failed,
    flag,
    not_probed,
    passed,
    passes,
    unknown,
    warned,
)
from posture.policy import is_strict
from posture.texts import load

PAR = load(Path(__file__).with_suffix(".json"))


@PAR.control("PAR-01")
def par_01(pushed_authorization_request_endpoint: str | None, *, profile: str = "baseline") -> Result:
    """Without it, authorization requests travel in URLs. A missing capability, not a hole."""
    if not pushed_authorization_request_endpoint:
        message = "no endpoint for pushed requests is advertised"
        return failed(message) if is_strict(profile) else warned(message)
    if not pushed_authorization_request_endpoint.lower().startswith("https://"):
        return failed("the endpoint for pushed requests is not on https")
    return passed("an endpoint for pushed requests is advertised")


def can_push(front_channel: bool | Missing, effective_client_type: str | Missing, par_01: Outcome) -> Truth:
    """a confidential client sends authorization requests to a server that takes pushed ones (PAR-01 is pass)"""
    return all_of(front_channel, equals(effective_client_type, "confidential"), passes(par_01))


@PAR.control("PAR-02", applies=can_push)
def par_02(
    require_pushed_authorization_requests: bool | NotObserved | None,
    server_require_pushed_authorization_requests: bool | NotObserved | None,
    *,
    profile: str = "baseline",
) -> Result:
    """While pushing is optional, parameters can still be changed on the way, and the server meets the client only
    after the user has acted."""
    if require_pushed_authorization_requests is True:
        message = "only pushed requests of this client are accepted"
        return passed(message, because=("require_pushed_authorization_requests",))
    if server_require_pushed_authorization_requests is True:
        message = "only pushed requests are accepted of any client"
        return passed(message, because=("server_require_pushed_authorization_requests",))
    required = any_of(flag(require_pushed_authorization_requests), flag(server_require_pushed_authorization_requests))
    if isinstance(required, Missing):
        probe = not_probed("P-19", "sends a plain request")
        return unknown("whether pushed requests are required could not be seen", required, probe)
    message = "requests that were not pushed are accepted (not required by default, RFC 9126 6)"
    return failed(message) if is_strict(profile) else warned(message)
