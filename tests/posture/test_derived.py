"""Derived facts: where a standard's default stands in for what was seen to be absent, and what stays open."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import CLIENT, NotObserved, Reason, Rung, Subject
from posture import derived
from posture.case import rungs_of, values_of
from posture.evidence import Evidence
from posture.outcome import Missing
from tests.posture.cases import NOW, SERVER, UNSEEN

OPEN = "open"
"""Stands for what could not be derived."""
NOTHING: dict[str, Any] = dict.fromkeys(CLIENT)
CALLBACK = {"redirect_uris": ["https://app.example.com/cb"]}


def derive(name: str, client: dict[str, Any], server: dict[str, Any] | None = None) -> Any:
    """A derived fact of a client of which nothing is registered but this."""
    evidence = Evidence(NOTHING | client, Rung.DECLARED, {})
    value = values_of(evidence, Evidence(SERVER | (server or {}), Rung.ADVERTISED, {}), NOW)[name]
    return OPEN if isinstance(value, Missing) else value


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"client_type": "public", "token_endpoint_auth_method": "private_key_jwt"}, "public"),
        ({"client_type": UNSEEN, "token_endpoint_auth_method": "none"}, "public"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "confidential"),
        ({}, "confidential"),
        ({"token_endpoint_auth_method": UNSEEN}, OPEN),
        ({"client_type": "resource_server", "token_endpoint_auth_method": UNSEEN}, "resource_server"),
    ],
)
def test_effective_client_type(client: dict[str, Any], expected: str) -> None:
    assert derive("effective_client_type", client) == expected


def uses(grants: Any, responses: Any = None, **others: Any) -> dict[str, Any]:
    return {"grant_types": grants, "response_types": responses, **others}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (uses(["authorization_code"]), True),
        (uses(["implicit"]), True),
        (uses(["client_credentials"], ["code"], **CALLBACK), False),
        (uses(["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]), False),
        (uses(["refresh_token"], implicit_flow=UNSEEN), OPEN),
        (uses([], ["code"]), False),
        (uses([], ["none"]), True),
        (uses([], UNSEEN), OPEN),
        (uses(None), True),
        (uses(None, ["code"]), True),
        (uses(None, []), False),
        (uses(None, UNSEEN), OPEN),
        (uses(UNSEEN, **CALLBACK), True),
        (uses(UNSEEN, redirect_uris=[]), OPEN),
        (uses(UNSEEN, redirect_uris=UNSEEN), OPEN),
        (uses(["authorization_code"], client_type="resource_server", **CALLBACK), False),
        (uses(UNSEEN, client_type=UNSEEN, token_endpoint_auth_method=UNSEEN, **CALLBACK), True),
    ],
)
def test_front_channel(client: dict[str, Any], expected: bool | str) -> None:
    assert derive("front_channel", client) == expected


@pytest.mark.parametrize(
    ("name", "client", "expected"),
    [
        ("effective_grant_types", {}, ("authorization_code",)),
        ("effective_grant_types", {"grant_types": []}, ()),
        ("effective_grant_types", {"grant_types": UNSEEN}, OPEN),
        ("effective_response_types", {}, ("code",)),
        ("effective_response_types", {"response_types": ["none"]}, ("none",)),
        ("uses_code_flow", {}, True),
        ("uses_code_flow", {"grant_types": ["implicit"]}, False),
        ("uses_code_flow", {"grant_types": UNSEEN}, OPEN),
        ("browser_exposed", {}, True),
        ("browser_exposed", {"managed_channel": True}, False),
        ("browser_exposed", {"managed_channel": UNSEEN}, True),
        ("browser_exposed", uses(["client_credentials"]), False),
        ("federation_risk", {"single_issuer": True}, False),
        ("federation_risk", {"single_issuer": False}, True),
        ("federation_risk", {}, OPEN),
        ("high_value", {"marked_high_value": True}, True),
        ("high_value", {"marked_high_value": False}, False),
        ("high_value", {}, OPEN),
        ("high_value", {"marked_high_value": UNSEEN}, OPEN),
        ("request_mutation_risk", {"requests_rewritten": True}, True),
        ("request_mutation_risk", {}, OPEN),
        ("environment_recorded", {"environment": "production"}, "production"),
        ("environment_recorded", {"environment": UNSEEN}, ""),
        ("addressee", {}, "owner"),
        ("addressee", {"third_party": True, "platform_client": UNSEEN}, "vendor"),
        ("addressee", {"third_party": True, "platform_client": True}, "platform"),
        ("addressee", {"third_party": UNSEEN, "platform_client": UNSEEN}, "owner"),
        ("is_confidential", {"client_type": "confidential"}, True),
        ("is_confidential", {"client_type": "public"}, False),
        ("is_confidential", {"token_endpoint_auth_method": UNSEEN}, OPEN),
        ("publisher_domain", {"publisher": {"domain": "Acme.Example"}}, "acme.example"),
        ("publisher_domain", {"publisher": {"name": "Acme"}}, ""),
        ("publisher_domain", {"publisher": {"domain": 7}}, ""),
        ("publisher_domain", {"publisher": UNSEEN}, OPEN),
        ("has_keys_by_reference", {"jwks_uri": "https://app.example.com/jwks"}, True),
        ("has_keys_by_reference", {}, False),
    ],
)
def test_defaults_are_taken_and_what_was_not_seen_stays_open(name: str, client: dict[str, Any], expected: Any) -> None:
    assert derive(name, client) == expected


SILENT = {
    "request_parameter_supported": None,
    "request_uri_parameter_supported": False,
    "request_object_signing_alg_values_supported": None,
}


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (SILENT, False),
        (SILENT | {"request_parameter_supported": True}, True),
        (SILENT | {"request_uri_parameter_supported": True}, True),
        (SILENT | {"request_object_signing_alg_values_supported": ["none"]}, True),
        (SILENT | {"request_object_signing_alg_values_supported": []}, False),
        (SILENT | {"request_parameter_supported": UNSEEN}, OPEN),
        (SILENT | {"request_object_signing_alg_values_supported": UNSEEN}, OPEN),
        (SILENT | {"request_parameter_supported": UNSEEN, "request_uri_parameter_supported": True}, True),
        (SILENT | {"jar_support": True}, True),
        ({"request_parameter_supported": True, "jar_support": False}, False),
        (SILENT | {"jar_support": UNSEEN}, False),
    ],
)
def test_accepts_signed_requests(server: dict[str, Any], expected: bool | str) -> None:
    assert derive("accepts_signed_requests", {}, server) == expected


def test_a_client_whose_requests_must_be_signed_shows_that_they_are_accepted() -> None:
    assert derive("accepts_signed_requests", {"require_signed_request_object": True}, SILENT) is True


PUBLIC = {"client_type": "public"}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"application_type": "spa"}, "spa"),
        (PUBLIC | {"redirect_uris": ["http://127.0.0.1/cb", "com.example.app:/cb"]}, "native"),
        (
            PUBLIC | {"redirect_uris": ["http://127.0.0.1/cb"], "application_type": UNSEEN, "web_origins": UNSEEN},
            "native",
        ),
        (PUBLIC | {"redirect_uris": ["http://127.0.0.1/cb"], "web_origins": ["http://127.0.0.1"]}, OPEN),
        (PUBLIC | {"redirect_uris": ["http://localhost/cb"]}, OPEN),
        (PUBLIC | {"redirect_uris": ["http://127.0.0.1/cb", "https://app.example.com/cb"]}, OPEN),
        (PUBLIC | {"redirect_uris": []}, OPEN),
        (PUBLIC | {"redirect_uris": UNSEEN}, OPEN),
        ({"client_type": "confidential", "redirect_uris": ["com.example.app:/cb"]}, OPEN),
    ],
)
def test_effective_application_type(client: dict[str, Any], expected: str) -> None:
    assert derive("effective_application_type", client) == expected


def test_callbacks_stand_beside_what_the_platform_resolves_them_to() -> None:
    client = {
        "redirect_uris": ["/a", "https://b.example.com/"],
        "resolved_redirect_uris": ["https://id/a", "https://b.example.com/"],
    }
    assert [(uri.raw, uri.resolved) for uri in derive("callbacks", client)] == [
        ("/a", "https://id/a"),
        ("https://b.example.com/", "https://b.example.com/"),
    ]
    assert derive("callbacks", {"redirect_uris": UNSEEN}) == OPEN
    (relative,) = derive("callbacks", {"redirect_uris": ["/a"], "resolved_redirect_uris": UNSEEN})
    assert isinstance(relative.unseen, NotObserved)


def test_the_forms_of_callbacks_tell_apart_all_but_plain_addresses() -> None:
    def forms(*uris: str) -> Any:
        return derive("callback_forms", {"redirect_uris": list(uris)})

    assert forms("https://a.example.com/cb") == forms("https://b.example.com/other")
    assert forms("http://localhost:1/cb") != forms("http://localhost:2/cb")
    assert forms("https://a.example.com/cb") != forms("https://a.example.com/cb", "https://b.example.com/cb")


def test_what_could_not_be_derived_says_which_facts_would_show_it() -> None:
    values = values_of(
        Evidence({"grant_types": UNSEEN, "redirect_uris": UNSEEN}, Rung.DECLARED, {}),
        Evidence({}, Rung.ADVERTISED, {}),
        NOW,
    )
    assert [reason.fact for reason in values["front_channel"].facts] == ["grant_types"]
    assert {reason.reason for reason in values["high_value"].facts} == {Reason.UNCLASSIFIED}


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        ({}, Rung.DECLARED),
        ({"grant_types": Rung.VERIFIED}, Rung.VERIFIED),
        ({"grant_types": Rung.ATTESTED}, Rung.ATTESTED),
        # A list of grants decides alone.
        ({"response_types": Rung.ATTESTED, "implicit_flow": Rung.ATTESTED}, Rung.DECLARED),
    ],
)
def test_a_derived_fact_is_known_by_the_weakest_input_that_mattered(rungs: dict[str, Rung], expected: Rung) -> None:
    server = Evidence(SERVER, Rung.ADVERTISED, {})
    client = Evidence(NOTHING | uses(["authorization_code"], ["code"]), Rung.DECLARED, rungs)
    assert rungs_of(client, server, values_of(client, server, NOW))[derived.front_channel.name] == expected


def test_a_server_has_no_client_facts() -> None:
    values = values_of(None, Evidence({}, Rung.ADVERTISED, {}), NOW)
    assert values["redirect_uris"] is None
    assert values["server_issuer"].reason is Reason.NOT_RETURNED
    assert Subject.AUTHORIZATION_SERVER.value not in values
