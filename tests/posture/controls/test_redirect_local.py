"""RED-04, 05, 06 and 13: callbacks on the user's machine, and copy-and-paste."""

from __future__ import annotations

from tests.posture.cases import CALLBACK, PUBLIC, UNSEEN, Row, decisions, verdict
from tests.posture.controls.test_redirect import uris

NATIVE = {"client_type": "public", "token_endpoint_auth_method": "none", "application_type": "native"}
TYPES_UNSEEN = {"client_type": UNSEEN, "token_endpoint_auth_method": UNSEEN}
PRODUCTION = {"environment": "production"}
DEVELOPMENT = {"environment": "development"}
ON_SERVER = {"resolved_redirect_uris": ["{server}/cb"]}


@decisions(
    Row("not_applicable", "no redirect URI leads to a loopback", uris()),
    Row("not_applicable", "no redirect URI leads to a loopback", uris(CALLBACK, "com.example.app:/cb")),
    Row("unknown", "whether the control applies", uris("/cb", **ON_SERVER)),
    Row("unknown", "whether the control applies", {"redirect_uris": UNSEEN}, missing=("redirect_uris",)),
    *(
        Row("fail", "only looks like loopback", NATIVE | uris(f"http://{host}/cb"))
        for host in ("0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "127.0.0.1.example", "localhost.example.com")
    ),
    Row("fail", "a confidential client in production", uris("http://127.0.0.1/cb", **PRODUCTION)),
    Row("warn", "not known to be native", uris("http://127.0.0.1/cb")),
    Row("warn", "not known to be native", uris("http://127.0.0.1/cb", **DEVELOPMENT)),
    Row("warn", "not known to be native", PUBLIC | uris("http://127.0.0.1/cb", **PRODUCTION)),
    Row(
        "unknown",
        "at least a warning",
        uris("http://127.0.0.1/cb", **PRODUCTION, **TYPES_UNSEEN),
        missing=tuple(TYPES_UNSEEN),
        at_least_warn=True,
    ),
    Row("warn", "the name localhost", NATIVE | uris("http://localhost/cb")),
    Row("warn", "no path", NATIVE | uris("http://127.0.0.1")),
    Row("warn", "no path", NATIVE | uris("http://[::1]/")),
    Row("warn", "below 1024", NATIVE | uris("http://127.0.0.1:80/cb")),
    Row("warn", "below 1024", NATIVE | uris("http://127.0.0.1:1023/cb")),
    Row("pass", "an address with a path, on a native app", NATIVE | uris("http://127.0.0.1:1024/cb")),
    Row("pass", "an address with a path", NATIVE | uris("http://[::1]/cb", "http://127.0.0.1/cb", CALLBACK)),
    Row("pass", "an address with a path", {"application_type": "native"} | uris("http://127.0.0.1/cb", **PRODUCTION)),
    Row("pass", "an address with a path", PUBLIC | {"application_type": None} | uris("http://127.0.0.1/cb")),
)
def test_red_04(row: Row) -> None:
    row.holds("RED-04")


def test_an_unseen_address_may_be_loopback_beside_a_sound_one() -> None:
    resolved = ["http://127.0.0.1/cb", "{server}/cb"]
    assert (
        verdict("RED-04", NATIVE | uris("http://127.0.0.1/cb", "/cb", resolved_redirect_uris=resolved)).outcome
        == "unknown"
    )


DEVELOPMENT_HOSTS = (
    "localhost:3000",
    "app.localhost",
    "127.0.0.1",
    "127.1.2.3",
    "[::1]",
    "app.test",
    "lvh.me",
    "a.localtest.me",
)


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(Row("fail", "in production", uris(f"https://{host}/cb", **PRODUCTION)) for host in DEVELOPMENT_HOSTS),
    Row("fail", "beside a public one", uris("https://localhost/cb", CALLBACK)),
    Row("fail", "beside a public one", uris("https://localhost/cb", "https://203.0.113.7/cb")),
    Row("warn", "not recorded as development", uris("https://localhost/cb")),
    Row(
        "warn",
        "not recorded as development",
        uris("https://localhost/cb", "http://a.example.com/cb", "https://a.test/cb"),
    ),
    Row("warn", "not recorded as development", {"application_type": None} | uris("https://localhost/cb")),
    Row(
        "unknown",
        "could not be seen",
        PUBLIC | {"application_type": UNSEEN} | uris("https://localhost/cb", **PRODUCTION),
        missing=("application_type",),
    ),
    Row(
        "unknown",
        "could not be seen",
        {"application_type": UNSEEN} | uris("https://localhost/cb", **TYPES_UNSEEN),
        missing=("application_type", *TYPES_UNSEEN),
    ),
    Row("unknown", "could not be seen", uris("/cb", **ON_SERVER)),
    Row(
        "unknown",
        "at least a warning",
        uris("https://localhost/cb", "/cb", resolved_redirect_uris=["https://localhost/cb", "{server}/cb"]),
        at_least_warn=True,
    ),
    Row(
        "pass",
        "no redirect URI leads to a development host",
        uris(CALLBACK, "https://10.0.0.1/cb", "https://a.internal/cb"),
    ),
    Row("pass", "the app is native", NATIVE | uris("https://localhost/cb", **PRODUCTION)),
    Row("pass", "recorded as development", uris("https://localhost/cb", CALLBACK, **DEVELOPMENT)),
    Row("pass", "recorded as development", uris("/cb", **ON_SERVER, **DEVELOPMENT)),
)
def test_red_05(row: Row) -> None:
    row.holds("RED-05")


