"""What is there: tenants, their syncs, and the servers, apps and credentials that syncs found.

`inventory.ingest` is the only writer of what was found; `inventory.tenants` of tenants; `inventory.leases` of syncs.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.facts import Rung


class Tenant(models.Model):
    """A tenant of a provider that we read, or an export file."""

    class Origin(models.TextChoices):
        LIVE = "live", "connected"
        FILE = "file", "file"

    class Environment(models.TextChoices):
        NOT_RECORDED = "", "not recorded"
        PRODUCTION = "production", "production"
        DEVELOPMENT = "development", "development"

    name = models.CharField(max_length=1000, unique=True)
    """As a person calls it; of a file, its absolute path."""
    kind = models.CharField(max_length=50)
    """The kind of its connector."""
    origin = models.CharField(max_length=4, choices=Origin.choices, default=Origin.LIVE)
    settings: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    """The connector's settings that are no secret, by name."""
    credential = models.BinaryField(default=b"")
    """The secret ones, sealed by `inventory.secrets`; empty: none."""
    allow_private = models.BooleanField(default=False)
    """Addresses of private networks may be called."""
    environment = models.CharField(
        max_length=11, choices=Environment.choices, default=Environment.NOT_RECORDED, blank=True
    )
    """What its apps are used for, where nobody stated another for the app."""
    high_value = models.BooleanField(null=True)
    """Its apps reach money, personal data or administration; None: nobody said."""
    scan_interval = models.DurationField(null=True)
    """Time between two scheduled scans; None: on demand only."""
    next_scan_at = models.DateTimeField(null=True)
    missing_permissions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    """What the last scan or check was refused: objects of name, needed_for, hides and required."""
    checked_at = models.DateTimeField(null=True)
    """When a person last tried the connection."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name",)
        indexes = (models.Index(fields=["next_scan_at"], name="tenant_due", condition=Q(next_scan_at__isnull=False)),)

    def __str__(self) -> str:
        return self.name


class Mapping(models.Model):
    """A version of a connector's mapping, and what it can never see."""

    kind = models.CharField(max_length=50)
    version = models.PositiveIntegerField()
    cannot_see: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    """Subject -> fact -> why, as `NotObserved.to_json` gives it."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "version"], name="mapping_version"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Sync(models.Model):
    """One scan of a tenant, leased to the worker that runs it. Newest first."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    class Step(models.TextChoices):
        WAITING = "waiting", "waiting for a worker"
        SERVERS = "servers", "reading authorization servers"
        APPS = "apps", "reading apps"
        STORING = "storing", "storing what changed"
        JUDGING = "judging", "judging"
        COUNTING = "counting", "counting"
        FINISHED = "finished", "finished"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="syncs")
    mapping = models.ForeignKey(Mapping, models.PROTECT, null=True)
    """What mapped the records; None: it did not get that far."""
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.WAITING)
    """How far it got; a failed one stays at the step that failed."""
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    """None: the schedule, or the command line."""
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    """When its worker last said that it is alive."""
    finished_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    """Whoever holds this token runs the sync; None: nobody does."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often a worker has taken it up."""
    complete = models.BooleanField(default=False)
    """The listing of apps came to its end, so that what it did not hold has ended. Never so for a tenant whose source
    lists no apps."""
    apps_seen = models.PositiveIntegerField(default=0)
    apps_added = models.PositiveIntegerField(default=0)
    """New, or back again."""
    apps_changed = models.PositiveIntegerField(default=0)
    apps_ended = models.PositiveIntegerField(default=0)
    records_skipped = models.PositiveIntegerField(default=0)
    """Records of the listing that are no OAuth client."""
    requests_sent = models.PositiveIntegerField(default=0)
    error = models.TextField(default="")
    """What went wrong and what to do about it; empty: nothing."""

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["tenant"],
                name="one_unfinished_sync_per_tenant",
                condition=Q(state__in=["queued", "running"]),
            ),
        )

    def __str__(self) -> str:
        return f"sync {self.pk}"


