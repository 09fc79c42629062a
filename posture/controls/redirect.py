"""Redirect URIs: patterns, comparison by the server, and what kind of place a callback may be.

What one URI must look like is in `redirect_syntax`, the rules for native apps and development in `redirect_local`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.facts import NotObserved
from posture.callback_rules import Found, fails, has_callbacks, judge_callbacks, warns
from posture.outcome import Missing, Result, failed, not_probed, passed, unknown
from posture.redirects import ADDRESS_UNKNOWN, SERVER_ORIGIN, RedirectUri
from posture.texts import load

REDIRECT = load(Path(__file__).with_name("redirect.json"))

_TEMPLATE = re.compile(r"\{.*\}", re.DOTALL)
_LOOSE_MATCHING = frozenset({"prefix", "sub-path", "subdomain", "pattern"})


@REDIRECT.control("RED-01", applies=has_callbacks)
def red_01(
    callbacks: tuple[RedirectUri, ...],
    redirect_wildcards_allowed: bool | NotObserved | None,
    redirect_uri_expressions: bool | NotObserved | None,
    platform_client: bool | NotObserved | None,
    issuer: str | NotObserved | None,
    front_channel: bool | Missing,
) -> Result:
    """Any host or path that a pattern matches receives the code. A wildcard of a platform's own client on the
    server's own origin reaches nobody else, and is a warning."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        literal = uri.resolved.removeprefix(SERVER_ORIGIN) if uri.unseen is not None else uri.resolved
        if "*" in literal:
            yield _wildcard(uri, platform_client, issuer)
        elif literal == "+":
            yield fails("the whole value is '+', a pattern")
        elif uri.kind == "relative":
            yield fails("a value is no absolute URI")
        if _TEMPLATE.search(literal):
            yield fails("a value holds a template in braces")
        if uri.uri.split.scheme.lower() in {"http", "https"} and not uri.uri.split.host:
            yield fails("a web address has no host")
        if literal.endswith("$") or "(?" in literal:
            mark = "a value holds a mark of regular expressions"
            yield fails(mark) if redirect_uri_expressions is True else warns(mark)

    because: tuple[str, ...] = ("callbacks", "redirect_wildcards_allowed", "redirect_uri_expressions")
    if any("*" in uri.resolved for uri in callbacks):
        because = ("callbacks", "platform_client", "issuer") if platform_client is True else ("callbacks",)
    return judge_callbacks(
        callbacks,
        look,
        front_channel,
        "every redirect URI is a literal",
        because=because,
        more=_switch(callbacks, redirect_wildcards_allowed),
    )


def _wildcard(uri: RedirectUri, platform_client: bool | NotObserved | None, issuer: str | NotObserved | None) -> Found:
    if platform_client is True or isinstance(platform_client, NotObserved):
        if uri.unseen is not None and uri.unseen is not ADDRESS_UNKNOWN:
            return uri.unseen
        if isinstance(issuer, NotObserved) and uri.unseen is None:
            return issuer
        if uri.is_on(issuer if isinstance(issuer, str) else None):
            if isinstance(platform_client, NotObserved):
                return platform_client
            return warns("a platform client has a wildcard on the server's own origin")
    return fails("a value holds a wildcard")


def _switch(callbacks: tuple[RedirectUri, ...], allowed: bool | NotObserved | None) -> Iterator[Found]:
    if any("*" in uri.resolved for uri in callbacks):
        return
    if isinstance(allowed, NotObserved):
        yield allowed
    elif allowed:
        yield warns("wildcards are switched on for the client, and none is used")


@REDIRECT.control("RED-02")
def red_02(redirect_matching: str | NotObserved | None) -> Result:
    """A server that compares loosely gives the codes of every client away, and no configuration shows it: only a
    probe, or what the platform documents. The server is judged by itself, whether or not a client has redirect URIs."""
    if redirect_matching == "exact":
        return passed("the platform documents that it compares redirect URIs by exact string")
    if redirect_matching in _LOOSE_MATCHING:
        return failed("the platform documents that it compares redirect URIs loosely", matching=redirect_matching)
    return unknown(
        "how the server compares redirect URIs was not probed",
        *([redirect_matching] if isinstance(redirect_matching, NotObserved) else []),
        *(not_probed(f"P-{number:02}", "sends a redirect URI that differs") for number in (2, 3, 4, 5, 10)),
    )


@REDIRECT.control("RED-03", applies=has_callbacks)
def red_03(
    callbacks: tuple[RedirectUri, ...],
    effective_application_type: str | Missing,
    environment_recorded: str,
    front_channel: bool | Missing,
) -> Result:
    """Over http the code crosses the network in clear. Native apps may listen on a loopback address (RFC 8252 7.3),
    where nothing crosses it."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        if uri.resolved == "*":
            yield fails("'*' admits http")
        elif uri.unseen is not None:
            yield uri.unseen
        elif uri.scheme == "http" and not uri.is_on_this_machine:
            yield fails("a redirect URI is on http")
        elif uri.scheme == "http" and isinstance(effective_application_type, Missing):
            yield warns("http to this machine, and whether the app is native is not known")
        elif uri.scheme == "http" and effective_application_type != "native":
            why = "http to this machine on an app that is not native"
            yield warns(f"{why}, recorded as development") if environment_recorded == "development" else fails(why)

    local = any(uri.scheme == "http" and uri.is_on_this_machine for uri in callbacks)
    because = ("callbacks", "effective_application_type", "environment_recorded") if local else ("callbacks",)
    passing = "http is used only to reach a native app on its own machine" if local else "no redirect URI is on http"
    return judge_callbacks(callbacks, look, front_channel, passing, because=because)


@REDIRECT.control("RED-12", applies=has_callbacks)
def red_12(callbacks: tuple[RedirectUri, ...], front_channel: bool | Missing) -> Result:
    """A server that renders the response at such a place may run an attacker's script on its own origin. Control
    characters and white space are taken out first, as lenient readers do."""

    def look(uri: RedirectUri) -> Iterator[Found]:
        if uri.is_denied:
            yield fails("a redirect URI has a script or local scheme")

    return judge_callbacks(callbacks, look, front_channel, "no redirect URI has a script or local scheme")