def app(*values: str, **others: object) -> dict[str, object]:
    return NATIVE | uris(*values, **others)


PUBLISHER = {"publisher": {"domain": "Example.com"}}


@decisions(
    Row(
        "not_applicable", "no redirect URI has a private-use scheme", app(CALLBACK, "urn:a:b", "postmessage", "data:x")
    ),
    Row("unknown", "whether the control applies", app() | {"redirect_uris": UNSEEN}, missing=("redirect_uris",)),
    *(
        Row("fail", "no reverse domain name", app(value))
        for value in ("myapp://cb", "myapp:/cb", "soap.beep:/cb", "msauth:cb")
    ),
    Row("fail", "on a confidential client", uris("com.example.app:/cb")),
    Row("warn", "on a public client not known to be native", PUBLIC | uris("com.example.app:/cb")),
    Row("unknown", "could not be seen", uris("com.example.app:/cb", **TYPES_UNSEEN), missing=tuple(TYPES_UNSEEN)),
    Row("warn", "'//' follows", app("com.example.app://cb")),
    Row("warn", "not under the publisher's domain", app("com.example.app:/cb", publisher={"domain": "acme.example"})),
    Row("warn", "not under the publisher's domain", app("com.notexample.app:/cb", **PUBLISHER)),
    Row("warn", "without PKCE being required", app("com.googleusercontent.apps.123:/cb", pkce_required=False)),
    Row("warn", "'//' follows", app("com.example.app://cb", pkce_required=UNSEEN)),
    Row("fail", "no reverse domain name", app("myapp:/cb", pkce_required=UNSEEN)),
    Row(
        "unknown",
        "whether PKCE is required",
        app("com.example.app:/cb", pkce_required=UNSEEN),
        missing=("pkce_required",),
    ),
    *(
        Row("pass", "belongs to the app", app(value, publisher={"domain": "acme.example"}))
        for value in (
            "com.googleusercontent.apps.123:/cb",
            "msauth.com.contoso.app://auth",
            "msauth://com.contoso.app/ga0RGNYHvNM5d0SLGQfpQWAPGJ8%3D",
            "ms-appx-web://Microsoft.AAD.BrokerPlugin/1f2e",
        )
    ),
    Row("pass", "belongs to the app", app("com.example.app:/cb", **PUBLISHER)),
    Row("pass", "belongs to the app", app("com.example.app:/cb", publisher=UNSEEN)),
    Row("pass", "belongs to the app", app("com.example.app:/cb", publisher={"name": "Example"}, application_type=None)),
    Row("warn", "unreachable: remove it", app("myapp:/cb", grant_types=["refresh_token"])),
)
def test_red_06(row: Row) -> None:
    row.holds("RED-06")


def test_required_pkce_makes_up_for_a_scheme_that_any_app_may_claim() -> None:
    judged = verdict("RED-06", app("myapp:/cb"))
    assert (judged.outcome, judged.compensated_by, judged.level) == ("fail", ("PKCE-01",), "low")


NATIVE_CLIENT = "https://login.microsoftonline.com/common/oauth2/nativeclient"
DEBUGGERS = ("oauth.pstmn.io", "oidcdebugger.com", "jwt.ms", "jwt.io", "oauth.tools")


@decisions(
    Row("not_applicable", "no redirect URI is registered", uris()),
    *(
        Row("fail", "out of band", uris(value))
        for value in ("urn:ietf:wg:oauth:2.0:oob", "URN:IETF:wg:oauth:2.0:oob:auto", "oob")
    ),
    Row("fail", "postmessage", uris("postmessage")),
    Row("unknown", "could not be seen", uris("postmessage", **TYPES_UNSEEN), missing=tuple(TYPES_UNSEEN)),
    *(Row("fail", "a public debugger, in production", uris(f"https://{host}/cb", **PRODUCTION)) for host in DEBUGGERS),
    Row("fail", "a public debugger, in production", uris("https://www.jwt.io/", **PRODUCTION)),
    Row("warn", "a public debugger", uris("https://jwt.io/")),
    Row("warn", "a public debugger", uris("https://jwt.io/", **DEVELOPMENT)),
    Row("warn", "a vendor's page", uris(NATIVE_CLIENT, **PRODUCTION)),
    Row("pass", "no redirect URI hands the code to the user", PUBLIC | uris("postmessage", "https://notjwt.io/")),
    Row(
        "pass", "no redirect URI hands", uris(f"{NATIVE_CLIENT}/more", "urn:example:oob", "https://jwt.io.example.com/")
    ),
)
def test_red_13(row: Row) -> None:
    row.holds("RED-13")
