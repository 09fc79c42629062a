"""What tests over the lab's Keycloak share."""

import pytest


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may go better the next time is asked again at once."""
    monkeypatch.setattr("connectors.http.time.sleep", lambda _: None)
