"""A scanned estate, and the browsers of two people. What needs Django is imported once it is set up."""

import pytest
from django.test import Client

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def estate(db, tmp_path):
    """Four scanned clients; the folder of their file."""
    from tests.web.estate import CLIENTS, scan_clients

    scan_clients(tmp_path, CLIENTS)
    return tmp_path


@pytest.fixture
def wild(estate):
    """The app that registered a wildcard."""
    from inventory.models import App

    return App.objects.get(client_id="wild")


@pytest.fixture
def reader(db, django_user_model):
    """The browser of somebody who may only read."""
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("rita"), backend=BACKEND)
    return browser


@pytest.fixture
def staff(db, django_user_model):
    """The browser of somebody who may change things."""
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("stan", is_staff=True), backend=BACKEND)
    return browser
