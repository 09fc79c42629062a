"""RED-01, 02, 03 and 12: patterns, how the server compares, http, and script schemes; and what all redirect controls
share: no flow reaches a URI without a front channel."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import NotObserved, Reason, Rung
from tests.posture.cases import CALLBACK, NO_FRONT_CHANNEL, UNSEEN, Row, decisions, judge, outcome, reasons, verdict

FRONT_UNSEEN = {"grant_types": ["refresh_token"], "implicit_flow": UNSEEN}
EXPRESSIONS = {"redirect_uri_expressions": True}
OWN = {"platform_client": True, "redirect_uris": ["/account/*"]}
OF_REDIRECTS = ("RED-01", "RED-03", "RED-05", "RED-07", "RED-08", "RED-09", "RED-12", "RED-13")


def uris(*values: str, **others: Any) -> dict[str, Any]:
    return {"redirect_uris": list(values), **others}


def at(*resolved: str, **others: Any) -> dict[str, Any]:
    """A platform's own client whose relative callback is resolved to these."""
    return OWN | {"resolved_redirect_uris": list(resolved), **others}


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    Row("unknown", "whether the control applies", {"redirect_uris": UNSEEN}, missing=("redirect_uris",)),
    *(
        Row("fail", "a value holds a wildcard", uris(value))
        for value in (
            "*",
            "https://*.example.com/cb",
            "https://a.example.com/*",
            "https://a.example.com/cb?*",
            "com.example.app*:/cb",
        )
    ),
    Row("fail", "'+'", uris("+")),
    Row("fail", "a template in braces", uris("https://{tenant}.example.com/cb")),
    Row("fail", "no host", uris("https:///cb")),
    Row("fail", "no absolute URI", uris("//a.example.com/cb")),
    Row("fail", "no absolute URI", uris("callback")),
    Row("fail", "regular expressions", uris("https://a.example.com/cb$", **EXPRESSIONS)),
    Row("fail", "regular expressions", uris("https://a.example.com/(?:a|b)", **EXPRESSIONS)),
    Row("warn", "regular expressions", uris("https://a.example.com/cb$")),
    Row("warn", "regular expressions", uris("https://a.example.com/cb$", redirect_uri_expressions=UNSEEN)),
    Row("warn", "wildcards are switched on", {"redirect_wildcards_allowed": True}),
    Row(
        "unknown", "could not be seen", {"redirect_wildcards_allowed": UNSEEN}, missing=("redirect_wildcards_allowed",)
    ),
    Row("fail", "a wildcard", uris("https://a.example.com/*", redirect_wildcards_allowed=UNSEEN)),
    Row("warn", "on the server's own origin", at("https://id.example.com/account/*"), to="platform"),
    Row("warn", "on the server's own origin", at("https://ID.example.com:443/account/*"), to="platform"),
    Row("warn", "on the server's own origin", at("{server}/account/*"), to="platform"),
    Row("fail", "a wildcard", at("https://id.example.com.evil.example/account/*"), to="platform"),
    Row("fail", "a wildcard", at("https://id.example.com:8443/account/*"), to="platform"),
    Row("fail", "a wildcard", at("https://id.example.com/account/*", platform_client=False)),
    Row(
        "unknown",
        "could not be seen",
        at("https://id.example.com/account/*", platform_client=UNSEEN),
        missing=("platform_client",),
    ),
    Row("unknown", "could not be seen", at("https://id.example.com/account/*"), {"issuer": UNSEEN}, to="platform"),
    Row("unknown", "could not be seen", OWN | {"resolved_redirect_uris": UNSEEN}, to="platform"),
    Row("pass", "every redirect URI is a literal", {}),
    Row("pass", "every redirect URI is a literal", uris("https://a.example.com/a+b", "com.example.app:/cb", "oob")),
)
def test_red_01(row: Row) -> None:
    row.holds("RED-01")


