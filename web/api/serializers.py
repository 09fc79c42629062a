"""Rows as the JSON of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connectors.facts import Rung, Subject
from inventory.models import App, AuthorizationServer, Credential, Sync, Tenant
from posture import shown
from posture.control import Level
from posture.fact_json import facts_json
from posture.known import Loader
from posture.models import Assessment, Coverage, Gap
from posture.outcome import Addressee, Outcome

RUNGS = [rung.label for rung in Rung]
LEVELS = [level.value for level in Level]
OUTCOMES = [outcome.value for outcome in Outcome]
ADDRESSEES = [addressee.value for addressee in Addressee]


class MissingPermissionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    needed_for = serializers.CharField()
    hides = serializers.ListField(child=serializers.CharField(), help_text="Facts that stay unseen without it.")


class TenantSerializer(serializers.ModelSerializer[Tenant]):
    settings = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="Settings of the connector, secret ones excepted."
    )
    missing_permissions = MissingPermissionSerializer(many=True, read_only=True)

    class Meta:
        model = Tenant
        fields = (
            "id",
            "name",
            "kind",
            "origin",
            "settings",
            "environment",
            "high_value",
            "scan_interval",
            "next_scan_at",
            "missing_permissions",
            "checked_at",
            "created_at",
        )
        read_only_fields = fields


class TenantReferenceSerializer(serializers.ModelSerializer[Tenant]):
    class Meta:
        model = Tenant
        fields = ("id", "name", "kind")
        read_only_fields = fields


class SyncSerializer(serializers.ModelSerializer[Sync]):
    tenant = TenantReferenceSerializer(read_only=True)

    class Meta:
        model = Sync
        fields = (
            "id",
            "tenant",
            "state",
            "step",
            "queued_at",
            "started_at",
            "heartbeat_at",
            "finished_at",
            "attempts",
            "complete",
            "apps_seen",
            "apps_added",
            "apps_changed",
            "apps_ended",
            "records_skipped",
            "requests_sent",
            "error",
        )
        read_only_fields = fields


class CountsSerializer(serializers.ModelSerializer[Assessment]):
    """Verdicts addressed to the owner, by outcome, and the highest residual severity of the failed ones."""

    worst = serializers.SerializerMethodField()

    class Meta:
        model = Assessment
        fields = ("worst", "failed", "warned", "unknown", "passed", "judged_at")
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(LEVELS, allow_null=True))
    def get_worst(self, assessment: Assessment) -> str | None:
        return None if assessment.worst < 0 else LEVELS[assessment.worst]


class FactSerializer(serializers.Serializer[Any]):
    """Of what was seen: value, rung, source and time. Of what was not: `not_observed` with the reason, and `detail`."""

    value = serializers.JSONField(required=False, allow_null=True)
    rung = serializers.ChoiceField(RUNGS, required=False, allow_null=True)
    # `source` is a name that serializers use themselves, so it is declared in `get_fields`.
    at = serializers.DateTimeField(required=False, allow_null=True)
    not_observed = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        where = serializers.CharField(required=False, help_text="Address, or place in a file, that showed it.")
        return {**super().get_fields(), "source": where}


class UnseenFactSerializer(serializers.Serializer[Any]):
    fact = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()


class VerdictSerializer(serializers.Serializer[Any]):
    """As `scan --format json` prints it. `rung` is that of the weakest deciding reading, null when nothing decided."""

    outcome = serializers.ChoiceField(OUTCOMES)
    message = serializers.CharField()
    rung = serializers.ChoiceField(RUNGS, allow_null=True)
    addressee = serializers.ChoiceField(ADDRESSEES)
    compensated = serializers.BooleanField()
    facts = serializers.DictField(child=serializers.JSONField(allow_null=True))
    reasons = UnseenFactSerializer(many=True)


class CredentialSerializer(serializers.ModelSerializer[Credential]):
    """A secret, key or certificate: what is known about it, never its value."""

    class Meta:
        model = Credential
        fields = ("key", "facts", "first_seen_at", "ended_at")
        read_only_fields = fields


class ServerSerializer(serializers.ModelSerializer[AuthorizationServer]):
    """`assessment` is null until the server was judged."""

    tenant = TenantReferenceSerializer(read_only=True)
    assessment = serializers.SerializerMethodField()

    class Meta:
        model = AuthorizationServer
        fields: tuple[str, ...] = ("id", "tenant", "issuer", "first_seen_at", "changed_at", "ended_at", "assessment")
        read_only_fields = fields

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_assessment(self, server: AuthorizationServer) -> Any:
        return _counts(server)


class AppSerializer(serializers.ModelSerializer[App]):
    """`assessment` is null until the app was judged."""

    tenant = TenantReferenceSerializer(read_only=True)
    issuer = serializers.CharField(source="server.issuer", read_only=True)
    assessment = serializers.SerializerMethodField()

    class Meta:
        model = App
        fields: tuple[str, ...] = (
            "id",
            "tenant",
            "issuer",
            "client_id",
            "external_id",
            "client_name",
            "client_type",
            "platform_client",
            "first_seen_at",
            "changed_at",
            "ended_at",
            "assessment",
        )
        read_only_fields = fields

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_assessment(self, app: App) -> Any:
        return _counts(app)


class ServerDetailSerializer(ServerSerializer):
    facts = serializers.SerializerMethodField()
    verdicts = serializers.SerializerMethodField()

    class Meta(ServerSerializer.Meta):
        fields = (*ServerSerializer.Meta.fields, "facts", "verdicts")
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=FactSerializer()))
    def get_facts(self, server: AuthorizationServer) -> dict[str, Any]:
        return facts_json(Loader([server.tenant_id]).servers([server])[server.pk])

    @extend_schema_field(serializers.DictField(child=VerdictSerializer()))
    def get_verdicts(self, server: AuthorizationServer) -> dict[str, Any]:
        return {verdict.control.id: verdict.to_json() for verdict in shown.verdicts_of_server(server)}


class AppDetailSerializer(AppSerializer):
    facts = serializers.SerializerMethodField()
    credentials = serializers.SerializerMethodField()
    verdicts = serializers.SerializerMethodField()

    class Meta(AppSerializer.Meta):
        fields = (*AppSerializer.Meta.fields, "facts", "credentials", "verdicts")
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=FactSerializer()))
    def get_facts(self, app: App) -> dict[str, Any]:
        return facts_json(Loader([app.tenant_id]).apps([app])[app.pk])

    @extend_schema_field(CredentialSerializer(many=True))
    def get_credentials(self, app: App) -> Any:
        return CredentialSerializer(Credential.objects.filter(app=app).order_by("pk"), many=True).data

    @extend_schema_field(serializers.DictField(child=VerdictSerializer()))
    def get_verdicts(self, app: App) -> dict[str, Any]:
        return {verdict.control.id: verdict.to_json() for verdict in shown.verdicts_of(app)}


class CoverageSerializer(serializers.ModelSerializer[Coverage]):
    tenant = TenantReferenceSerializer(source="sync.tenant", read_only=True)
    sync = serializers.IntegerField(source="sync_id", read_only=True)
    control = serializers.CharField(source="control_id", read_only=True)

    class Meta:
        model = Coverage
        fields = ("tenant", "sync", "control", "outcome", "addressee", "count")
        read_only_fields = fields


class GapSerializer(serializers.ModelSerializer[Gap]):
    tenant = TenantReferenceSerializer(source="sync.tenant", read_only=True)
    sync = serializers.IntegerField(source="sync_id", read_only=True)

    class Meta:
        model = Gap
        fields = ("tenant", "sync", "subject", "fact", "reason", "detail", "count")
        read_only_fields = fields


class RemediationSerializer(serializers.Serializer[Any]):
    summary = serializers.CharField()
    platforms = serializers.DictField(child=serializers.CharField(), help_text="By provider.")


class ControlSerializer(serializers.Serializer[Any]):
    """A control, as `controls --format json` prints it."""

    id = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    family = serializers.CharField()
    subject = serializers.ChoiceField([subject.value for subject in Subject])
    check = serializers.CharField(help_text="What it asks, exactly.")
    applies = serializers.CharField(help_text="When it applies.")
    rationale = serializers.CharField()
    severity = serializers.ChoiceField(LEVELS)
    severity_factors = serializers.DictField(child=serializers.IntegerField())
    severity_why = serializers.CharField()
    profiles = serializers.DictField(child=serializers.CharField())
    remediation = RemediationSerializer()
    citations = serializers.ListField(child=serializers.CharField())
    known_cases = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    requested = serializers.DictField(child=serializers.CharField())
    mappings = serializers.DictField(
        child=serializers.JSONField(), help_text="Ids by framework; `requested` holds the two ids readers look for."
    )
    compensation = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Sets of controls that compensate a fail."
    )


def _counts(subject: App | AuthorizationServer) -> Any:
    assessment = getattr(subject, "assessment", None)
    return None if assessment is None else CountsSerializer(assessment).data
