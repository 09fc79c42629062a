"""Addresses of the pages, and of the API, which stand in `web.api.urls`."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from web.views import apps, controls, overview, scans, servers, tenants, visibility, words

urlpatterns = [
    path("api/v1/", include("web.api.urls")),
    path("", overview.page, name="overview"),
    path("login/", LoginView.as_view(template_name="login.html", redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("apps/", apps.list_, name="apps"),
    path("apps/<int:pk>/", apps.detail, name="app"),
    path("apps/<int:pk>/attest/", apps.attest, name="attest"),
    path("controls/", controls.list_, name="controls"),
    path("controls/<str:control_id>/", controls.detail, name="control"),
    path("visibility/", visibility.page, name="visibility"),
    path("words/", words.page, name="words"),
    path("tenants/", tenants.list_, name="tenants"),
    path("tenants/new/", tenants.choose, name="tenant-choose"),
    path("tenants/new/<slug:kind>/", tenants.new, name="tenant-new"),
    path("tenants/<int:pk>/", tenants.detail, name="tenant"),
    path("tenants/<int:pk>/edit/", tenants.edit, name="tenant-edit"),
    path("tenants/<int:pk>/delete/", tenants.delete, name="tenant-delete"),
    path("tenants/<int:pk>/test/", tenants.test, name="tenant-test"),
    path("tenants/<int:pk>/scan/", tenants.scan_now, name="tenant-scan"),
    path("scans/", scans.list_, name="scans"),
    path("scans/<int:pk>/", scans.detail, name="scan"),
    path("scans/<int:pk>/progress/", scans.progress, name="scan-progress"),
    path("scans/<int:pk>/cancel/", scans.cancel, name="scan-cancel"),
    path("servers/<int:pk>/", servers.detail, name="server"),
]
