"""Redirect URIs that stay on the user's machine: loopback, private-use schemes, development and copy-and-paste."""

from __future__ import annotations

from collections.abc import Iterator

from posture.callback_rules import Found, fails, has_callbacks, judge_callbacks, warns
from posture.controls.redirect import REDIRECT
from posture.outcome import Missing, Outcome, Result, Truth, not_applicable, unknown
from posture.redirects import NATIVE_CLIENT_PAGE, RedirectUri, is_debugger


def has_loopback_callback(callbacks: tuple[RedirectUri, ...] | Missing) -> Truth | Result:
    """a redirect URI leads to a loopback address, or to what looks like one"""
    if isinstance(callbacks, Missing):
        return callbacks
    if any(_is_near_loopback(uri) for uri in callbacks):
        return True
    for uri in callbacks:
        if uri.unseen is not None:
            return uri.unseen
    return not_applicable("no redirect URI leads to a loopback address")


def _is_near_loopback(uri: RedirectUri) -> bool:
    return uri.is_on_this_machine or uri.looks_like_loopback


@REDIRECT.control("RED-04", applies=has_loopback_callback)
def red_04(
    callbacks: tuple[RedirectUri, ...],
    effective_application_type: str | Missing,
    is_confidential: bool | Missing,
    environment_recorded: str,
    front_channel: bool | Missing,
) -> Result:
    """Another local process, or a trick with the name, can take the code: RFC 8252 7.3 wants a loopback address with
    a path on a native app, and 8.3 advises against the name localhost. An app is judged by itself, so a port that
    several apps share is not remarked on."""
    native = effective_application_type == "native"

    def look(uri: RedirectUri) -> Iterator[Found]:
        if uri.unseen is not None:
            yield uri.unseen
        if uri.looks_like_loopback:
            yield fails("a redirect URI only looks like loopback")
        if not uri.is_on_this_machine:
            return
        if not native and environment_recorded == "production":
            yield from _if_confidential(is_confidential)
        if uri.host_kind == "localhost":
            yield warns("the name localhost stands in place of a loopback address")
        if not native:
            yield warns("a loopback redirect URI on a client not known to be native")
        if uri.uri.judged.path in {"", "/"}:
            yield warns("a loopback redirect URI has no path")
        if _has_low_port(uri.uri.judged.port or ""):
            yield warns("a loopback redirect URI has a fixed port below 1024")

    because = ("callbacks", "effective_application_type", "is_confidential", "environment_recorded")
    passing = "every loopback redirect URI is an address with a path, on a native app"
    return judge_callbacks(callbacks, look, front_channel, passing, because=because)


def _if_confidential(is_confidential: bool | Missing) -> Iterator[Found]:
    if isinstance(is_confidential, Missing):
        yield is_confidential
    elif is_confidential:
        yield fails("a loopback redirect URI on a confidential client in production")


def _has_low_port(port: str) -> bool:
    # A port of five digits or more, in a value of any length, is none below 1024.
    return port.isascii() and port.isdigit() and len(port) < 5 and int(port) < 1024


