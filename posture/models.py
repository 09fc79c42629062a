"""What we think of what is there. `posture.evaluate` is the only writer of all of these."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from connectors.facts import Rung
from inventory.models import App, AuthorizationServer, Sync, Tenant
from posture.outcome import Addressee, Outcome


def _choices(words: type[Outcome] | type[Addressee]) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


class Policy(models.Model):
    """A version of what was demanded: every verdict names the one that made it."""

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    digest = models.BinaryField(unique=True)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Verdict(models.Model):
    """A distinct verdict. Assessments refer to it by id, so a filter by control and outcome is a join in SQL."""

    policy = models.ForeignKey(Policy, models.PROTECT)
    control_id = models.CharField(max_length=50)
    control_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=14, choices=_choices(Outcome))
    rung = models.PositiveSmallIntegerField(null=True, choices=[(rung.value, rung.label) for rung in Rung])
    addressee = models.CharField(max_length=8, choices=_choices(Addressee))
    severity = models.PositiveSmallIntegerField()
    """Residual severity, 0 (note) to 4 (critical): one step lower than the control's when compensated."""
    compensated_by: ArrayField[list[str], list[str]] = ArrayField(models.TextField(), default=list)
    message = models.TextField()
    reasons: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(default=list)
    """What was not seen: objects of fact, reason and detail."""
    digest = models.BinaryField(unique=True)
    """Of all the above: what makes two verdicts the same."""

    class Meta:
        indexes = (models.Index(fields=["control_id", "outcome"], name="verdict_of_control"),)

    def __str__(self) -> str:
        return f"{self.control_id} {self.outcome}"


class Assessment(models.Model):
    """The verdicts on one app or one authorization server, as they stand."""

    tenant = models.ForeignKey(Tenant, models.CASCADE)
    app = models.OneToOneField(App, models.CASCADE, null=True, related_name="assessment")
    server = models.OneToOneField(AuthorizationServer, models.CASCADE, null=True, related_name="assessment")
    verdicts: ArrayField[list[int], list[int]] = ArrayField(models.IntegerField())
    """Verdict ids in order of control id."""
    since: ArrayField[list[Any], list[Any]] = ArrayField(models.DateTimeField())
    """For each verdict, since when its outcome has been what it is."""
    specifics: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    """Control id -> what is particular to this subject (which URI, which algorithm)."""
    worst = models.SmallIntegerField(default=-1)
    """Highest residual severity of a failed verdict addressed to the owner, 0 to 4; -1: none."""
    failed = models.PositiveSmallIntegerField(default=0)
    """Failed verdicts addressed to the owner; so for `warned` and `unknown`."""
    warned = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    passed = models.PositiveSmallIntegerField(default=0)
    key = models.BinaryField()
    """Digest of the facts, the server's facts, the catalogue and the policy: the same key, the same verdicts."""
    due_at = models.DateTimeField(null=True)
    """When the same facts would be judged differently; None: never."""
    judged_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(app__isnull=True) ^ Q(server__isnull=True), name="assessment_has_one_subject"
            ),
        )
        indexes = (
            GinIndex(fields=["verdicts"], name="assessment_verdicts"),
            models.Index(fields=["-worst", "-failed", "app"], name="assessment_worst_first"),
        )

    def __str__(self) -> str:
        return f"assessment {self.pk}"


class VerdictChange(models.Model):
    """An outcome moved: what a past quarter is proved with.

    The outcome at a past instant is `before` of the first change after it, where that had held by then, and the
    standing verdict where no change followed.
    """

    app = models.ForeignKey(App, models.CASCADE, null=True, related_name="verdict_changes")
    server = models.ForeignKey(AuthorizationServer, models.CASCADE, null=True, related_name="verdict_changes")
    sync = models.ForeignKey(Sync, models.CASCADE)
    control_id = models.CharField(max_length=50)
    before = models.ForeignKey(Verdict, models.PROTECT, related_name="+")
    before_since = models.DateTimeField()
    """Since when the outcome before had held. The first verdict on a subject is no change and has no row."""
    after = models.ForeignKey(Verdict, models.PROTECT, null=True, related_name="+")
    """None: the control was taken out of the catalogue, so that nothing is known of it from then on."""
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["app", "at"], name="change_of_app"),)

    def __str__(self) -> str:
        return f"{self.control_id} at {self.at}"


class Coverage(models.Model):
    """After one scan, how many live subjects of the tenant had an outcome of a control."""

    sync = models.ForeignKey(Sync, models.CASCADE, related_name="coverage")
    control_id = models.CharField(max_length=50)
    outcome = models.CharField(max_length=14, choices=_choices(Outcome))
    addressee = models.CharField(max_length=8, choices=_choices(Addressee))
    count = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["sync", "control_id", "outcome", "addressee"], name="coverage_once"),
        )

    def __str__(self) -> str:
        return f"{self.control_id} {self.outcome}: {self.count}"


class Gap(models.Model):
    """After one scan, of how many live subjects of the tenant a fact was seen (empty reason) or not, and why."""

    sync = models.ForeignKey(Sync, models.CASCADE, related_name="gaps")
    subject = models.CharField(max_length=20)
    fact = models.CharField(max_length=60)
    reason = models.CharField(max_length=14, default="")
    """A reason of `connectors.facts.Reason`; empty: it was seen."""
    detail = models.TextField(default="")
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.fact} {self.reason or 'seen'}: {self.count}"
