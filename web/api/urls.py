"""Addresses of the API, under /api/v1/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from web.api import views

router = SimpleRouter()
router.register("tenants", views.TenantViewSet, basename="api-tenant")
router.register("syncs", views.SyncViewSet, basename="api-sync")
router.register("apps", views.AppViewSet, basename="api-app")
router.register("authorization-servers", views.ServerViewSet, basename="api-server")
router.register("controls", views.ControlViewSet, basename="api-control")
router.register("coverage", views.CoverageViewSet, basename="api-coverage")
router.register("gaps", views.GapViewSet, basename="api-gap")

urlpatterns = [
    *router.urls,
    path("evidence/", views.EvidenceView.as_view(), name="api-evidence"),
    path("schema/", views.SchemaView.as_view(), name="api-schema"),
    path("docs/", views.DocsView.as_view(), name="api-docs"),
]
