"""Connectors are found by walking the package."""

import sys
from pathlib import Path

import pytest

import connectors
from connectors.discovery import discover, walk


def test_our_connectors_are_found_and_describe_themselves() -> None:
    found = discover()
    assert {"keycloak", "oidc"} <= found.keys()
    for kind, connector in found.items():
        assert connector.kind == kind
        assert connector.label
        assert connector.documentation.startswith("https://")
        assert len({setting.name for setting in connector.settings}) == len(connector.settings)


def test_a_module_that_is_put_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.py").write_text("NAME = 'acme'\n")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    try:
        assert "connectors.acme" in [module.__name__ for module in walk(connectors)]
    finally:
        sys.modules.pop("connectors.acme", None)
        vars(connectors).pop("acme", None)
