"""Grant types."""

from __future__ import annotations

from pathlib import Path

from connectors.facts import NotObserved
from posture.outcome import Result, failed, merge, passed, unknown
from posture.texts import load

GRANT = load(Path(__file__).with_suffix(".json"))


@GRANT.control("GRT-01")
def grt_01(grant_types: list[str] | NotObserved | None, direct_access_grants: bool | NotObserved | None) -> Result:
    """Passwords pass through the app, and checks of a second factor are skipped."""
    # The platform's own switch comes first: it may stand in a record whose list of grants rests on defaults.
    if direct_access_grants is True:
        return failed("the password grant is switched on", because=("direct_access_grants",))
    listed = None if isinstance(grant_types, NotObserved) else grant_types
    if listed and "password" in listed:
        return failed("the password grant is registered", because=("grant_types",))
    if direct_access_grants is False:
        return passed("the password grant is switched off", because=("direct_access_grants",))
    unseen = [value for value in (grant_types, direct_access_grants) if isinstance(value, NotObserved)]
    if unseen:
        return unknown("whether the password grant is allowed could not be seen", *merge(*unseen))
    if listed is None:
        return passed("no grant is registered: authorization_code by default (RFC 7591 2)")
    return passed("the password grant is not registered")
