"""What a tenant demands: the profile, the tunables, and the sets of controls that compensate for a missing one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from posture.evidence import Evidence
from posture.outcome import Outcome


class HasOutcome(Protocol):
    @property
    def outcome(self) -> Outcome: ...


Alternative = tuple[str, ...]
"""Members that must all be proved: control ids that pass."""

PROFILE = "profile"
"""The tunable that says which profile is demanded."""

MESSAGE_SIGNING = "message-signing"
PROFILES = ("baseline", "strict", MESSAGE_SIGNING)
"""RFC 9700; FAPI 2.0 Security Profile; FAPI 2.0 Message Signing. The tunable `profile` is one of them."""

COMPENSATING_SETS: Mapping[str, tuple[Alternative, ...]] = {
    # What reaches the same attacker model where requests are not signed.
    "JAR": (("PAR-02",), ("PKCE-01", "RED-02", "RSP-01")),
    # What reaches it where responses are not signed.
    "JARM": (("PKCE-01", "RSP-03", "RED-01", "RSP-01"), ("PKCE-01", "RSP-03", "RED-01", "single issuer")),
    # RFC 9700 4.1.3, RFC 9126 2.4: origin and integrity of the request are assured.
    "RED-01": (("PAR-02",),),
    "RED-06": (("PKCE-01",),),
    "PAR-02": (("JAR-02",),),
    # Members that no control judges yet count as not proved.
    "PKCE-01": (("RSP-06", "PAR-02"),),
    "RSP-01": (("JARM-05",),),
}


ASKED_OF_CLIENT = ("single_issuer", "iss_excluded")
"""Facts of the client that decide, beside verdicts, whether a set is proved."""

NOT_ELIGIBLE = "not eligible for this profile, which expects confidential clients: judged by baseline"
"""Remark on the verdicts of a public client under a strict profile."""


def is_strict(profile: str) -> bool:
    """Whether a profile demands what FAPI 2.0 does; message-signing includes strict."""
    return profile in {"strict", MESSAGE_SIGNING}


@dataclass(frozen=True)
class Policy:
    """A version of what is demanded. Every verdict names the policy that made it."""

    name: str = "baseline"
    version: int = 1
    tunables: Mapping[str, Any] = field(default_factory=lambda: {"profile": "baseline"})
    compensating_sets: Mapping[str, tuple[Alternative, ...]] = field(default_factory=lambda: COMPENSATING_SETS)

    def tunable(self, name: str, default: Any) -> Any:
        return self.tunables.get(name, default)

    def compensates(self, name: str, verdicts: Mapping[str, HasOutcome], client: Evidence) -> tuple[str, ...]:
        """The first alternative of a set that is proved, or nothing. An unknown member does not count."""
        for alternative in self.compensating_sets[name]:
            if all(_proved(member, verdicts, client) for member in alternative):
                return alternative
        return ()

    @property
    def digest(self) -> bytes:
        content = json.dumps([self.name, self.version, dict(self.tunables), self.compensating_sets], default=list)
        return hashlib.sha256(content.encode()).digest()


def _proved(member: str, verdicts: Mapping[str, HasOutcome], client: Evidence) -> bool:
    if member == "single issuer":
        return client.get("single_issuer") is True
    if member == "RSP-01" and client.get("iss_excluded") not in (None, False):
        return False
    verdict = verdicts.get(member)
    return verdict is not None and verdict.outcome is Outcome.PASS


BASELINE = Policy()
