"""The sessions that belong to one: of its batch, its correlation, its person on its connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from sessions_ui.demo.standin import StandIn
from tests.crowds import SECOND, add_crowd
from tests.recordings import Part, read_page
from tests.test_list import read_ahead

HTMX = {"HX-Request": "true"}


def panels(client: Client, session_id: str, **headers: str) -> dict[str, Part]:
    response = client.get(f"/sessions/{session_id}/related", headers=headers)
    assert response.status_code == 200
    return {part.one("h3").text: part for part in read_page(response.content).every(css="panel")}


def ids_in(panel: Part) -> list[str]:
    return [
        link.attributes["href"][10:] for link in panel.every("a") if "/sessions/" in link.attributes["href"]
    ]


AROUND = "The same person on the same connection within 30 minutes"


def test_it_finds_them_with_one_call(hoop: StandIn, operator: Client) -> None:
    now = timezone.now() - timedelta(days=1)
    batch = {"session_batch_id": "b-1", "correlation_id": "c-1"}
    (one,) = add_crowd(hoop, [now], **batch)
    mates = add_crowd(hoop, [now + SECOND, now - SECOND], **batch)
    (far,) = add_crowd(hoop, [now - timedelta(hours=5)], **batch)
    (near,) = add_crowd(hoop, [now - timedelta(minutes=29)])
    add_crowd(hoop, [now - timedelta(minutes=29)], owner="olga@example.com")
    add_crowd(hoop, [now - timedelta(minutes=29)], connection="other")
    operator.get(f"/sessions/{one}")
    hoop.forget_requests()
    found = panels(operator, one, hx_request="true")
    assert len(hoop.requests()) == 1
    assert ids_in(found["The same batch"]) == mates
    assert ids_in(found["The same correlation"]) == mates
    assert ids_in(found[AROUND]) == [*mates, near]
    assert "Looked at: all sessions that began from " in found[AROUND].one(css="panel-note").text
    everything = found["The same batch"].every("a")[0].attributes["href"]
    page = read_page(operator.get(everything).content)
    assert far in {link.attributes["href"][10:] for link in page.one("tbody").every("a")}


def test_it_asks_hoop_for_a_batch_by_itself(hoop: StandIn, operator: Client) -> None:
    now = timezone.now() - timedelta(days=1)
    (one,) = add_crowd(hoop, [now], session_batch_id="b-1")
    (far,) = add_crowd(hoop, [now - timedelta(hours=5)], session_batch_id="b-1")
    operator.get(f"/sessions/{one}")
    panel = panels(operator, one, hx_request="true")["The same batch"]
    assert ids_in(panel) == []
    note = panel.one(css="panel-note")
    assert "hoopviewer knows, because they were listed or opened here" in note.text
    hoop.forget_requests()
    part = read_page(operator.get(note.attributes["hx-get"], headers=HTMX).content)
    assert note.attributes["hx-target"] == f"#{part.one(css='panel').attributes['id']}"
    (seen,) = hoop.requests("/api/*")
    assert "batch_id=b-1" in seen.query
    assert ids_in(part) == [far]
    told = part.one(css="panel-note")
    assert told.text == "Looked at: all sessions that hoop has, 2 with this one."
    # Now it is asked for no more.
    assert "hx-get" not in told.attributes
    add_crowd(hoop, [now] * 110, session_batch_id="b-1")
    part = read_page(operator.get(note.attributes["hx-get"], headers=HTMX).content)
    assert len(ids_in(part)) == 20
    words = "Looked at: the newest 100 sessions that hoop gave, the newest 20 of them shown."
    assert part.one(css="panel-note").text == words


def test_it_names_what_was_read_where_hoop_is_not_asked(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    hoop.session(session_id).envelope["session_batch_id"] = "b-1"
    read_ahead(operator)
    note = panels(operator, session_id)["The same batch"].one(css="panel-note").text
    assert "that hoopviewer knows: its list was read from hoop's first to " in note


def test_it_tells_no_number_of_what_is_not_shown(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client]
) -> None:
    now = timezone.now() - timedelta(days=1)
    (olgas,) = add_crowd(hoop, [now], owner="olga@example.com", session_batch_id="b-1")
    add_crowd(hoop, [now + SECOND] * 7, session_batch_id="b-1")
    operator.get(f"/sessions/{olgas}")
    client, address = as_person("olga@example.com"), f"/sessions/{olgas}/related"
    part = read_page(client.get(f"{address}?of=batch", headers=HTMX).content)
    assert ids_in(part) == []
    assert part.one(css="panel-note").text.endswith("that hoop has; those that you may see are listed.")
    assert client.get(f"{address}?of=all").status_code == 400
    nothing = client.get(f"{address}?of=correlation", headers=HTMX)
    assert (nothing.status_code, nothing.content.strip()) == (200, b"")


def test_it_stands_alone_without_scripts(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    page = read_page(operator.get(f"/sessions/{session_id}").content)
    link = next(each for each in page.every("a") if each.text == "Related sessions")
    response = operator.get(link.attributes["href"])
    assert read_page(response.content).one("h1").text == "Owen ran a script on bash-prod"
    upper = operator.get(f"/sessions/{session_id.upper()}/related")
    assert (upper.status_code, upper["Location"]) == (302, f"/sessions/{session_id}/related")


def test_it_asks_once_also_for_a_session_it_has_not_seen(hoop: StandIn, operator: Client) -> None:
    assert AROUND in panels(operator, hoop.id_of("bash-ok"))
    assert len(hoop.requests("/api/*")) == 1


def test_it_shows_no_other_person_s_sessions(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client]
) -> None:
    now = timezone.now() - timedelta(days=1)
    (olgas,) = add_crowd(hoop, [now], owner="olga@example.com", session_batch_id="b-1")
    (owens,) = add_crowd(hoop, [now + SECOND], session_batch_id="b-1")
    assert ids_in(panels(operator, olgas)["The same batch"]) == []
    for session_id in (owens, owens, olgas):
        panels(operator, session_id)
    assert ids_in(panels(operator, olgas)["The same batch"]) == [owens]
    client = as_person("olga@example.com")
    assert ids_in(panels(client, olgas)["The same batch"]) == []
    assert client.get(f"/sessions/{owens}/related").status_code == 403


def test_it_says_that_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{session_id}")
    hoop.faults.set("refuse")
    assert "hoop cannot be reached" in panels(operator, session_id)[AROUND].text


def test_it_shows_nothing_when_hoop_refuses(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("bash-ok")
    operator.get(f"/sessions/{session_id}")
    hoop.faults.set("401")
    assert operator.get(f"/sessions/{session_id}/related").status_code == 502
