"""Loads what is known of apps and servers: their readings, and what was not seen of them and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from connectors.base import Reading, Source
from connectors.facts import ATTESTED, Facts, Json, NotObserved, Reason, Rung, Subject, to_json
from inventory.models import App, Attestation, AuthorizationServer, Observation, Sync, Tenant
from posture.evidence import Evidence, gather

BY_A_PERSON = "recorded by a person"
BY_TENANT = "tenant setting"
"""What stands for the address of a source where a person stated a fact."""

_UNCLASSIFIED = {name: NotObserved(Reason.UNCLASSIFIED, "not recorded", name) for name in sorted(ATTESTED)}

Unseen = Mapping[str, NotObserved]
"""Fact name -> why it was not seen."""


@dataclass(frozen=True, slots=True)
class Known:
    """One subject. A later reading counts more than an earlier one of its rung."""

    readings: tuple[Reading, ...]
    not_observed: Unseen
    cannot_see: Unseen

    def evidence(self) -> Evidence:
        return gather(self.readings, self.not_observed, self.cannot_see)

    def sources(self) -> dict[str, Reading]:
        """The strongest reading of each fact that was seen."""
        found: dict[str, Reading] = {}
        for reading in sorted(self.readings, key=lambda reading: reading.rung):
            found |= dict.fromkeys(reading.facts, reading)
        return found


class Loader:
    """Loads subjects of any tenants; what tenants have in common, and repeated reasons, it holds once."""

    def __init__(self, tenant_ids: Collection[int]) -> None:
        self._reasons: dict[tuple[str, str, str], NotObserved] = {}
        tenants = Tenant.objects.filter(pk__in=tenant_ids)
        self._stated = {tenant.pk: _stated_of_tenant(tenant) for tenant in tenants}
        mapped = Sync.objects.filter(tenant_id__in=tenant_ids, mapping__isnull=False)
        latest = mapped.order_by("tenant_id", "-pk").distinct("tenant_id")
        self._cannot_see = {
            tenant_id: {Subject(subject): self._unseen(document) for subject, document in cannot_see.items()}
            for tenant_id, cannot_see in latest.values_list("tenant_id", "mapping__cannot_see")
        }

    def apps(self, apps: Iterable[App]) -> dict[int, Known]:
        """What is known of apps, by id: two queries for them all."""
        by_id = {app.pk: app for app in apps}
        readings = _readings("app", by_id)
        stated = _stated_of_apps(by_id)
        return {
            pk: Known(
                (*self._stated[app.tenant_id], *stated[pk], *readings[pk]),
                self._unseen(app.not_observed),
                {**self.constants(app.tenant_id, Subject.CLIENT), **_UNCLASSIFIED},
            )
            for pk, app in by_id.items()
        }

    def servers(self, servers: Iterable[AuthorizationServer]) -> dict[int, Known]:
        """What is known of servers, by id: one query for them all."""
        by_id = {server.pk: server for server in servers}
        readings = _readings("server", by_id)
        return {
            pk: Known(
                tuple(readings[pk]),
                self._unseen(server.not_observed),
                self.constants(server.tenant_id, Subject.AUTHORIZATION_SERVER),
            )
            for pk, server in by_id.items()
        }

    def constants(self, tenant_id: int, subject: Subject) -> Unseen:
        """What the tenant's connector can never see."""
        return self._cannot_see.get(tenant_id, {}).get(subject, {})

    def stated(self, tenant_id: int) -> Facts:
        """What a person stated of all of the tenant's apps."""
        return {name: value for reading in self._stated.get(tenant_id, ()) for name, value in reading.facts.items()}

    def in_common(self, tenant_id: int) -> Json:
        """All that is known alike of each of the tenant's subjects, for a digest."""
        unseen = {
            subject: {name: unseen.to_json() for name, unseen in found.items()}
            for subject, found in self._cannot_see.get(tenant_id, {}).items()
        }
        return [unseen, to_json(self.stated(tenant_id))]

    def _unseen(self, document: Mapping[str, Json]) -> dict[str, NotObserved]:
        return {name: self._reason(name, said["not_observed"], said["detail"]) for name, said in document.items()}

    def _reason(self, fact: str, reason: str, detail: str) -> NotObserved:
        key = (fact, reason, detail)
        known = self._reasons.get(key)
        if known is None:
            known = self._reasons[key] = NotObserved(Reason(reason), detail, fact)
        return known


def _readings(subject: str, ids: Collection[int]) -> defaultdict[int, list[Reading]]:
    rows = Observation.objects.filter(**{f"{subject}_id__in": list(ids)}).order_by("pk")
    found: defaultdict[int, list[Reading]] = defaultdict(list)
    sources: dict[int, Source] = {}
    for pk, rung, facts, reading, url, at in rows.values_list(
        f"{subject}_id", "rung", "facts", "reading_id", "reading__url", "reading__at"
    ):
        source = sources.get(reading) or sources.setdefault(reading, Source(url, at))
        found[pk].append(Reading(Rung(rung), source, facts))
    return found


def _stated_of_tenant(tenant: Tenant) -> tuple[Reading, ...]:
    facts: dict[str, Json] = {}
    if tenant.environment:
        facts["environment"] = tenant.environment
    if tenant.high_value is not None:
        facts["marked_high_value"] = tenant.high_value
    return (Reading(Rung.ATTESTED, Source(BY_TENANT, tenant.created_at), facts),) if facts else ()


def _stated_of_apps(ids: Collection[int]) -> defaultdict[int, list[Reading]]:
    found: defaultdict[int, list[Reading]] = defaultdict(list)
    for stated in Attestation.objects.filter(app_id__in=list(ids)):
        source = Source(BY_A_PERSON, stated.stated_at)
        found[stated.app_id].append(Reading(Rung.ATTESTED, source, {stated.fact: stated.value}))
    return found
