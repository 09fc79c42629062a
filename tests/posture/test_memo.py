"""What is remembered of a client's case never changes a verdict."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.facts import NotObserved, Reason, Rung
from posture import catalogue
from posture.engine import Judgements, judge_client, judge_server
from posture.evidence import Evidence
from posture.policy import BASELINE, Policy
from tests.posture.cases import CALLBACK, NOW, SERVER, UNSEEN, WEB_APP, profile

ISSUER = Evidence(SERVER | {"response_modes_supported": ["jwt"]}, Rung.ADVERTISED, {})
URIS = (
    CALLBACK,
    "https://other.example.com/cb",
    "https://other.example.com:8443/a/b.html",
    "https://APP.example.com/cb",
    "https://*.example.com/cb",
    "http://localhost:3000/cb",
    "http://localhost:4000/cb",
    "com.example.app:/cb",
    "myapp:/cb",
    "/cb",
    "//evil.example/cb",
    "https://jwt.io/",
    "https://app.example.com/../cb",
)
ELSEWHERE = NotObserved(Reason.ABSENT_IN_FILE, "another reason")
FACTS: dict[str, list[Any]] = {
    "client_type": ["confidential", "public", "resource_server", UNSEEN],
    "application_type": ["web", "native", None, UNSEEN],
    "grant_types": [["authorization_code"], ["implicit"], [], None, UNSEEN, ELSEWHERE],
    "response_types": [["code"], ["none"], ["token"], None, UNSEEN],
    "resolved_redirect_uris": [None, UNSEEN],
    "web_origins": [[], ["https://one.example.com"], UNSEEN],
    "jwks": [None, {"keys": [{"kty": "RSA"}]}, {"keys": [{"use": "enc"}]}, UNSEEN],
    "jwks_uri": [None, "https://one.example.com/jwks", "https://two.example.com/jwks", UNSEEN],
    "request_object_signing_alg": [None, "none", "PS256", UNSEEN],
    "request_uris": [None, ["http://one.example.com/ro"], UNSEEN],
    "authorization_signed_response_alg": ["PS256", None, UNSEEN],
    "response_modes": [["jwt"], None],
    "pkce_required": [True, False, UNSEEN],
    "publisher": [None, {"domain": "example.com"}, {"name": "Acme"}, UNSEEN],
    "platform_client": [True, False, UNSEEN],
    "third_party": [True, False, UNSEEN],
    "marked_high_value": [True, False, UNSEEN],
    "environment": ["production", "development", UNSEEN],
    "single_issuer": [True, False, UNSEEN],
    "iss_excluded": [True, False, UNSEEN],
}
CLIENTS = st.builds(
    lambda uris, facts, rungs: Evidence({**WEB_APP, "redirect_uris": uris, **facts}, Rung.DECLARED, rungs),
    st.lists(st.sampled_from(URIS), max_size=3),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FACTS.items()}),
    st.dictionaries(
        st.sampled_from(["redirect_uris", *FACTS]), st.sampled_from([Rung.ATTESTED, Rung.VERIFIED]), max_size=4
    ),
)


def judged(client: Evidence, of_server: Judgements, policy: Policy = BASELINE) -> Judgements:
    return judge_client(client, ISSUER, of_server, catalogue.controls(), policy, NOW)


def of_server(policy: Policy = BASELINE) -> Judgements:
    return judge_server(ISSUER, catalogue.controls(), policy, NOW)


@given(st.lists(CLIENTS, min_size=2, max_size=12), st.sampled_from(["baseline", "strict", "message-signing"]))
def test_every_client_is_judged_as_if_it_were_the_first(clients: list[Evidence], name: str) -> None:
    policy = profile(name)
    remembering = of_server(policy)
    for client in clients * 2:
        # A plain dictionary carries no memory.
        assert judged(client, remembering, policy) == judged(client, dict(remembering), policy)


def own(name: str, **facts: Any) -> Evidence:
    host = f"https://{name}.example.com"
    particular = {"client_id": name, "redirect_uris": [f"{host}/cb"], "web_origins": [host], "jwks_uri": f"{host}/jwks"}
    return Evidence(WEB_APP | particular | facts, Rung.DECLARED, {})


def test_clients_that_differ_in_what_does_not_matter_are_judged_once() -> None:
    remembering = of_server()
    assert judged(own("one"), remembering) is judged(own("two"), remembering)
    third = judged(own("three", redirect_uris=["http://localhost/cb"]), remembering)
    # Those that do not look at redirect URIs are known all the same.
    assert third["PKCE-01"] is judged(own("one"), remembering)["PKCE-01"]
    assert third["RED-03"].outcome == "fail"


def test_what_is_particular_to_one_client_stays_with_it() -> None:
    remembering = of_server()
    for uri in ("http://localhost:1111/cb", "http://localhost:2222/cb"):
        found = judged(own("app", redirect_uris=[uri]), remembering)["RED-03"]
        assert [one["uri"] for one in found.specifics["uris"]] == [uri]


def test_a_value_that_was_resolved_is_not_taken_for_one_that_was_not() -> None:
    remembering = of_server()
    resolved = {"redirect_uris": ["/cb"], "resolved_redirect_uris": ["https://one.example.com/cb"]}
    for facts in ({"redirect_uris": ["https://one.example.com/cb"]}, resolved):
        client = Evidence(WEB_APP | facts, Rung.DECLARED, {"resolved_redirect_uris": Rung.ATTESTED})
        assert judged(client, remembering) == judged(client, dict(remembering))


def test_what_one_policy_found_is_not_taken_for_another() -> None:
    strict = judged(own("app"), of_server(), profile("strict"))
    assert (strict["PAR-02"].outcome, judged(own("app"), of_server())["PAR-02"].outcome) == ("fail", "warn")


def test_facts_that_cannot_be_looked_up_are_judged_all_the_same() -> None:
    remembering = of_server()
    client = Evidence(WEB_APP | {"response_modes": [["jwt"]]}, Rung.DECLARED, {})
    assert judged(client, remembering) == judged(client, dict(remembering))


def test_a_control_that_looks_closer_than_the_form_is_never_shared() -> None:
    closer = dataclasses.replace(catalogue.by_id()["RED-07"], id="RED-99", by_form=False)
    controls = (*catalogue.controls(), closer)
    remembering = judge_server(ISSUER, controls, BASELINE, NOW)
    first, second = (judge_client(own(name), ISSUER, remembering, controls, BASELINE, NOW) for name in ("one", "two"))
    assert first["RED-99"] == second["RED-99"]
    assert first["RED-99"] is not second["RED-99"]
    assert first["RED-07"] is second["RED-07"]
