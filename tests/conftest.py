"""What every test may ask for."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture
def operator(db: None) -> Client:
    """A browser that opened the one-time address."""
    from sessions_ui.access.signin import local

    client = Client()
    client.get(f"/open/{local.issue()}")
    return client
