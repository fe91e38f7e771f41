"""What a connection keeps of what it read, while a file is sent and after it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from sessions_ui.archive.page_cache import SMALL_KIB, small_page_cache
from sessions_ui.demo.standin import StandIn


def kept() -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("PRAGMA cache_size").fetchone()[0])


@pytest.mark.django_db
def test_it_keeps_little_meanwhile_and_what_is_usual_after() -> None:
    usual = kept()
    with small_page_cache():
        assert kept() == -SMALL_KIB != usual
    assert kept() == usual


@pytest.mark.django_db
def test_it_is_usual_again_also_after_a_failure() -> None:
    usual = kept()
    with pytest.raises(OSError, match="left"), small_page_cache():
        raise OSError("left")
    assert kept() == usual


def test_it_is_usual_again_when_a_reader_leaves(hoop: StandIn, operator: Client) -> None:
    usual = kept()
    session_id = hoop.add_session({}, [(0.1, "o", b"x" * 1_000_000)])
    response = operator.get(f"/sessions/{session_id}/download")
    pieces = iter(response)
    assert next(pieces).startswith(b"xxx")
    assert kept() == -SMALL_KIB
    response.close()
    assert kept() == usual
