"""The published redirect URI vectors hold, for every redirect control that exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from posture import catalogue
from tests.posture.cases import judge

CATALOGUE = Path(__file__).resolve().parents[2].parent / "shared" / "controls" / "catalogue.json"
VECTORS: list[dict[str, Any]] = (
    json.loads(CATALOGUE.read_text())["redirect_test_vectors"] if CATALOGUE.is_file() else []
)
AUTH = {"web": ("confidential", "client_secret_basic"), "native": ("public", "none"), "spa": ("public", "none")}


def _vectors() -> list[dict[str, Any]]:
    return [vector for vector in VECTORS if vector["uri"] != "(empty list)"]


def test_the_vectors_are_there(shared: Path) -> None:
    assert len(_vectors()) > 50


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: f"{vector['uri']} {vector['application_type']}")
def test_a_vector_holds(vector: dict[str, Any]) -> None:
    kind = vector["application_type"]
    client_type, method = AUTH[kind]
    judged = judge(
        {
            "redirect_uris": [vector["uri"]],
            "application_type": kind,
            "client_type": client_type,
            "token_endpoint_auth_method": method,
            "environment": vector["environment"],
        }
    )
    expected = {text for text in vector["expected"] if text.split(":")[0] in catalogue.by_id()}
    found = {
        f"{control_id}:{one.outcome}"
        for control_id, one in judged.items()
        if control_id.startswith("RED") and one.outcome not in {"pass", "not_applicable"}
    }
    assert found == expected
