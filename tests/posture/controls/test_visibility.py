"""VIS-01: what could not be seen is named, and fails where somebody here can mend it."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.facts import CLIENT, NotObserved, Reason
from tests.posture.cases import WEB_APP, Row, decisions, verdict

ALL_SEEN: dict[str, Any] = dict.fromkeys(CLIENT.keys() - WEB_APP.keys()) | {
    "marked_high_value": False,
    "requests_rewritten": False,
    "managed_channel": False,
    "single_issuer": True,
    "environment": "production",
}


def unseen(fact: str, reason: Reason) -> dict[str, Any]:
    return ALL_SEEN | {fact: NotObserved(reason, "")}


MENDABLE = {Reason.DENIED, Reason.LICENCE, Reason.FAILED, Reason.EXPIRED}


@decisions(
    Row("pass", "every input", ALL_SEEN),
    Row("fail", "can mend", unseen("pkce_required", Reason.DENIED)),
    Row("fail", "can mend", unseen("pkce_required", Reason.DENIED) | {"third_party": True}),
    Row("fail", "can mend", unseen("pkce_required", Reason.DENIED) | {"platform_client": True}, to="platform"),
    Row("warn", "could not be seen", unseen("require_pushed_authorization_requests", Reason.DENIED)),
    Row("warn", "could not be seen", {}),
)
def test_vis_01(row: Row) -> None:
    row.holds("VIS-01")


@pytest.mark.parametrize("reason", Reason)
def test_only_some_reasons_can_be_mended_here(reason: Reason) -> None:
    judged = verdict("VIS-01", unseen("pkce_required", reason))
    assert judged.outcome == ("fail" if reason in MENDABLE else "warn")
    assert "pkce_required" in judged.specifics["missing"]
    assert judged.specifics.get("mendable", []) == (["pkce_required"] if reason in MENDABLE else [])


def test_what_no_control_asks_for_may_stay_unseen() -> None:
    assert verdict("VIS-01", unseen("logo_uri", Reason.DENIED)).outcome == "pass"