@decisions(
    Row("pass", "by exact string", {}, to="platform"),
    *(
        Row("fail", "loosely", {}, {"redirect_matching": matching}, to="platform")
        for matching in ("prefix", "sub-path", "subdomain", "pattern")
    ),
    Row(
        "unknown",
        "was not probed",
        {},
        {"redirect_matching": None},
        to="platform",
        missing=("probe:P-02", "probe:P-10"),
    ),
    Row("unknown", "was not probed", {}, {"redirect_matching": UNSEEN}, to="platform", missing=("redirect_matching",)),
)
def test_red_02(row: Row) -> None:
    row.holds("RED-02")


TYPE_UNKNOWN = {"application_type": None}
LOCAL = ("http://127.0.0.1/cb", "http://[::1]:5000/cb", "http://localhost/cb", "http://127.9.9.9/cb")


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(
        Row("fail", "is on http", uris(value))
        for value in ("http://a.example.com/cb", "HTTP://a.example.com/cb", "http:///cb")
    ),
    Row("fail", "is on http", uris("http://192.168.0.1/cb", application_type="native", environment="development")),
    Row("fail", "'*' admits http", uris("*")),
    *(Row("fail", "not native", uris(value)) for value in LOCAL),
    Row("fail", "not native", uris(LOCAL[0], environment="production")),
    Row("warn", "recorded as development", uris(LOCAL[0], environment="development")),
    Row("warn", "whether the app is native is not known", uris(LOCAL[0], **TYPE_UNKNOWN, environment="production")),
    Row("fail", "is on http", uris(LOCAL[0], "http://a.example.com/cb", **TYPE_UNKNOWN)),
    Row("unknown", "could not be seen", uris("/cb", resolved_redirect_uris=["{server}/cb"])),
    Row(
        "fail",
        "is on http",
        uris("http://a.example.com/cb", "/cb", resolved_redirect_uris=["http://a.example.com/cb", "{server}/cb"]),
    ),
    Row("pass", "a native app on its own machine", uris(LOCAL[0], application_type="native")),
    Row("pass", "no redirect URI is on http", uris(CALLBACK, "com.example.app:/cb", "urn:a:b", "http://localhost:*")),
)
def test_red_03(row: Row) -> None:
    row.holds("RED-03")


DENIED = (
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "ws",
    "wss",
    "ftp",
    "mailto",
    "intent",
)


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(Row("fail", "script or local scheme", uris(f"{scheme}:x")) for scheme in DENIED),
    Row("fail", "script or local scheme", uris("JaVaScRiPt:alert(1)")),
    Row("fail", "script or local scheme", uris("java\tscript:alert(1)")),
    Row("fail", "script or local scheme", uris(" \x00javascript\n:alert(1)")),
    Row("pass", "no redirect URI", uris(CALLBACK, "com.example.javascript:/cb", "https://a.example.com/javascript:x")),
)
def test_red_12(row: Row) -> None:
    row.holds("RED-12")


@pytest.mark.parametrize("control_id", OF_REDIRECTS)
def test_what_no_flow_reaches_is_a_warning_to_remove_it(control_id: str) -> None:
    bad = {
        "RED-01": "https://*.example.com/cb",
        "RED-03": "http://a.example.com/cb",
        "RED-05": "https://localhost/cb",
        "RED-07": "https://a.example.com/cb#",
        "RED-08": "https://user@a.example.com/cb",
        "RED-09": "https://a.example.com/../cb",
        "RED-12": "javascript:x",
        "RED-13": "oob",
    }[control_id]
    client = uris(bad, environment="production")
    assert outcome(control_id, client) == "fail"
    unreached = verdict(control_id, client | NO_FRONT_CHANNEL)
    assert unreached.outcome == "warn"
    assert unreached.message.startswith("unreachable: remove it (")
    open_question = verdict(control_id, client | FRONT_UNSEEN)
    assert (open_question.outcome, open_question.specifics["at_least_warn"]) == ("unknown", True)
    assert reasons(open_question) == {"implicit_flow"}


