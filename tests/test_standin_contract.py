"""The stand-in answers every recorded request as the real gateway did.

All of ``tests/fixtures/gateway/index.json`` is asked, in its order, with the credentials it names.
Equal are: status, content type, body byte for byte (so key order, escapes and the final line break
too), how the length is told, and the file name of downloads. What cannot be equal byte for byte:

- ``UNORDERED``: hoop gives these without an order; they are compared as sets of rows.
- download links: their recorded bodies were left out (they hold tokens). Compared are the keys, the
  address apart from its token, and the recorded length, give or take the digits of ``expire_at``.

Sessions of which only a list row was recorded are put in as that row. For these the lists show
filters, order and paging, nothing about how a row is made; the recorded cases show that.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sessions_ui.demo.standin import StandIn
from tests.waiting import LONG

FIXTURES = Path(__file__).parent / "fixtures" / "gateway"
INDEX = json.loads((FIXTURES / "index.json").read_text())
UNORDERED = ("reviews/list.json", "users/groups.json")
#: Answers without a recorded body: they held tokens.
LINKS = [
    entry
    for entry in INDEX
    if re.search(r"[?&]extension=", entry["request"]) and "/download" not in entry["request"]
]
#: Not in the recorded lists: these two were opened after them.
LATER = ("bash-running", "destroyed")
PEOPLE = ("admin", "audrey", "owen", "olga", "rita", "raj")
STEPS = {"at-4s": 4.0, "at-70s": 70.0, "at-125s": 125.0}
DESTROYED_AT = datetime(2026, 11, 23, 14, 7, 9, 155434, tzinfo=UTC)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(hoop: StandIn, method: str, target: str, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(hoop.url).netloc, timeout=LONG)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return Answer(connection.getresponse())
    finally:
        connection.close()


def credentials(hoop: StandIn, who: str) -> dict[str, str]:
    if who == "nobody":
        return {}
    if who == "bad token":
        return {"Authorization": "Bearer not-a-token"}
    key = hoop.key_for(f"{who}@example.com") if who in PEOPLE else hoop.auditor_key
    return {"Authorization": f"Bearer {key}"}


def add_listed_only(hoop: StandIn) -> None:
    """The sessions known from list rows alone, with the review that /reviews has for them."""
    rows = json.loads((FIXTURES / "list/too-many.json").read_bytes())["data"]
    stored = {
        review["session"]: review for review in json.loads((FIXTURES / "reviews/list.json").read_bytes())
    }
    known = {session.id for session in hoop.state.newest_first()}
    for row in rows:
        if row["id"] not in known:
            if row["review"]:
                row["review"] = {key: value for key, value in stored[row["id"]].items() if key != "session"}
            hoop.add_session(row, stream=None, as_it_is=True)


@pytest.fixture(scope="module")
def hoop() -> Iterator[StandIn]:
    with StandIn(samples=True, api_url="http://127.0.0.1:8009") as stand_in:
        add_listed_only(stand_in)
        yield stand_in


def prepare(hoop: StandIn, entry: dict) -> None:
    """The step in time or state between this recording and the one before it."""
    later = {case: hoop.state.by_case(case) for case in LATER if case in entry["case"]}
    for case, session in later.items():
        for mark, seconds in STEPS.items():
            if mark in entry["file"]:
                hoop.at(session.id, seconds)
        if case == "destroyed" and "after" in entry["file"] and session.envelope["exit_code"] == 0:
            hoop.clock = lambda: DESTROYED_AT
            kill = f"/api/sessions/{session.id}/kill"
            assert ask(hoop, "POST", kill, credentials(hoop, "owen")).status == 204


def clock_of(entry: dict) -> datetime:
    """When this was recorded, as far as its file name tells."""
    match = re.search(r"-(\d{8}-\d{6})\.", entry["response_headers"].get("Content-Disposition", ""))
    moment = (
        datetime.strptime(match.group(1), "%Y%m%d-%H%M%S") if match else datetime(2026, 11, 23, 12, 58, 25)
    )
    return moment.replace(microsecond=123456, tzinfo=UTC)


def replay(hoop: StandIn, entry: dict, tokens: dict[str, str]) -> Answer:
    method, target = entry["request"].split(" ", 1)
    session_id = target.split("/")[3].partition("?")[0] if target.count("/") > 2 else ""
    target = target.replace("<token>", tokens.get(session_id, "none"))
    now = clock_of(entry)
    hoop.clock = lambda: now
    prepare(hoop, entry)
    headers = {**credentials(hoop, entry["as"]), **entry["headers"]}
    # The lists were recorded before these two sessions were opened.
    hidden = [hoop.state.by_case(case) for case in LATER] if entry["case"] == "list" else []
    for session in hidden:
        hoop.state.remove(session.id)
    answer = ask(hoop, method, target, headers)
    for session in hidden:
        hoop.state.add(session)
    if found := re.search(rb"[?]token=([0-9a-f]{64})", answer.body):
        tokens[session_id] = found.group(1).decode()
    return answer


def assert_link(entry: dict, answer: Answer) -> None:
    link = json.loads(answer.body)
    assert list(link) == ["download_url", "expire_at"]
    session_id = entry["request"].split("/")[3].partition("?")[0]
    start = rf"http://127\.0\.0\.1:8009/api/sessions/{session_id}/download\?token=[0-9a-f]{{64}}&extension="
    assert re.match(start, link["download_url"])
    assert b"\\u0026extension=" in answer.body
    # hoop prints up to 9 digits of the second and cuts its trailing zeros.
    length_without_time = len(answer.body) - len(link["expire_at"])
    assert 20 <= entry["bytes"] - length_without_time <= 30


def assert_framing(entry: dict, answer: Answer) -> None:
    for name in ("Content-Length", "Transfer-Encoding", "Content-Disposition"):
        recorded = entry["response_headers"].get(name)
        if recorded is not None and not (entry in LINKS and name == "Content-Length"):
            assert answer.headers[name] == recorded
    assert answer.headers["Server"].startswith("hoopgateway/")


def test_it_answers_every_recorded_request_alike(hoop: StandIn, record_property) -> None:
    tokens: dict[str, str] = {}
    wrong = []
    for entry in INDEX:
        answer = replay(hoop, entry, tokens)
        try:
            assert (answer.status, answer.headers["Content-Type"]) == (entry["status"], entry["content_type"])
            assert_framing(entry, answer)
            recorded = (FIXTURES / entry["file"]).read_bytes()
            if entry in LINKS:
                assert_link(entry, answer)
            elif entry["file"] in UNORDERED:
                rows = [
                    sorted(json.dumps(row) for row in json.loads(body)) for body in (answer.body, recorded)
                ]
                assert rows[0] == rows[1]
                assert len(answer.body) == len(recorded)
            else:
                assert answer.body == recorded
        except AssertionError as error:
            wrong.append(f"{entry['as']}: {entry['request']} ({entry['file']})\n{str(error)[:600]}")
    record_property("recorded answers compared", len(INDEX))
    assert not wrong, f"{len(wrong)} of {len(INDEX)} differ:\n" + "\n".join(wrong[:10])


def test_it_has_a_body_for_every_recording_but_the_links() -> None:
    empty = {
        entry["file"] for entry in INDEX if entry["bytes"] and not (FIXTURES / entry["file"]).stat().st_size
    }
    assert empty == {entry["file"] for entry in LINKS}
    assert all((FIXTURES / entry["file"]).stat().st_size in (entry["bytes"], 0) for entry in INDEX)
    assert len(INDEX) > 550


def test_it_shifts_sample_dates_so_that_the_newest_is_now() -> None:
    now = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    with StandIn(samples=True, shift_to=now) as hoop:
        starts = [session.started for session in hoop.state.newest_first()]
        assert now - timedelta(minutes=1) < starts[0] <= now
        forced = hoop.state.by_case("payroll-forced").envelope
        assert forced["review"]["created_at"].startswith(forced["start_date"][:13])
        assert forced["metrics"]["event_size"] == 281
