"""Client policies: what they require or block beside the client's own record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.facts import Json, NotObserved, Reason
from connectors.keycloak.conditions import Ballot, Condition, Event, Traits, Vote, read_condition
from connectors.keycloak.version import Version

EVENTS: Final[Mapping[str, Event]] = {
    "pkce-enforcer": Event.AUTHORIZATION,
    "secure-request-object": Event.AUTHORIZATION,
    "secure-response-type": Event.AUTHORIZATION,
    "reject-implicit-grant": Event.AUTHORIZATION,
    "secure-par-content": Event.BEFORE_AUTHORIZATION,
    "dpop-bind-enforcer": Event.CODE_TOKEN,
    "holder-of-key-enforcer": Event.CODE_TOKEN,
    "reject-ropc-grant": Event.PASSWORD,
}
"""Executors that facts rest on, and the request at which each acts."""

_REFUSING: Final[Mapping[str, frozenset[str]]] = {
    "reject-request": frozenset({"public", "confidential"}),
    "confidential-client": frozenset({"public"}),
}
"""Executors that refuse every request of clients of some access types, so that their switches count for nothing."""
_OTHERS: Final = frozenset({
    "consent-required", "full-scope-disabled", "secure-client-authenticator",
    "secure-client-uris", "secure-client-uris-pattern", "secure-redirect-uris-enforcer", "secure-signature-algorithm",
    "secure-signature-algorithm-signed-jwt", "secret-rotation", "suppress-refresh-token-rotation",
    "use-lightweight-access-token", "secure-session", "secure-logout",
    "registration-access-token-rotation-disabled", "intent-client-bind-checker", "secure-ciba-session",
    "secure-ciba-signed-authn-req", "secure-ciba-req-sig-algorithm", "auth-flow-enforcer", "jwt-claim-enforcer",
    "saml-secure-client-uris", "saml-avoid-redirect-binding", "saml-signature-enforcer",
})  # fmt: skip
"""Executors that bear on no fact of ours: what they look at is seen in the record, or is no fact. Those for redirect
URIs refuse some requests, but what is registered stays registered."""
_GLOBAL_PROFILES: Final = ("fapi-", "oauth-2-1-", "saml-security-profile")
"""How the names of the profiles begin that every server brings with it; an export leaves them out."""


@dataclass(frozen=True, slots=True)
class Policy:
    """An enabled policy with the executors of its profiles; `unknown` says why more may hang on it."""

    name: str
    conditions: tuple[Condition, ...]
    executors: frozenset[str]
    unknown: NotObserved | None

    def applies(self, client: Traits, event: Event, version: Version | None) -> bool | NotObserved:
        """No condition says no, at least one says yes, and no request of the client can avoid it."""
        ballots = [condition.vote(client, event, version) for condition in self.conditions]
        if Vote.NO in ballots or Vote.SOMETIMES in ballots:
            return False
        undecided = next((ballot for ballot in ballots if isinstance(ballot, NotObserved)), None)
        return _yes(ballots) if undecided is None else undecided

    def open_to(self, client: Traits) -> NotObserved | None:
        """Why the policy, where it applies, may do more to the client than its known executors; None: it does not."""
        if self.unknown is not None:
            return self.unknown
        refusing = sorted(_REFUSING.keys() & self.executors)
        if not refusing or not any(client.access_type() in _REFUSING[executor] for executor in refusing):
            return None
        return NotObserved(Reason.UNCLASSIFIED, f"a client policy refuses requests of the client ({refusing[0]})")

    def basis(self) -> Json:
        unknown = None if self.unknown is None else self.unknown.to_json()
        return [self.name, [condition.basis() for condition in self.conditions], sorted(self.executors), unknown]


@dataclass(frozen=True, slots=True)
class Policies:
    """The enabled policies of a realm; or why they could not be read."""

    enabled: tuple[Policy, ...] = ()
    unread: NotObserved | None = None
    assumed: bool = False
    """There are none because importing the file makes none."""

    def bind(self, executor: str, client: Traits, version: Version | None) -> bool | NotObserved:
        """Whether a policy brings the executor to the client's requests; or why it cannot be told. Raises Unseen."""
        if self.unread is not None:
            return self.unread
        undecided: NotObserved | None = None
        for policy in self.enabled:
            more = None if executor in policy.executors else policy.open_to(client)
            if more is None and executor not in policy.executors:
                continue
            applies = policy.applies(client, EVENTS[executor], version)
            if isinstance(applies, NotObserved):
                undecided = applies
            elif applies and more is None:
                return True
            elif applies:
                undecided = more
        return False if undecided is None else undecided

    def wanted_attributes(self) -> frozenset[str]:
        """Attributes of a client that conditions look at."""
        return frozenset(key for condition in self._conditions() for key, _ in condition.pairs)

    def asks_for_roles(self) -> bool:
        return any(condition.name == "client-roles" for condition in self._conditions())

    def basis(self) -> Json:
        unread = None if self.unread is None else self.unread.to_json()
        return [[policy.basis() for policy in self.enabled], unread, self.assumed]

    def _conditions(self) -> Iterable[Condition]:
        return (condition for policy in self.enabled for condition in policy.conditions)


