"""``/trail``, its filters and exports, and who has seen a session: for admins and auditors only."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sessions_ui.access.people import OPERATOR
from sessions_ui.demo.standin import StandIn
from sessions_ui.pages import seen, trail
from sessions_ui.pages.trail_words import PAGES, details_of
from sessions_ui.trail import keys
from sessions_ui.trail.actors import Actor
from sessions_ui.trail.acts import Act, Outcome
from sessions_ui.trail.chain import Row
from sessions_ui.trail.retiring import forget, retire
from sessions_ui.trail.store import write
from sessions_ui.urls import urlpatterns
from tests.pages import outline
from tests.trails import rows

pytestmark = pytest.mark.database
ID, OTHER = "4d9e8728-7e1e-4fcb-8112-f378ee20fa08", "5d9e8728-7e1e-4fcb-8112-f378ee20fa08"
OWEN = Actor("Owen", "owen@example.com", subject="idp 1", role="standard", via="oidc", address="10.0.0.7")
RITA = Actor("Rita", "rita@example.com", subject="idp 2", role="standard", via="oidc", address="10.0.0.8")
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202e"
DOCS = Path(__file__).parent.parent / "docs/trail.md"


@pytest.fixture
def kept(time_machine: Any, operator: Client, transactional_db: None) -> list[Row]:
    """A few rows of two people, on two days."""
    from tests.trails import clear_trail

    clear_trail()
    time_machine.move_to("2026-11-24T10:00:00+00:00")
    write(Act.SESSION_OPENED, who=OWEN, session=ID, about={"events": [1, 200], "kinds": "oe"})
    write(Act.SEARCHED, who=RITA, session=ID, about={"search": {"q": HOSTILE, "regex": "1"}, "hit": 1})
    time_machine.move_to("2026-11-25T10:00:00+00:00")
    done = write(Act.DOWNLOADED, who=OWEN, session=ID, about={"format": "csv"})
    done.ended(size=1234, outcome=Outcome.FINISHED)
    write(Act.DOWNLOADED, who=RITA, session=OTHER).ended(
        size=7, outcome=Outcome.BROKEN_OFF, more={"begun": 90}
    )
    write(Act.DOWNLOADED, who=RITA, session=OTHER)
    write(Act.HEARTBEAT)
    return rows()


def test_it_works(kept: list[Row], operator: Client) -> None:
    response = operator.get("/trail")
    page = response.content.decode()

    assert response.status_code == 200
    outline(page)
    assert "Opened the session" in page
    assert "events 1–200 · output and errors only" in page
    assert "finished, 1.2 kB" in page
    assert "broken off, 7 bytes, perhaps 90 bytes more" in page
    assert page.count("unknown") == 3
    assert "10.0.0.7" in page
    assert "owen@example.com" in page
    assert "Heartbeat of the trail</td>" not in page
    assert "<script>alert" not in page
    assert "⟨U+202E⟩" in page
    (row,) = rows()[len(kept) :]
    assert row.act == "trail-read"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?person=owen", [3, 1]),
        ("?person=OWEN@example.com", [3, 1]),
        ("?person=10.0.0.8", [7, 5, 2]),
        ("?person=idp+2", [7, 5, 2]),
        ("?person=nobody", []),
        ("?act=downloaded", [7, 5, 3]),
        ("?act=heartbeat", [8]),
        ("?act=ended", [6, 4]),
        (f"?session={ID}", [3, 2, 1]),
        (f"?session=https://hoop.example.com/sessions/{ID}/", [3, 2, 1]),
        ("?to=2026-11-24", [2, 1]),
        ("?from=2026-11-25&to=2026-11-25&person=owen", [3]),
        ("?before=3", [2, 1]),
        ("?person=&act=&session=&from=&to=2026-11-24", [2, 1]),
    ],
)
def test_it_filters(kept: list[Row], operator: Client, query: str, numbers: list[int]) -> None:
    page = operator.get(f"/trail{query}").content.decode()
    found = [int(number) for number in re.findall(r'id="row-(\d+)"', page)]
    assert [number for number in found if number <= len(kept)] == numbers
    assert ("No row fits" in page) == (not found)


@pytest.mark.parametrize(
    "query",
    [
        "act=nothing",
        "session=x",
        "from=yesterday",
        "to=2026-13-01",
        "from=20261125",
        "to=9999-12-31",
        "before=x",
        "before=99999999999999999",
        "person=" + "x" * 300,
        # PostgreSQL takes no such character.
        "person=%00",
        "sort=who",
        "format=csv",
    ],
)
def test_it_rejects_what_it_cannot_take(kept: list[Row], operator: Client, query: str) -> None:
    response = operator.get(f"/trail?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.content.decode()
    assert len(rows()) == len(kept)


def test_it_says_which_checkpoints_are_owed_to_those_who_keep_them(
    kept: list[Row], operator: Client, settings: Any, tmp_path: Path
) -> None:
    settings.HOOPVIEWER_TRAIL_CHECKPOINT_FILE = folder = tmp_path / "away"
    assert "has not reached" not in operator.get("/trail").content.decode()
    folder.mkdir()
    retire(datetime(2026, 11, 25, tzinfo=UTC), who=OWEN)
    page = operator.get("/trail").content.decode()
    outline(page)
    assert "1 checkpoint (signed on 25 Nov 2026 at 10:00 UTC) has not reached its file." in page


def test_it_pages(kept: list[Row], operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "ROWS", 2)
    first = operator.get(f"/trail?session={ID}").content.decode()
    older = re.search(r'href="(/trail\?[^"]*before=\d+)"', first)
    assert older
    second = operator.get(older[1].replace("&amp;", "&")).content.decode()
    found = [int(number) for page in (first, second) for number in re.findall(r'id="row-(\d+)"', page)]
    # The first page's own row is about this session as well.
    assert [number for number in found if number <= len(kept)] == [3, 2, 1]
    assert ">Newest</a>" in second


def test_it_says_of_somebody_forgotten_only_that(kept: list[Row], operator: Client) -> None:
    forget("owen@example.com", who=RITA)
    page = operator.get("/trail").content.decode()
    assert "owen" not in page.lower()
    assert page.count("Somebody forgotten") == 2


def test_it_exports_json_that_proves_itself(kept: list[Row], operator: Client, tmp_path: Path) -> None:
    """By the script of the documentation, which knows none of our code."""
    response = operator.get("/trail/export?format=json")
    data = b"".join(response)
    found = json.loads(data)
    assert 'filename="access-trail_' in response["Content-Disposition"]
    assert [row["number"] for row in found["rows"]] == list(range(1, len(kept) + 2))
    assert found["rows"][0]["person"]["email"] == "owen@example.com"
    assert found["rows"][-1]["act"] == "exported"
    assert found["checkpoints"]
    ended = rows()[-1]
    told = {"bytes": len(data), "outcome": "finished", "sha256": hashlib.sha256(data).hexdigest()}
    assert (ended.act, json.loads(ended.about)) == ("ended", told)

    script = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert script
    public = tmp_path / "public.pem"
    public.write_text(keys.public_pem(keys.signing_key().public_key()))

    def check(changed: Any) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "export.json"
        file.write_text(json.dumps(changed))
        command = [sys.executable, "-c", script[1], str(file), str(public)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert check(found).stdout == f"{len(kept) + 1} rows and {len(found['checkpoints'])} checkpoints hold\n"
    found["rows"][2]["session"] = OTHER
    assert "row 3 was changed" in check(found).stderr


def test_it_exports_what_the_filters_leave(kept: list[Row], operator: Client) -> None:
    found = json.loads(b"".join(operator.get("/trail/export?format=json&person=rita&to=2026-11-24")))
    assert found["filter"] == {"person": "rita", "to": "2026-11-24"}
    assert [row["number"] for row in found["rows"]] == [2]


def test_it_exports_csv_that_no_spreadsheet_runs(kept: list[Row], operator: Client) -> None:
    write(Act.LIST_READ, who=Actor(name=HOSTILE, email="=1+1"))
    text = b"".join(operator.get("/trail/export?format=csv")).decode()
    found = list(csv.DictReader(io.StringIO(text)))

    assert [int(row["number"]) for row in found] == list(range(1, len(kept) + 3))
    assert found[0]["name"] == "Owen"
    assert found[0]["hash"] == kept[0].hash
    assert json.loads(found[1]["about"])["search"]["q"] == HOSTILE
    assert found[-2]["name"] == f"'{HOSTILE}"
    assert found[-2]["email"] == "'=1+1"


def test_it_exports_more_than_it_holds_at_once(
    kept: list[Row], operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_ui.trail.reading.EXPORT_ROWS", 3)
    monkeypatch.setattr("sessions_ui.pages.trail_files.CHUNK_ROWS", 2)
    found = list(csv.DictReader(io.StringIO(b"".join(operator.get("/trail/export?format=csv")).decode())))
    assert [int(row["number"]) for row in found] == list(range(1, len(kept) + 2))


@pytest.mark.parametrize("query", ["", "?format=xml", "?format=csv&before=3"])
def test_it_rejects_an_export_of_no_known_form(kept: list[Row], operator: Client, query: str) -> None:
    assert operator.get(f"/trail/export{query}").status_code == 400
    assert len(rows()) == len(kept)


def test_it_is_for_auditors_and_admins_only(hoop: StandIn, as_person: Callable[[str], Client]) -> None:
    session = f"/sessions/{hoop.id_of('payroll-ran')}"
    for email in ("owen@example.com", "rita@example.com"):
        client = as_person(email)
        for path in ("/trail", "/trail/export?format=csv"):
            refused = client.get(path)
            assert refused.status_code == 403
            assert "Not yours to see" in refused.content.decode()
        assert 'href="/trail"' not in client.get("/").content.decode()
        assert client.get(session).status_code == 200
        assert 'id="seen"' not in client.get(session).content.decode()
    assert [row.act for row in rows()].count("refused") == 4

    audrey = as_person("audrey@example.com")
    assert 'href="/trail"' in audrey.get("/").content.decode()
    page = audrey.get(session).content.decode()
    panel = page[page.index('id="seen"') :]
    assert (
        panel.index("audrey@example.com") < panel.index("rita@example.com") < panel.index("owen@example.com")
    )
    assert "2 times, last" in panel
    assert f'href="/trail?session={session.removeprefix("/sessions/")}"' in panel


def test_it_counts_what_was_taken_and_bounds_the_people(
    kept: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "MAX_PEOPLE", 1)
    shape = seen.seen_shape(OPERATOR, ID)
    assert shape
    assert [(line.who, line.did) for line in shape.lines] == [("Owen", "2 times, 1 download")]
    assert shape.more == "and 1 more person"


def test_it_reads_rows_that_somebody_broke(kept: list[Row], operator: Client) -> None:
    """The page shows what is there; to judge it is what ``verify_trail`` is for."""
    from sessions_ui.trail.models import RowRecord
    from tests.trails import unguarded

    with unguarded():
        for number, about in (
            (1, "no json"),
            (2, "[1]"),
            (3, '{"events":"x","search":7,"a":{"b":{}},"c":null}'),
        ):
            RowRecord.objects.filter(number=number).update(about=about, act="unheard-of")
        page = operator.get("/trail").content.decode()
    assert page.count("unheard-of") == 3


def test_it_keeps_words_for_every_act() -> None:
    assert set(trail.LABELS) == set(Act)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (
            {"events": 600, "format": "csv", "formula_guard": "0"},
            "600 events · as CSV · formulas left as they are",
        ),
        ({"events": 1, "format": "json", "e": "57"}, "1 event · as JSON · only event 57"),
        ({"events": [51, 71], "kinds": "i"}, "events 51–71 · input only"),
        ({"list": {"exit": ["failed"], "mark": ["ai", "masked"]}}, "filter: exit failed, mark ai and masked"),
        ({"list": {}, "format": "csv"}, "all sessions · as CSV"),
        ({"page": "session-download-form"}, "asked for the download form"),
        ({"stream": "not-shown"}, "asked for the recording, which was not shown"),
        ({"stream": True, "form": "utf8", "events": "o"}, "with the recording · form utf8 · output only"),
        ({"newer": {"a": [1]}, "x": [], "y": None, "z": False, "w": True}, "newer: a 1 · w"),
    ],
)
def test_it_says_what_was_done_in_peoples_words(about: dict[str, Any], words: str) -> None:
    assert details_of(about) == words


def test_it_knows_a_word_for_every_address_that_refuses() -> None:
    """Of a session's, of the trail and of the people: nobody is refused at others by a rule."""
    names = {pattern.name for pattern in urlpatterns}
    ours = {name for name in names if name.startswith(("session", "trail", "people", "link"))}
    assert ours <= PAGES.keys()


def test_it_puts_a_reveal_first(kept: list[Row], operator: Client) -> None:
    write(Act.REVEALED, who=OWEN, session=ID, about={"events": [1, 1], "reason": "a ticket"})
    shape = seen.seen_shape(OPERATOR, ID)
    assert shape
    assert [line.did for line in shape.lines if line.who == "Owen"] == [
        "typed input revealed 1 time, 3 times in all, 1 download"
    ]
