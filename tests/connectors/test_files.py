"""Export files: what is read, and where the message points when one is broken."""

import json
from pathlib import Path

import pytest

from connectors.errors import FileError
from connectors.files import open_export

CLIENT = {"client_id": "a", "redirect_uris": ["https://a.example/cb"]}
REALM = {"realm": "acme", "enabled": True, "clients": [{"clientId": "app"}]}


def write(folder: Path, content: object) -> Path:
    path = folder / "export.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (CLIENT, "oidc"),
        ([CLIENT], "oidc"),
        ({"clients": [CLIENT]}, "oidc"),
        (b"\xef\xbb\xbf" + json.dumps(CLIENT).encode(), "oidc"),
        (json.dumps(CLIENT).encode("utf-16"), "oidc"),
        ({"issuer": "https://as.example", "token_endpoint": "https://as.example/t"}, "oidc"),
        (REALM, "keycloak"),
        ([REALM], "keycloak"),
    ],
)
def test_the_kind_is_told_by_the_content(tmp_path: Path, content: object, kind: str) -> None:
    assert open_export(write(tmp_path, content)).kind == kind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b'{"a":\n {"b": [1, 2', "line 2, column 13: it ends in the middle"),
        (b'{"a":\n x}', "line 2, column 2: it is not valid JSON"),
        (b'{"a": NaN}', "NaN"),
        (b"\x00\x01\x02", "binary"),
        (b'{"a": "\xff"}', "not text in UTF-8"),
        (b"5", "its top level is a number"),
        (b"[" * 100_000, "nested too deep"),
        ({"hello": "s3cret"}, 'an object with "hello"'),
        ([], "an empty list"),
        ({"issuer": 5, "token_endpoint": "x"}, "issuer: it is a number"),
        ([CLIENT, 5], r"\[1\]: it is a number"),
        ({"clients": [CLIENT, {"x": 1}]}, r"clients\[1\]: it is an object"),
    ],
)
def test_a_broken_file_names_the_place(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(FileError, match=message) as refusal:
        open_export(write(tmp_path, content))
    assert "s3cret" not in str(refusal.value)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        open_export(tmp_path / "gone.json")
    with pytest.raises(FileError, match="directory"):
        open_export(tmp_path)