def read_policies(policies: Json, profiles: Json, *, with_global: bool) -> Policies:
    """From the documents of an export or of the Admin API. `with_global`: they hold the server's own ones too."""
    try:
        executors = _profiles(profiles)
        listed = _members(policies, "policies") + _members(policies, "globalPolicies")
        enabled = [_policy(entry, executors, with_global=with_global) for entry in listed if _is_enabled(entry)]
    except _MalformedError as fault:
        return Policies(unread=NotObserved(Reason.FAILED, f"client policies cannot be read: {fault}"))
    return Policies(tuple(enabled))


class _MalformedError(Exception):
    pass


def _profiles(document: Json) -> dict[str, list[str]]:
    """Names of the executors of each profile."""
    found: dict[str, list[str]] = {}
    for profile in _members(document, "globalProfiles") + _members(document, "profiles"):
        executors = [entry.get("executor") for entry in _members(profile, "executors")]
        found[str(profile.get("name"))] = [name if isinstance(name, str) else "without a name" for name in executors]
    return found


def _is_enabled(policy: Mapping[str, Json]) -> bool:
    return str(policy.get("enabled")).lower() == "true"


def _policy(document: Mapping[str, Json], profiles: Mapping[str, list[str]], *, with_global: bool) -> Policy:
    """A profile that nobody has is skipped, as Keycloak does it."""
    conditions = document.get("conditions") or []
    names = document.get("profiles") or []
    if not isinstance(conditions, list) or not isinstance(names, list):
        raise _MalformedError("a policy's conditions and profiles are lists")
    executors: set[str] = set()
    unknown: NotObserved | None = None
    for name in (entry for entry in names if isinstance(entry, str)):
        if name in profiles:
            executors.update(profiles[name])
        elif not with_global and name.startswith(_GLOBAL_PROFILES):
            detail = f"the client policy uses the profile {name} of the server, which an export leaves out"
            unknown = NotObserved(Reason.ABSENT_IN_FILE, detail)
    strange = sorted(executors - EVENTS.keys() - _REFUSING.keys() - _OTHERS)
    if strange:
        unknown = NotObserved(Reason.UNCLASSIFIED, f"what the executor {strange[0]} of a client policy does")
    read = tuple(read_condition(condition) for condition in conditions)
    return Policy(str(document.get("name")), read, frozenset(executors), unknown)


def _members(document: Json, name: str) -> list[dict[str, Json]]:
    if document is None:
        return []
    if not isinstance(document, dict):
        raise _MalformedError("something is no object")
    listed = document.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise _MalformedError(f"{name} is no list of objects")
    return listed


def _yes(ballots: Iterable[Ballot]) -> bool:
    return Vote.YES in ballots
