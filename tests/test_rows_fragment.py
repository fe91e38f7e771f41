"""Scrolling loads rows alone, up to a bound, and a plain link stands for it without JavaScript."""

from __future__ import annotations

import re

from django.test import Client

from sessions_ui.demo.standin import StandIn
from sessions_ui.pages.log_choices import MOST_WINDOWS


def test_rows_go_on_where_the_page_ends(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.add_large_log(events=6_000)
    page = operator.get(f"/sessions/{session_id}/log").content.decode()
    numbers = anchors(page)
    more = following(page)
    windows = 1
    while more:
        part = operator.get(more, headers={"hx-request": "true"}).content.decode()
        assert part.lstrip().startswith("<li")
        assert 'id="event-log"' not in part
        found = anchors(part)
        assert found
        assert not set(found) & set(numbers)
        numbers += found
        windows += 1
        more = following(part)
    assert windows == MOST_WINDOWS + 1
    assert "More rows, on a page of their own" in part
    assert numbers == [f"e{number}" for number in range(1, 1 + len(numbers))]


def test_it_refuses_a_growth_that_is_no_number(hoop: StandIn, operator: Client) -> None:
    address = f"/sessions/{hoop.id_of('bash-ok')}/log?rows="
    assert [operator.get(address + text).status_code for text in ("x", "-1", "99999", "²")] == [400] * 4


def anchors(page: str) -> list[str]:
    return re.findall(r'<li class="row [^"]*" id="([^"]+)"', page)


def following(page: str) -> str:
    found = re.search(r'class="more" hx-get="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else ""
