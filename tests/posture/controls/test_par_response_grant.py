"""Pushed requests, responses and grants: the families of one or two controls."""

from __future__ import annotations

from posture.outcome import Outcome
from tests.posture.cases import (
    NO_FRONT_CHANNEL,
    PUBLIC,
    UNSEEN,
    Row,
    decisions,
    judge,
)

ENDPOINT = "pushed_authorization_request_endpoint"
REQUIRED = {"require_pushed_authorization_requests": True}
REQUIRED_UNSEEN = dict.fromkeys(REQUIRED, UNSEEN)


@decisions(
    Row("warn", "no endpoint", {}, {ENDPOINT: None}, to="platform"),
    Row("fail", "no endpoint", {}, {ENDPOINT: None}, to="platform", under="strict"),
    Row("fail", "not on https", {}, {ENDPOINT: "http://id.example.com/par"}, to="platform"),
    Row("unknown", "an input", {}, {ENDPOINT: UNSEEN}, to="platform", missing=(ENDPOINT,)),
    Row("pass", "advertised", {}, {ENDPOINT: "HTTPS://id.example.com/par"}, to="platform", under="message-signing"),
)
def test_par_01(row: Row) -> None:
    row.holds("PAR-01")


@decisions(
    Row("not_applicable", "a confidential client", NO_FRONT_CHANNEL),
    Row("not_applicable", "a confidential client", PUBLIC),
    Row("not_applicable", "PAR-01 is pass", REQUIRED, {ENDPOINT: None}),
    Row("unknown", "whether the control applies", {}, {ENDPOINT: UNSEEN}, missing=(ENDPOINT,)),
    Row("warn", "not pushed are accepted", {}),
    Row("fail", "not pushed are accepted", {}, under="strict"),
    Row("unknown", "could not be seen", REQUIRED_UNSEEN, missing=(*REQUIRED, "probe:P-19")),
    Row("unknown", "could not be seen", {}, REQUIRED_UNSEEN, missing=("server_require_pushed_authorization_requests",)),
    Row("pass", "of this client", REQUIRED, REQUIRED_UNSEEN),
    Row("pass", "of any client", REQUIRED_UNSEEN, REQUIRED),
)
def test_par_02(row: Row) -> None:
    row.holds("PAR-02")


ISS = "authorization_response_iss_parameter_supported"


@decisions(
    Row("warn", "said to stand in responses", {}, {ISS: True}, to="platform"),
    Row("warn", "not advertised", {}, {ISS: False}, to="platform"),
    Row("warn", "not advertised", {}, {ISS: None}, to="platform", under="strict"),
    Row("unknown", "an input", {}, {ISS: UNSEEN}, to="platform", missing=(ISS,)),
)
def test_rsp_01_never_passes_on_metadata_alone(row: Row) -> None:
    row.holds("RSP-01")


def types(*response_types: str, **others: object) -> dict[str, object]:
    return {"response_types": list(response_types), **others}


@decisions(
    Row("not_applicable", "uses the authorization endpoint", NO_FRONT_CHANNEL),
    Row("unknown", "whether the control applies", {"grant_types": UNSEEN, "redirect_uris": UNSEEN}),
    Row("fail", "a response type with token", types("code", "id_token token")),
    Row("fail", "a response type with token", types("token", implicit_flow=UNSEEN)),
    Row("fail", "the implicit flow is switched on", types("code", implicit_flow=True)),
    Row("fail", "no response type limits it", {"response_types": None, "grant_types": ["implicit"]}),
    Row("fail", "no response type limits it", {"response_types": UNSEEN, "grant_types": ["implicit"]}),
    Row("unknown", "could not be seen", {"response_types": UNSEEN}, missing=("response_types",)),
    Row("unknown", "could not be seen", types("code", implicit_flow=UNSEEN), missing=("implicit_flow",)),
    Row(
        "unknown",
        "could not be seen",
        {"response_types": None, "grant_types": UNSEEN},
        missing=("grant_types",),
    ),
    Row("pass", "code by default", {"response_types": None}),
    Row("pass", "no registered response type", types("code", "none", grant_types=["authorization_code", "implicit"])),
    Row("pass", "no registered response type", types("code id_token", grant_types=["implicit"], implicit_flow=None)),
)
def test_rsp_03(row: Row) -> None:
    row.holds("RSP-03")


@decisions(
    Row("fail", "switched on", {"direct_access_grants": True, "grant_types": UNSEEN}),
    Row("fail", "is registered", {"direct_access_grants": None, "grant_types": ["password"]}),
    Row("fail", "is registered", {"direct_access_grants": False, "grant_types": ["password"]}),
    Row("unknown", "could not be seen", {"direct_access_grants": UNSEEN}, missing=("direct_access_grants",)),
    Row(
        "unknown",
        "could not be seen",
        {"direct_access_grants": None, "grant_types": UNSEEN},
        missing=("grant_types",),
    ),
    Row("pass", "switched off", {"direct_access_grants": False, "grant_types": UNSEEN}),
    Row("pass", "by default", {"direct_access_grants": None, "grant_types": None}),
    Row("pass", "not registered", {"direct_access_grants": None, "grant_types": []}),
    Row("fail", "switched on", {"direct_access_grants": True, "third_party": True}, to="vendor"),
    Row(
        "fail",
        "switched on",
        {"direct_access_grants": True, "third_party": True, "platform_client": True},
        to="platform",
    ),
)
def test_grt_01(row: Row) -> None:
    row.holds("GRT-01")


def test_a_resource_server_is_judged_by_the_visibility_controls_alone() -> None:
    judged = judge({"client_type": "resource_server", "implicit_flow": True, "redirect_uris": ["http://*"]})
    of_client = {control_id: one for control_id, one in judged.items() if one.control.subject == "client"}
    visible = of_client.pop("VIS-01")
    assert visible.outcome is not Outcome.NOT_APPLICABLE
    assert {one.outcome for one in of_client.values()} == {Outcome.NOT_APPLICABLE}
    assert all(one.message.startswith("bearer_only") for one in of_client.values())
