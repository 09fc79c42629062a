"""The root of all addresses; every page and API endpoint is declared in `web`."""

from django.urls import include, path

urlpatterns = [path("", include("web.urls"))]
