"""Judges what must be judged and writes assessments: the only writer of verdicts, assessments and their history.

An app is judged again only when its key changed (a digest of its facts, its server's facts, what people stated, the
catalogue and the policy), or when the instant has come at which the same facts are judged differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from inventory.digests import canonical, sha256
from inventory.leases import Lease
from inventory.models import App, AuthorizationServer, Sync, Tenant
from posture import assessments, catalogue
from posture.assessments import Due, Judged
from posture.engine import Judgements, judge_client, judge_server
from posture.evidence import Evidence
from posture.known import Loader
from posture.policy import BASELINE, Policy
from posture.verdicts import Verdicts, policy_row

CHUNK = 2000
"""Apps that are judged and written at a time."""


def evaluate(lease: Lease, policy: Policy = BASELINE) -> int:
    """Judge the tenant's live servers and apps as far as they must be, and return how many were.

    Raises LostLeaseError, before which nothing more is written.
    """
    lease.beat(Sync.Step.JUDGING)
    return _Evaluation(lease.sync, policy, lease.beat).run()


def judge_again(app: App, policy: Policy = BASELINE) -> int:
    """Judge one app at once, after a person stated something about it; 0 where that changes nothing.

    What a scan finds at the same time counts more: it judges again whatever does not fit what it found.
    """
    tenant = Tenant.objects.filter(pk=app.tenant_id)
    sync = Sync.objects.filter(tenant_id=app.tenant_id, mapping__isnull=False).first()
    # Locked, so that the tenant is not deleted meanwhile.
    guard = tenant.select_for_update(no_key=True).first
    return _Evaluation(sync, policy, guard).run(app.pk) if sync else 0


@dataclass(slots=True)
class _Evaluation:
    """One run over a tenant. `guard` is called in each writing transaction, first."""

    sync: Sync
    policy: Policy
    guard: Callable[[], object]
    now: datetime = field(default_factory=timezone.now)
    loader: Loader = field(init=False)
    verdicts: Verdicts = field(init=False)
    _servers: dict[int, tuple[Evidence, Judgements]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.verdicts = Verdicts(policy_row(self.policy))

    def run(self, app_id: int | None = None) -> int:
        """Judge what is due, or that one app alone, until nobody else has judged at the same time."""
        judged, overtaken = self._pass(app_id)
        while overtaken:
            more, overtaken = self._pass(app_id)
            judged += more
        return judged

    def _pass(self, app_id: int | None) -> tuple[int, int]:
        """How many were judged, and of how many the verdicts were not written because somebody else's were."""
        self._servers.clear()
        self.loader = Loader([self.sync.tenant_id])
        context = _context(self.sync.tenant_id, self.policy, self.loader)
        servers = [] if app_id else assessments.due_servers(self.sync.tenant_id, context, self.now)
        apps = assessments.due_apps(self.sync.tenant_id, context, self.now, app_id)
        overtaken = 0
        for subject, due in (("server", servers), ("app", apps)):
            for chunk in _chunks(due):
                judged = self._judged_servers(chunk) if subject == "server" else self._judged_apps(chunk)
                overtaken += len(judged) - self._write(subject, judged)
        return len(servers) + len(apps), overtaken

    def _write(self, subject: str, judged: list[Judged]) -> int:
        self.verdicts.learn(judgement for one in judged for judgement in one.judgements.values())
        with transaction.atomic():
            self.guard()
            return assessments.write(subject, judged, self.verdicts, self.sync, self.now)

    def _judged_servers(self, due: list[Due]) -> list[Judged]:
        self._know_servers({pk for pk, _, _ in due})
        return [Judged(pk, key, self._servers[pk][1], before) for pk, key, before in due]

    def _judged_apps(self, due: list[Due]) -> list[Judged]:
        apps = App.objects.only("tenant_id", "server_id", "not_observed").in_bulk([pk for pk, _, _ in due])
        self._know_servers({app.server_id for app in apps.values()})
        known = self.loader.apps(apps.values())
        return [
            Judged(pk, key, self._judge(known[pk].evidence(), apps[pk].server_id), before)
            for pk, key, before in due
            if pk in apps
        ]

    def _judge(self, client: Evidence, server_id: int) -> Judgements:
        server, verdicts = self._servers[server_id]
        return judge_client(client, server, verdicts, catalogue.controls(), self.policy, self.now)

    def _know_servers(self, ids: set[int]) -> None:
        """Judge servers, each once in a run: their clients' verdicts rest on theirs."""
        new = AuthorizationServer.objects.filter(pk__in=ids - self._servers.keys())
        for pk, known in self.loader.servers(new).items():
            evidence = known.evidence()
            self._servers[pk] = (evidence, judge_server(evidence, catalogue.controls(), self.policy, self.now))


def _chunks(due: list[Due]) -> Iterator[list[Due]]:
    return (due[start : start + CHUNK] for start in range(0, len(due), CHUNK))


def _context(tenant_id: int, policy: Policy, loader: Loader) -> bytes:
    """Digest of what all of a tenant's apps are judged by, as the loader will show it to the controls."""
    return sha256(
        canonical(
            [
                catalogue.CATALOGUE_VERSION,
                catalogue.digest().hex(),
                policy.digest.hex(),
                loader.in_common(tenant_id),
            ]
        )
    )
