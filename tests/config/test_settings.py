"""What an installation is like when nobody has set anything, and behind a proxy that ends TLS."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
SHOW = """
import json, sys
import config.settings as settings
print(json.dumps({name: getattr(settings, name, None) for name in sys.argv[1:]}, default=str))
"""

pytestmark = pytest.mark.processes


def settings_with(var: Path, *names: str, **variables: str) -> dict[str, Any]:
    """Some settings of a new process that has nothing but `variables` in its environment."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *names],
        cwd=ROOT,
        env={"PATH": os.defpath, "AMPHORA_VAR_DIR": str(var), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nothing_is_open_by_default(tmp_path: Path) -> None:
    found = settings_with(tmp_path, "DEBUG", "ALLOWED_HOSTS", "SECRET_KEY", "CELERY_ACCEPT_CONTENT", "DATABASES")
    assert found["DEBUG"] is False
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["CELERY_ACCEPT_CONTENT"] == ["json"]
    assert found["DATABASES"]["default"]["ENGINE"] == "config.postgres"
    key = tmp_path / "keys" / "secret_key"
    assert key.read_text() == found["SECRET_KEY"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert settings_with(tmp_path, "SECRET_KEY") == {"SECRET_KEY": found["SECRET_KEY"]}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}


def test_both_urls_leave_nothing_embedded(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path,
        "DATABASES",
        "CELERY_BROKER_URL",
        "CELERY_BROKER_TRANSPORT_OPTIONS",
        DATABASE_URL="postgres://ada:p%40ss@db.example/amphora",
        REDIS_URL="redis://cache.example/0",
    )
    assert found["DATABASES"]["default"]["PASSWORD"] == "p@ss"
    assert found["CELERY_BROKER_URL"] == "redis://cache.example/0"
    assert found["CELERY_BROKER_TRANSPORT_OPTIONS"] == {}
    assert not (tmp_path / "broker").exists()


def test_behind_a_proxy_with_tls(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    without, behind = settings_with(tmp_path, *names), settings_with(tmp_path, *names, HTTPS="on")
    assert without == dict.fromkeys(names[:3], False) | {"SECURE_HSTS_SECONDS": None}
    assert behind == dict.fromkeys(names[:3], True) | {"SECURE_HSTS_SECONDS": 31_536_000}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/", "/api/v1/apps/", "/nowhere/", "/static/amphora.css"])
def test_every_answer_has_the_security_headers(path: str, client: Client) -> None:
    answer = client.get(path)
    answer.close()  # A file of ours is open until then.
    headers = answer.headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_pages_are_kept_by_no_cache_and_shown_in_no_frame(client: Client) -> None:
    headers = client.get("/login/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    assert settings.DEBUG is False
    answer = client.get("/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example" not in answer.content
