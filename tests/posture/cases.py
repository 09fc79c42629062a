"""A sound web application and its server, which each test changes in the few facts that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.facts import ATTESTED, NotObserved, Reason, Rung
from posture import catalogue
from posture.engine import Judgement, Judgements, judge_client, judge_server
from posture.evidence import Evidence
from posture.outcome import Outcome
from posture.policy import BASELINE, Policy

NOW = datetime(2026, 6, 1, tzinfo=UTC)
UNSEEN = NotObserved(Reason.DENIED, "a permission is missing")
CALLBACK = "https://app.example.com/oauth/callback"

WEB_APP: dict[str, Any] = {
    "client_id": "web-app",
    "client_type": "confidential",
    "application_type": "web",
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "response_modes": None,
    "redirect_uris": [CALLBACK],
    "resolved_redirect_uris": None,
    "redirect_wildcards_allowed": None,
    "redirect_uri_expressions": None,
    "web_origins": [],
    "jwks_uri": "https://app.example.com/jwks.json",
    "jwks": None,
    "implicit_flow": False,
    "direct_access_grants": False,
    "pkce_required": True,
    "code_challenge_methods": ["S256"],
    "require_signed_request_object": False,
    "request_object_signing_alg": None,
    "request_object_required": False,
    "request_uris": [],
    "require_pushed_authorization_requests": False,
    "authorization_signed_response_alg": None,
    "jwt_response_required": False,
    "iss_excluded": False,
    "platform_client": False,
    "third_party": False,
    "publisher": None,
}
SERVER: dict[str, Any] = {
    "issuer": "https://id.example.com",
    "response_modes_supported": ["query", "fragment"],
    "code_challenge_methods_supported": ["S256"],
    "request_parameter_supported": True,
    "request_uri_parameter_supported": False,
    "require_request_uri_registration": None,
    "require_signed_request_object": None,
    "request_object_signing_alg_values_supported": ["PS256", "ES256"],
    "pushed_authorization_request_endpoint": "https://id.example.com/par",
    "require_pushed_authorization_requests": None,
    "authorization_signing_alg_values_supported": None,
    "authorization_response_iss_parameter_supported": True,
    "jar_support": None,
    "redirect_matching": "exact",
    "pkce_required": None,
}

# What many tests change in them.
NO_FRONT_CHANNEL = {"grant_types": ["client_credentials"], "response_types": []}
PUBLIC = {"client_type": "public", "token_endpoint_auth_method": "none", "application_type": "spa"}
HIGH_VALUE = {"marked_high_value": True}
SIGNS = HIGH_VALUE | {"request_object_signing_alg": "PS256"}
OFFERS_JARM = {
    "response_modes_supported": ["query", "jwt"],
    "authorization_signing_alg_values_supported": ["PS256", "RS256"],
}


def judge(
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    policy: Policy = BASELINE,
    rungs: dict[str, Rung] | None = None,
) -> Judgements:
    """The verdicts on the web application above with these facts changed, some of the client's on other rungs."""
    facts = WEB_APP | (client or {})
    known = dict.fromkeys(ATTESTED & facts.keys(), Rung.ATTESTED) | (rungs or {})
    issuer = Evidence(SERVER | (server or {}), Rung.ADVERTISED, {})
    controls = catalogue.controls()
    of_server = judge_server(issuer, controls, policy, NOW)
    return judge_client(Evidence(facts, Rung.DECLARED, known), issuer, of_server, controls, policy, NOW)


def verdict(
    control_id: str,
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    policy: Policy = BASELINE,
    rungs: dict[str, Rung] | None = None,
) -> Judgement:
    return judge(client, server, policy, rungs)[control_id]


def outcome(
    control_id: str,
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    policy: Policy = BASELINE,
) -> Outcome:
    return verdict(control_id, client, server, policy).outcome


def reasons(judged: Judgement) -> set[str]:
    """Names of the facts that were not seen."""
    return {reason.fact for reason in judged.reasons}


def profile(name: str) -> Policy:
    return Policy(name, 1, {"profile": name})


@dataclass(frozen=True)
class Row:
    """A row of a control's decision table: facts that differ from those above, and what they lead to."""

    outcome: str
    words: str
    """Part of the message."""
    client: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    to: str = "owner"
    """The addressee."""
    under: str = "baseline"
    """The profile."""
    missing: tuple[str, ...] = ()
    """Names of what was not seen, among others."""
    at_least_warn: bool = False

    def holds(self, control_id: str) -> None:
        judged = verdict(control_id, self.client, self.server, profile(self.under))
        assert (judged.outcome, judged.addressee) == (self.outcome, self.to), judged.message
        assert self.words in judged.message
        assert reasons(judged) >= set(self.missing)
        assert bool(reasons(judged)) == (judged.outcome == "unknown")
        assert judged.specifics.get("at_least_warn", False) is self.at_least_warn


def decisions(*rows: Row) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test once for each row of a decision table."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: f"{row.outcome}: {row.words}")
