"""Pages of the API."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class ByIdPagination(CursorPagination):
    """Pages in order of id: a row is never shown twice, whatever is added between two pages."""

    ordering = "pk"
    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"
    page_size_query_description = "Number of results of a page, 1 to 500; 100 where it is not given."
    cursor_query_description = "Where the page starts: taken from the `next` or `previous` of another page."

    def get_page_size(self, request: Request) -> int:
        """Raises ValidationError for what is no number from 1 to `max_page_size`."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if asked.isascii() and asked.isdigit() and len(asked) < 5 and 1 <= int(asked) <= self.max_page_size:
            return int(asked)
        raise ValidationError({self.page_size_query_param: [f"Must be a number from 1 to {self.max_page_size}."]})

    def get_ordering(self, *_args: Any) -> tuple[str, ...]:
        return (self.ordering,)
