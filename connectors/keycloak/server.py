"""Facts of a realm as an authorization server."""

from __future__ import annotations

from typing import Final

from connectors.base import Observed, Reading, Record, Server, Source
from connectors.facts import AUTHORIZATION_SERVER, Facts, NotObserved, Reason, Rung, split
from connectors.keycloak.realm import Realm
from connectors.keycloak.redirects import UNKNOWN_SERVER

DOCUMENTED: Final[Facts] = {"jar_support": True, "redirect_matching": "exact", "pkce_required": None}
"""Signed request objects are always accepted; callbacks are compared exactly, save that a client may register a
pattern; PKCE is required by client or by policy, no switch of the realm requires it."""
_NOT_IN_FILE: Final = NotObserved(Reason.ABSENT_IN_FILE, "an export does not hold the server's metadata")


def file_server(realm: Realm) -> Server:
    """What a file says of the server: nothing but, where a frontend URL is set, its issuer."""
    unseen = dict.fromkeys(AUTHORIZATION_SERVER, _NOT_IN_FILE)
    if not realm.issuer:
        return Server("", Observed((), unseen), {})
    readings = [Reading(Rung.ATTESTED, realm.documentation, DOCUMENTED)]
    if not realm.issuer.startswith(UNKNOWN_SERVER):
        readings.append(Reading(Rung.DECLARED, realm.policies_source, {"issuer": realm.issuer}))
    seen = {name for reading in readings for name in reading.facts}
    left = {name: why for name, why in unseen.items() if name not in seen}
    return Server(realm.issuer, Observed(tuple(readings), left), {"realm": realm.name})


def live_server(realm: Realm, record: Record, source: Source, facts: Facts) -> Server:
    """From the realm's metadata and keys."""
    seen, unseen = split({name: value for name, value in facts.items() if name not in DOCUMENTED})
    readings = (Reading(Rung.ADVERTISED, source, seen), Reading(Rung.ATTESTED, realm.documentation, DOCUMENTED))
    return Server(realm.issuer, Observed(readings, unseen), record)
