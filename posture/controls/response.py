"""How authorization responses are handled."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import NotObserved
from posture.outcome import Missing, Result, Truth, failed, passed, unknown, warned
from posture.texts import load

RESPONSE = load(Path(__file__).with_suffix(".json"))


@RESPONSE.control("RSP-01")
def rsp_01(authorization_response_iss_parameter_supported: bool | None) -> Result:
    """A client of several servers cannot tell who answered unless the response names its issuer (RFC 9207). Only a
    real response proves it, so metadata alone is at most a warning."""
    if authorization_response_iss_parameter_supported:
        return warned("the issuer is said to stand in responses, which no response has confirmed")
    return warned(
        "the issuer is not advertised to stand in responses (false by default, RFC 9207 3), which no response has"
        " confirmed"
    )


def has_front_channel(front_channel: bool | Missing) -> Truth:
    """the client uses the authorization endpoint"""
    return front_channel


@RESPONSE.control("RSP-03", applies=has_front_channel)
def rsp_03(
    response_types: list[str] | NotObserved | None,
    grant_types: list[str] | NotObserved | None,
    implicit_flow: bool | NotObserved | None,
) -> Result:
    """A token in the URL can be read from history, logs, scripts and Referer headers, and cannot be bound to the
    client. The types id_token and code id_token need the grant implicit too, without giving a token away."""
    registered = None if isinstance(response_types, NotObserved) else response_types
    if any("token" in response_type.split() for response_type in registered or ()):
        return failed("a response type with token is registered", because=("response_types",))
    if implicit_flow is True:
        return failed("the implicit flow is switched on", because=("implicit_flow",))
    if registered is None and not isinstance(grant_types, NotObserved) and "implicit" in (grant_types or ()):
        message = "the grant implicit is registered, and no response type limits it"
        return failed(message, because=("grant_types", "response_types"))
    needed = (response_types, implicit_flow) if registered is not None else (response_types, grant_types, implicit_flow)
    unseen = [value for value in needed if isinstance(value, NotObserved)]
    if unseen:
        return unknown("whether a response can carry a token could not be seen", *unseen)
    if registered is None:
        return passed("no response type is registered: code by default (RFC 7591 2)")
    return passed("no registered response type gives a token away")