@REDIRECT.control("RED-05", applies=has_callbacks)
def red_05(
    callbacks: tuple[RedirectUri, ...],
    environment_recorded: str,
    effective_application_type: str | Missing,
    is_confidential: bool | Missing,
    front_channel: bool | Missing,
) -> Result:
    """A code for a production grant can be delivered to any process on the user's machine. Such callbacks are very
    often left over from development."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        if uri.unseen is not None:
            yield uri.unseen
        if not uri.is_for_development:
            return
        if isinstance(effective_application_type, Missing) and is_confidential is not True:
            yield effective_application_type
            if isinstance(is_confidential, Missing):
                yield is_confidential
        else:
            yield from _leftover(uri, callbacks, environment_recorded)

    leftover = any(uri.is_for_development for uri in callbacks)
    if effective_application_type == "native":
        because: tuple[str, ...] = ("callbacks", "effective_application_type")
        return judge_callbacks((), look, front_channel, "the app is native", because=because)
    if environment_recorded == "development":
        because = ("callbacks", "environment_recorded")
        return judge_callbacks((), look, front_channel, "the client is recorded as development", because=because)
    passing = "no redirect URI leads to a development host"
    facts = ("callbacks", "effective_application_type", "is_confidential", "environment_recorded")
    because = facts if leftover else ("callbacks",)
    return judge_callbacks(callbacks, look, front_channel, passing, because=because)


def _leftover(uri: RedirectUri, callbacks: tuple[RedirectUri, ...], environment: str) -> Iterator[Found]:
    others = [other for other in callbacks if other is not uri]
    if environment == "production":
        yield fails("a redirect URI leads to a development host, in production")
    elif any(other.is_public_https for other in others):
        yield fails("a redirect URI leads to a development host, beside a public one")
    else:
        yield from (other.unseen for other in others if other.unseen is not None)
        yield warns("a redirect URI leads to a development host, and the client is not recorded as development")


def has_private_scheme(callbacks: tuple[RedirectUri, ...] | Missing) -> Truth | Result:
    """a redirect URI has a private-use scheme"""
    if isinstance(callbacks, Missing):
        return callbacks
    if any(uri.is_private_use for uri in callbacks):
        return True
    return not_applicable("no redirect URI has a private-use scheme")


@REDIRECT.control("RED-06", applies=has_private_scheme)
def red_06(
    callbacks: tuple[RedirectUri, ...],
    effective_application_type: str | Missing,
    publisher_domain: str | Missing,
    is_confidential: bool | Missing,
    pkce_01: Outcome,
    front_channel: bool | Missing,
) -> Result:
    """Any app on the device can claim a scheme and take the code: a reverse domain name of the owner's, a single
    slash and PKCE make that harder (RFC 8252 7.1, 8.6)."""
    native = effective_application_type == "native"
    domain = "" if isinstance(publisher_domain, Missing) else publisher_domain

    def look(uri: RedirectUri) -> Iterator[Found]:
        if not uri.is_private_use:
            return
        if uri.scheme_is_claimable and not uri.is_prescribed:
            yield fails("a private-use scheme is no reverse domain name")
        if not native and isinstance(is_confidential, Missing):
            yield is_confidential
        elif not native:
            why = "a private-use scheme on {} client not known to be native"
            yield fails(why.format("a confidential")) if is_confidential else warns(why.format("a public"))
        if not uri.is_prescribed:
            yield from _own_form(uri, domain)
        if pkce_01 in {Outcome.FAIL, Outcome.WARN}:
            yield warns("a private-use scheme without PKCE being required (PKCE-01)")

    # Whether PKCE is required can only add a warning, so it is asked last.
    because = ("callbacks", "effective_application_type", "is_confidential", "publisher_domain", "pkce_01")
    passing = "every private-use scheme is of a form that belongs to the app, with PKCE"
    result = judge_callbacks(callbacks, look, front_channel, passing, because=because)
    if result.outcome is Outcome.PASS and pkce_01 in {Outcome.UNKNOWN, Outcome.ERROR}:
        return unknown("whether PKCE is required could not be seen")
    return result


def _own_form(uri: RedirectUri, domain: str) -> Iterator[Found]:
    if uri.uri.split.host is not None:
        yield warns("'//' follows a private-use scheme")
    reversed_scheme = ".".join(reversed(uri.scheme.split(".")))
    if domain and not f".{reversed_scheme}".endswith(f".{domain}"):
        yield warns("a private-use scheme is not under the publisher's domain")


_OUT_OF_BAND = frozenset({"urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto", "oob"})


@REDIRECT.control("RED-13", applies=has_callbacks)
def red_13(
    callbacks: tuple[RedirectUri, ...],
    environment_recorded: str,
    is_confidential: bool | Missing,
    front_channel: bool | Missing,
) -> Result:
    """Where a page shows the code to be copied, the user can be talked into handing it to someone else. Of the pages
    that vendors offer in place of a callback, Microsoft's nativeclient is the one that is told apart."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        value = uri.resolved.lower()
        if value in _OUT_OF_BAND:
            yield fails("a redirect URI is out of band: the user copies the code")
        elif value == "postmessage" and isinstance(is_confidential, Missing):
            yield is_confidential
        elif value == "postmessage" and is_confidential:
            yield fails("a server app takes the code by postmessage")
        elif (uri.uri.host, uri.uri.judged.path) == NATIVE_CLIENT_PAGE:
            yield warns("a vendor's page takes the place of a callback")
        elif uri.is_web and is_debugger(uri.uri.host):
            why = "a redirect URI leads to a public debugger"
            yield fails(f"{why}, in production") if environment_recorded == "production" else warns(why)

    passing = "no redirect URI hands the code to the user"
    debugged = any(uri.is_web and is_debugger(uri.uri.host) for uri in callbacks)
    because = ("callbacks", "environment_recorded") if debugged else ("callbacks",)
    return judge_callbacks(callbacks, look, front_channel, passing, because=because)
