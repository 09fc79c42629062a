"""Who may do what: whoever is logged in reads everything, staff changes things."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(view: View[P]) -> View[P]:
    """A view that answers 403 to everybody but staff."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not getattr(request.user, "is_staff", False):
            raise PermissionDenied("Your account may read everything here, but only staff may change things.")
        return view(request, *args, **kwargs)

    return guarded


class LoginRequired(LoginRequiredMiddleware):
    """Middleware that sends whoever is not logged in to the log-in; the API asks for itself, and answers 401.

    A part of a page that htmx asks for sends the whole page there, and from there back to the page that it is part of.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if request.resolver_match and request.resolver_match.route.startswith("api/"):
            return None
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response is not None and request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": f"{reverse('login')}?{urlencode({'next': _shown(request)})}"})
        return response


def _shown(request: HttpRequest) -> str:
    """Path and query of the page that asks for a part of itself; the log-in leads to no other site."""
    there = urlsplit(request.headers.get("HX-Current-URL", ""))
    return urlunsplit(("", "", there.path, there.query, ""))
