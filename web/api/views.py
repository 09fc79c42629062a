"""The REST API: read-only but for asking for a scan."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from knox.auth import TokenAuthentication
from rest_framework import mixins, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from inventory.models import App, AuthorizationServer, Sync, Tenant
from posture import catalogue, evidence_pack, scan
from posture.described import control_json
from posture.models import Coverage, Gap
from web.api import filters, serializers
from web.api.pagination import ByIdPagination

PAGING = frozenset({"cursor", "limit"})


def check_parameters(request: Request, known: frozenset[str], repeatable: frozenset[str] = frozenset()) -> None:
    """Raises ValidationError for a query parameter that would be passed over: one that means nothing, an empty one, or
    one of two values. A filter that is not applied shows everything."""
    allowed = ", ".join(sorted(known)) or "none"
    faults = {}
    for name, values in request.query_params.lists():
        if name not in known:
            faults[name] = [f"There is no such parameter; there are: {allowed}."]
        elif not all(values):
            faults[name] = ["Must not be empty: leave it out."]
        elif len(values) > 1 and name not in repeatable:
            faults[name] = ["Must not be given more than once."]
    if faults:
        raise ValidationError(faults)


class Guarded(APIView):
    """Whoever has a token or a session may read."""

    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (IsAuthenticated,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (JSONRenderer,)


class Listed(Guarded, mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """A list, narrowed by `filterset_class`, in pages."""

    pagination_class = ByIdPagination
    filter_backends = (DjangoFilterBackend,)
    filterset_class: type[Any]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_parameters(request, frozenset(self.filterset_class.base_filters) | PAGING)
        return super().list(request, *args, **kwargs)


class Readable(mixins.RetrieveModelMixin, Listed):
    """A list whose rows can be looked at one by one."""

    lookup_value_regex = "[0-9]{1,18}"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_parameters(request, frozenset())
        return super().retrieve(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset) if self.action == "list" else queryset


class TenantViewSet(Readable):
    """Installations of providers that are scanned, and export files."""

    queryset = Tenant.objects.all()
    serializer_class = serializers.TenantSerializer
    filterset_class = filters.TenantFilter

    @extend_schema(
        request=None,
        responses={
            202: OpenApiResponse(serializers.SyncSerializer, "A scan is queued."),
            200: OpenApiResponse(serializers.SyncSerializer, "One was queued or running already."),
        },
    )
    @action(detail=True, methods=["post"], permission_classes=[IsAdminUser], url_path="scan")
    def scan(self, request: Request, **_kwargs: Any) -> Response:
        """Scan the tenant now. Staff only."""
        check_parameters(request, frozenset())
        tenant = self.get_object()
        if tenant.origin == Tenant.Origin.FILE:
            raise ValidationError({"detail": "An export file is scanned from the command line."})
        unfinished = Sync.objects.filter(tenant=tenant, state__in=Sync.UNFINISHED).values_list("pk", flat=True).first()
        user = request.user if isinstance(request.user, User) else None
        sync = scan.start(tenant, user)
        body = serializers.SyncSerializer(sync).data
        return Response(body, status=200 if sync.pk == unfinished else 202)


class SyncViewSet(Readable):
    """Scans of tenants: how far they are and what they found."""

    queryset = Sync.objects.select_related("tenant")
    serializer_class = serializers.SyncSerializer
    filterset_class = filters.SyncFilter


class AppViewSet(Readable):
    """Registered OAuth clients, ended ones included."""

    queryset = App.objects.select_related("tenant", "server", "assessment")
    filterset_class = filters.AppFilter

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return serializers.AppSerializer if self.action == "list" else serializers.AppDetailSerializer


class ServerViewSet(Readable):
    """Authorization servers, ended ones included."""

    queryset = AuthorizationServer.objects.exclude(issuer="").select_related("tenant", "assessment")
    filterset_class = filters.ServerFilter

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return serializers.ServerSerializer if self.action == "list" else serializers.ServerDetailSerializer


class CoverageViewSet(Listed):
    """How many live apps and servers of a tenant had an outcome of a control."""

    queryset = Coverage.objects.select_related("sync__tenant")
    serializer_class = serializers.CoverageSerializer
    filterset_class = filters.CoverageFilter


class GapViewSet(Listed):
    """Of how many live apps and servers of a tenant a fact was seen (empty reason) or not seen, and why."""

    queryset = Gap.objects.select_related("sync__tenant")
    serializer_class = serializers.GapSerializer
    filterset_class = filters.GapFilter


class ControlViewSet(Guarded, viewsets.ViewSet):
    """The catalogue of controls."""

    serializer_class = serializers.ControlSerializer
    lookup_value_regex = "[A-Za-z0-9-]+"

    @extend_schema(responses=serializers.ControlSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All controls, in order of id, on one page."""
        check_parameters(request, frozenset())
        controls = [control_json(control) for _, control in sorted(catalogue.by_id().items())]
        return Response({"next": None, "previous": None, "results": controls})

    @extend_schema(
        responses=serializers.ControlSerializer, parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH)]
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """One control."""
        check_parameters(request, frozenset())
        control = catalogue.by_id().get(pk)
        if control is None:
            raise Http404
        return Response(control_json(control))


class JsonLines(BaseRenderer):
    """Names the media type of the evidence; what it renders itself are errors."""

    media_type = "application/x-ndjson"
    format = "jsonl"

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:
        return json.dumps(data, default=str).encode() + b"\n"


class EvidenceView(Guarded):
    renderer_classes = (JSONRenderer, JsonLines)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "tenant", int, many=True, description="Id of a tenant; may be given repeatedly. Without it, all."
            )
        ],
        responses={(200, JsonLines.media_type): OpenApiResponse(OpenApiTypes.STR, "JSON lines, the manifest last.")},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream the evidence from one snapshot of the database.

        One JSON object a line; the last one is the manifest with counts, the number of lines before it and their
        sha256: an export without it was cut short.
        """
        check_parameters(request, frozenset({"tenant"}), repeatable=frozenset({"tenant"}))
        tenants = _tenants(request.query_params.getlist("tenant"))
        name = f"amphora-evidence-{timezone.now():%Y%m%dT%H%M%SZ}.jsonl"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(evidence_pack.stream(tenants), content_type=JsonLines.media_type, headers=headers)


def _tenants(asked: list[str]) -> list[Tenant] | None:
    """The tenants of these ids; None, which means all, where none is given. Raises ValidationError."""
    if not asked:
        return None
    ids = {int(text) for text in asked if text.isascii() and text.isdigit() and len(text) < 19}
    found = list(Tenant.objects.filter(pk__in=ids))
    missing = sorted(set(asked) - {str(tenant.pk) for tenant in found})
    if missing:
        raise ValidationError({"tenant": [f"There is no tenant {', '.join(missing)}."]})
    return found


class SchemaView(SpectacularAPIView):
    authentication_classes = Guarded.authentication_classes
    permission_classes = Guarded.permission_classes


@method_decorator(login_required, name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """The description as a page. Its script is served by an address of its own, so that none stands in the page."""

    authentication_classes = Guarded.authentication_classes
    permission_classes = Guarded.permission_classes
    template_name = "api/docs.html"
    url_name = "api-schema"