class Reading(models.Model):
    """A source that showed something new: a request, or a place in a file."""

    sync = models.ForeignKey(Sync, models.CASCADE, null=True, related_name="readings")
    """None: something else than a sync read it, such as a probe."""
    url = models.TextField()
    at = models.DateTimeField()
    sha256 = models.BinaryField()
    """Of the redacted records that it showed."""

    class Meta:
        indexes = (models.Index(fields=["id"], name="reading_of_no_sync", condition=Q(sync__isnull=True)),)

    def __str__(self) -> str:
        return self.url


class Record(models.Model):
    """A redacted record of a provider, kept once for each tenant: what a verdict can be performed again from."""

    tenant = models.ForeignKey(Tenant, models.CASCADE)
    sha256 = models.BinaryField()
    body: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "sha256"], name="record_once"),)

    def __str__(self) -> str:
        return bytes(self.sha256).hex()


class AuthorizationServer(models.Model):
    """An issuer of a tenant. One with the issuer "" stands for that of client metadata which names none."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="authorization_servers")
    issuer = models.TextField()
    record = models.ForeignKey(Record, models.PROTECT)
    digest = models.BinaryField()
    """Keyed digest of the record: the same digest, the same facts."""
    not_observed: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    """Facts that were not seen, though the connector could, and why."""
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    """When it was first seen, seen with other settings, or seen again after it had ended."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "issuer"], name="server_identity"),)

    def __str__(self) -> str:
        return self.issuer


class App(models.Model):
    """An OAuth client of an authorization server."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="apps")
    server = models.ForeignKey(AuthorizationServer, models.CASCADE, related_name="apps")
    client_id = models.TextField()
    """Or what stands for it: its place, "#1", in a source that gives none; of a very long one a part and its digest."""
    external_id = models.TextField()
    """The provider's own id of the record."""
    client_name = models.TextField(default="")
    client_type = models.CharField(max_length=20, default="")
    platform_client = models.BooleanField(default=False)
    """Built into the platform; False where that is not known."""
    record = models.ForeignKey(Record, models.PROTECT)
    digest = models.BinaryField()
    """Keyed digest of the record: the same digest, the same facts."""
    not_observed: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    """Facts that were not seen, though the connector could, and why."""
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    """When it was first seen, seen with other settings, or seen again after it had ended."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["server", "client_id"], name="app_identity"),)
        indexes = (models.Index(fields=["tenant", "ended_at"], name="app_live"),)

    def __str__(self) -> str:
        return self.client_name or self.client_id


class Observation(models.Model):
    """What one reading showed of an app or an authorization server: observed facts only."""

    app = models.ForeignKey(App, models.CASCADE, null=True, related_name="observations")
    server = models.ForeignKey(AuthorizationServer, models.CASCADE, null=True, related_name="observations")
    reading = models.ForeignKey(Reading, models.PROTECT, related_name="observations")
    rung = models.PositiveSmallIntegerField(choices=[(rung.value, rung.label) for rung in Rung])
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(app__isnull=True) ^ Q(server__isnull=True), name="observation_has_one_subject"
            ),
        )

    def __str__(self) -> str:
        return f"observation {self.pk}"


class Attestation(models.Model):
    """A fact of an app that a person stated."""

    app = models.ForeignKey(App, models.CASCADE, related_name="attestations")
    fact = models.CharField(max_length=50)
    value: models.JSONField[Any, Any] = models.JSONField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    stated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["app", "fact"], name="one_attestation_per_fact"),)

    def __str__(self) -> str:
        return f"{self.fact} = {self.value!r}"


class Credential(models.Model):
    """A key, certificate or secret of an app: what is known about it, never the secret."""

    app = models.ForeignKey(App, models.CASCADE, related_name="credentials")
    key = models.TextField()
    """What tells it from the app's others."""
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    """Facts of the vocabulary of credentials; what was not seen is an object with `not_observed`."""
    first_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["app", "key"], name="credential_identity"),)

    def __str__(self) -> str:
        return self.key
