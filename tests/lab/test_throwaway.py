"""A throw-away folder is the only thing that is ever thrown away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab import throwaway


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary stand-in for `var/`, with things beside it that must survive."""
    (tmp_path / "precious").write_text("kept")
    folder = tmp_path / "var"
    for name in ("keys", "postgres", "demo"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text(name)
    monkeypatch.setattr(throwaway, "VAR", folder)
    return folder


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_the_named_folder_is_emptied_and_nothing_else(var: Path) -> None:
    before = everything(var.parent)
    with throwaway.installation("demo") as folder:
        assert folder == var / "demo"
        assert not list(folder.iterdir())
        assert os.environ["AMPHORA_VAR_DIR"] == str(folder)
    gone = before - everything(var.parent)
    assert gone == {var / "demo" / "file"}


def test_settings_of_another_installation_are_put_aside(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/production")
    with throwaway.installation("demo"):
        assert "DATABASE_URL" not in os.environ
    assert os.environ["DATABASE_URL"] == "postgres://elsewhere/production"
    assert var.exists()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../..", "../precious", "/", "/tmp", "demo/..", "demo/", "a/b", "Demo", "-x", ".git", "keys",
     "postgres", "secrets", "broker", "beat", "pictures", "demo\n", "~"],
)  # fmt: skip
def test_any_other_name_is_refused_and_deletes_nothing(var: Path, name: str) -> None:
    before = everything(var.parent)
    with pytest.raises(throwaway.InUseError), throwaway.installation(name):
        pytest.fail("entered")
    assert everything(var.parent) == before


def test_a_link_to_elsewhere_is_refused(var: Path) -> None:
    (var / "link").symlink_to(var.parent)
    before = everything(var.parent)
    with pytest.raises(throwaway.InUseError), throwaway.installation("link"):
        pytest.fail("entered")
    assert everything(var.parent) == before


def test_two_at_once_are_refused(var: Path) -> None:
    with throwaway.installation("demo") as folder:
        (folder / "data").write_text("in use")
        with pytest.raises(throwaway.InUseError, match="in use"), throwaway.installation("demo"):
            pytest.fail("entered")
        assert (folder / "data").read_text() == "in use"
