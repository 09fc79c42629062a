"""JWT-secured authorization requests (RFC 9101)."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import NotObserved
from posture.outcome import (
    UNSEEN,
    Missing,
    Outcome,
    Result,
    Truth,
    all_of,
    any_of,
    failed,
    flag,
    not_applicable,
    not_probed,
    passed,
    passes,
    unknown,
    warned,
)
from posture.signing import SYMMETRIC, is_called_for, judge_algorithm
from posture.texts import load

JAR = load(Path(__file__).with_suffix(".json"))


def jar_is_called_for(
    front_channel: bool | Missing,
    high_value: bool | Missing,
    request_mutation_risk: bool | Missing,
    *,
    profile: str = "baseline",
) -> Truth | Result:
    """the client sends authorization requests, and is of high value or has its requests rewritten on the way
    (profile message-signing: every client that sends them)"""
    none = "the client sends no authorization requests"
    return is_called_for(none, front_channel, profile, high_value, request_mutation_risk)


@JAR.control("JAR-01", applies=jar_is_called_for)
def jar_01(
    request_object_signing_alg: str | NotObserved | None,
    has_keys_by_value: bool | Missing,
    has_keys_by_reference: bool | Missing,
    require_signed_request_object: bool | NotObserved | None,
    effective_client_type: str | Missing,
    accepts_signed_requests: bool | Missing,
) -> Result:
    """Without a signature a browser, a proxy or an injected script can change scope, redirect_uri or response_mode
    unseen. Where the server cannot take signed requests the client cannot comply, and the compensating set decides."""
    if accepts_signed_requests is False:
        return warned("server_lacks_jar: the server takes no signed requests", because=("accepts_signed_requests",))
    published = any_of(has_keys_by_value, has_keys_by_reference)
    key = _has_key(request_object_signing_alg, published, effective_client_type)
    algorithm = _fixes_algorithm(request_object_signing_alg, require_signed_request_object)
    if accepts_signed_requests is True and key is False:
        return failed("no key to verify the client's request objects is registered")
    if accepts_signed_requests is True and algorithm is False:
        return failed(
            "request_object_signing_alg is none: unsigned request objects are what is registered"
            if request_object_signing_alg == "none"
            else "no algorithm of request objects is registered, and signed ones are not required"
            " (require_signed_request_object is false by default, RFC 9101 10.5)"
        )
    unseen = [part for part in (accepts_signed_requests, key, algorithm) if isinstance(part, UNSEEN)]
    if unseen:
        return unknown("whether signed requests can be sent could not be seen", *unseen)
    return passed("a key is registered, and a signed request object is what the server takes from the client")


def _has_key(algorithm: object, published: bool | Missing, client_type: str | Missing) -> Truth:
    """A usable verification key: published, or for HS* the client secret (which JAR-03 judges)."""
    if algorithm in SYMMETRIC:
        return client_type if isinstance(client_type, Missing) else client_type == "confidential"
    if published is False and isinstance(algorithm, NotObserved) and client_type != "public":
        return algorithm  # it may be HS*
    return published


def _fixes_algorithm(algorithm: str | NotObserved | None, signed: bool | NotObserved | None) -> Truth:
    """An algorithm other than none is fixed, or signed objects are required with any common one."""
    if isinstance(algorithm, NotObserved):
        return algorithm
    return flag(signed) if not algorithm else algorithm != "none"


def jar_01_passes(jar_01: Outcome) -> Truth:
    """the client can send signed requests (JAR-01 is pass)"""
    return passes(jar_01)


@JAR.control("JAR-02", applies=jar_01_passes)
def jar_02(
    require_signed_request_object: bool | NotObserved | None,
    server_require_signed_request_object: bool | NotObserved | None,
    request_object_required: bool | NotObserved | None,
) -> Result:
    """While unsigned requests are accepted too, an attacker in the path only has to drop the request parameter. A
    server that demands a request object, signed or not, still accepts an unsigned one."""
    own, servers = require_signed_request_object, server_require_signed_request_object
    if own is True:
        return passed("unsigned requests of this client are refused", because=("require_signed_request_object",))
    if servers is True:
        message = "unsigned requests are refused of every client"
        return passed(message, because=("server_require_signed_request_object",))
    required = any_of(flag(own), flag(servers))
    if isinstance(required, Missing):
        return unknown(
            "whether unsigned requests are refused could not be seen",
            required,
            not_probed("P-19", "sends a plain request"),
            not_probed("P-20", "sends an unsigned request object"),
        )
    if request_object_required is True:
        return failed("a request object is required, but an unsigned one is accepted")
    return failed("unsigned requests are accepted (require_signed_request_object is false, by default: RFC 9101 10.5)")


def signs_with_fixed_algorithm(
    front_channel: bool | Missing,
    high_value: bool | Missing,
    request_mutation_risk: bool | Missing,
    request_object_signing_alg: str | NotObserved | None,
    *,
    profile: str = "baseline",
) -> Truth | Result:
    """JAR-01 applies, and an algorithm of request objects is fixed"""
    algorithm = request_object_signing_alg
    if not isinstance(algorithm, NotObserved) and not algorithm:
        message = "no algorithm of request objects is registered"
        return not_applicable(message, because=("request_object_signing_alg",))
    called_for = jar_is_called_for(front_channel, high_value, request_mutation_risk, profile=profile)
    if isinstance(called_for, Result):
        return called_for
    return all_of(called_for, algorithm if isinstance(algorithm, NotObserved) else True)


@JAR.control("JAR-03", applies=signs_with_fixed_algorithm)
def jar_03(
    request_object_signing_alg: str | None,
    server_request_object_signing_alg_values_supported: list[str] | NotObserved | None,
    *,
    profile: str = "baseline",
) -> Result:
    """A shared secret signs for both sides: the server, or anyone who holds the secret, can forge the request, and
    nothing can be proved by it later."""
    algorithm = request_object_signing_alg or ""
    listed = server_request_object_signing_alg_values_supported
    return judge_algorithm(
        algorithm,
        listed,
        ("request_object_signing_alg",),
        "server_request_object_signing_alg_values_supported",
        profile,
    )


@JAR.control("JAR-05")
def jar_05(
    request_uri_parameter_supported: bool | NotObserved | None,
    require_request_uri_registration: bool | NotObserved | None,
    request_uris: list[str] | NotObserved | None,
) -> Result:
    """A server that fetches any request_uri can be made to call arbitrary places (SSRF), and the pointer, which is
    not signed, can be swapped. OpenID Discovery takes request_uri_parameter_supported as true by default, RFC 8414
    has no default."""
    because = ("request_uri_parameter_supported", "require_request_uri_registration")
    loose = [] if isinstance(request_uris, NotObserved) else [u for u in request_uris or () if not _is_literal_https(u)]
    if loose:
        message = "a registered request_uri is not https or holds a wildcard"
        return failed(message, because=("request_uris",), uris=loose)
    fetches, registered = request_uri_parameter_supported, flag(require_request_uri_registration)
    if fetches is True and registered is False:
        return failed("any request_uri is fetched: registration is not required", because=because)
    closed = fetches is False or registered is True
    unseen = [p for p in (request_uris, *(() if closed else (fetches, registered))) if isinstance(p, NotObserved)]
    silence = "nothing says whether request_uri is fetched, and registration is not required"
    if unseen and fetches is None and registered is False:
        return unknown(f"at least a warning: {silence}", *unseen, at_least_warn=True)
    if unseen:
        return unknown("whether request_uri values are fetched freely could not be seen", *unseen)
    if closed:
        return passed("request_uri is not fetched, or only where it is registered")
    return warned(silence, because=because)


def _is_literal_https(uri: str) -> bool:
    return uri.lower().startswith("https://") and "*" not in uri