def test_the_uris_that_are_wrong_are_named_raw_with_what_is_wrong() -> None:
    judged = verdict("RED-03", uris(CALLBACK, "http://localhost/cb", "http://a.example.com/cb", **TYPE_UNKNOWN))
    named = {one["uri"]: (one["outcome"], one["why"]) for one in judged.specifics["uris"]}
    assert named == {
        "http://localhost/cb": ("warn", "http to this machine, and whether the app is native is not known"),
        "http://a.example.com/cb": ("fail", "a redirect URI is on http"),
    }
    relative = verdict("RED-01", at("https://elsewhere.example/account/*"))
    assert [one["uri"] for one in relative.specifics["uris"]] == ["/account/*"]


@pytest.mark.parametrize("resolved", ["{server}//evil.example/cb", "https://a.example.com//evil.example/cb"])
def test_a_value_without_a_scheme_is_not_taken_for_a_path(resolved: str) -> None:
    judged = judge(uris("//evil.example/cb", resolved_redirect_uris=[resolved]))
    assert (judged["RED-01"].outcome, judged["RED-01"].message) == ("fail", "a value is no absolute URI")
    assert {judged[control_id].outcome for control_id in OF_REDIRECTS[1:]} == {"pass"}


def test_what_did_not_matter_does_not_weaken_the_rung() -> None:
    wildcard = uris("https://app.example.com/*")
    needless = dict.fromkeys(("response_types", "implicit_flow", "redirect_wildcards_allowed"), Rung.ATTESTED)
    assert verdict("RED-01", wildcard, rungs=needless).rung is Rung.DECLARED
    # Without a front channel the grants matter: a registered URI alone would show one.
    unreached = wildcard | {"grant_types": ["client_credentials"]}
    assert verdict("RED-01", unreached, rungs={"grant_types": Rung.ATTESTED}).rung is Rung.ATTESTED
    # The type matters only where http stays on this machine.
    attested = {"application_type": Rung.ATTESTED}
    remote = uris("http://app.example.com/cb", "https://localhost/cb")
    assert verdict("RED-03", remote, rungs=attested).rung is Rung.DECLARED
    assert verdict("RED-03", uris("http://localhost/cb"), rungs=attested).rung is Rung.ATTESTED


def test_where_the_server_is_decides_on_a_platforms_own_wildcard_and_on_no_other() -> None:
    own = at("https://id.example.com/account/*")
    assert verdict("RED-01", own).rung is Rung.ADVERTISED
    assert verdict("RED-01", own | {"platform_client": False}).rung is Rung.DECLARED


def test_a_pushed_request_makes_up_for_a_wildcard() -> None:
    client = uris("https://app.example.com/*")
    assert verdict("RED-01", client | {"require_pushed_authorization_requests": True}).compensated_by == ("PAR-02",)
    assert verdict("RED-01", client).compensated_by == ()


def test_an_address_that_was_not_seen_says_which_fact_would_show_it() -> None:
    unseen = NotObserved(Reason.DENIED, "no view-realm")
    judged = verdict("RED-03", uris("/cb", resolved_redirect_uris=unseen))
    assert (judged.outcome, reasons(judged)) == ("unknown", {"resolved_redirect_uris"})


def variable(*values: str) -> dict[str, Any]:
    """Callbacks of a realm file, with variables that the importing server replaces."""
    return uris(*values, resolved_redirect_uris=NotObserved(Reason.ABSENT_IN_FILE, "a variable"))


@pytest.mark.parametrize("value", ["${APP}", "${APP}/cb", "https://${HOST}/cb", "https://app.example.com/${PATH}"])
def test_what_a_variable_stands_for_is_neither_passed_nor_failed(value: str) -> None:
    judged = judge(variable(value, CALLBACK))
    for control_id in OF_REDIRECTS:
        assert judged[control_id].outcome.value == "unknown", control_id
        assert [reason.reason for reason in judged[control_id].reasons] == [Reason.ABSENT_IN_FILE]


def test_a_wildcard_behind_a_variable_is_one_whatever_that_stands_for() -> None:
    assert outcome("RED-01", variable("${APP}/*")).value == "fail"
