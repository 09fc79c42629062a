"""The published specification of the Admin API, to hold requests and answers against."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

_FILE = Path(__file__).parents[2] / "../shared/specs/keycloak.json"


class Specification:
    """Paths and schemas, the schemas closed: a member that they do not name is an error."""

    def __init__(self) -> None:
        if not _FILE.exists():
            pytest.skip(f"{_FILE} is not there")
        document = _closed(json.loads(_FILE.read_text()))
        self._components = document["components"]
        self._paths = {_pattern(path): operations["get"] for path, operations in document["paths"].items()}

    def check_read(self, target: str, answer: Any) -> None:
        """The path and its query exist, and the answer is as it says."""
        parts = urlsplit(target)
        found = [operation for pattern, operation in self._paths.items() if pattern.fullmatch(parts.path)]
        assert len(found) == 1, f"{target} is no path of the Admin API"
        (operation,) = found
        known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
        assert parse_qs(parts.query).keys() <= known, target
        self.check(operation["responses"]["200"]["content"]["application/json"]["schema"], answer)

    def check_realm(self, document: Any) -> None:
        self.check({"$ref": "#/components/schemas/RealmRepresentation"}, document)

    def check(self, schema: dict[str, Any], document: Any) -> None:
        Draft202012Validator({**schema, "components": self._components}).validate(document)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    return result
