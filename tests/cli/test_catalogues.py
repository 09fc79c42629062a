"""`manage.py controls` and `manage.py create_api_token`."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient


def test_controls_are_listed_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("controls", "--format", "json")
    found = json.loads(capsys.readouterr().out)["controls"]
    assert len(found) >= 28
    assert {"id", "title", "family", "subject", "severity", "severity_factors", "mappings", "profiles"} <= set(found[0])
    assert all(one["requested"]["owasp_as_written"] == "NHI-02" for one in found)


@pytest.mark.django_db
def test_a_token_opens_the_api_until_it_expires(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("ada")
    call_command("create_api_token", "ada", "--days", "7")
    printed = capsys.readouterr()
    token = printed.out.strip()
    assert token not in printed.err
    client = APIClient()
    assert client.get("/api/v1/apps/").status_code == 401
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get("/api/v1/apps/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["nobody"], ["ada", "--days", "0"]])
def test_a_token_for_nobody_or_for_no_time_is_refused(arguments: list[str]) -> None:
    User.objects.create_user("ada")
    with pytest.raises(CommandError):
        call_command("create_api_token", *arguments)
