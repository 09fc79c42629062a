"""What a person states about an app is recorded, judged at once, and can be taken back."""

import pytest
from django.urls import reverse

from inventory.models import Attestation
from posture import shown


@pytest.fixture
def address(wild):
    return reverse("attest", args=[wild.pk])


def test_a_stated_fact_is_judged_at_once_and_can_be_taken_back(staff, wild, address):
    def reasons():
        return {unseen.fact for verdict in shown.verdicts_of(wild) for unseen in verdict.reasons}

    assert "marked_high_value" in reasons()
    page = staff.post(address, {"fact": "marked_high_value", "value": "yes"}, follow=True)
    assert "marked_high_value is recorded" in page.content.decode()
    assert "marked_high_value" not in reasons()
    assert Attestation.objects.get().stated_by.get_username() == "stan"
    staff.post(address, {"fact": "marked_high_value", "value": ""})
    assert "marked_high_value" in reasons()


@pytest.mark.parametrize(
    "said",
    [
        {"fact": "client_id", "value": "x"},
        {"fact": "environment", "value": "moon"},
        {"fact": "single_issuer", "value": "1"},
        {},
    ],
)
def test_what_nobody_can_state_is_refused(staff, address, said):
    assert staff.post(address, said).status_code == 400
    assert not Attestation.objects.exists()


def test_who_may_only_read_states_nothing(reader, wild, address):
    assert reader.post(address, {"fact": "environment", "value": "production"}).status_code == 403
    assert not Attestation.objects.exists()
    assert "<button>Record" not in reader.get(reverse("app", args=[wild.pk])).content.decode()


def test_a_fact_is_stated_by_a_form_alone(staff, address):
    assert staff.get(address).status_code == 405
