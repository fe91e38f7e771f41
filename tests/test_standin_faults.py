"""The stand-in's faults, generated sessions and memory: what other tests build on."""

from __future__ import annotations

import base64
import http.client
import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin.faults import MODES
from tests.waiting import LONG

STATUSES = {"401": 401, "403": 403, "404": 404, "429": 429, "502": 502, "503": 503, "empty-500": 500}


@pytest.fixture
def hoop() -> Iterator[StandIn]:
    with StandIn(samples=["bash-ok", "bash-running", "destroyed", "payroll-ran"]) as stand_in:
        yield stand_in


def connect(hoop: StandIn, timeout: float = LONG) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(hoop.url).netloc, timeout=timeout)


@contextmanager
def opened(
    hoop: StandIn,
    target: str,
    *,
    key: str | None = None,
    method: str = "GET",
    timeout: float = LONG,
    body=None,
) -> Iterator[http.client.HTTPResponse]:
    headers = {"Authorization": f"Bearer {key or hoop.auditor_key}", "Connection": "close"}
    with closing(connect(hoop, timeout)) as connection:
        connection.request(method, target, body=body, headers=headers)
        with closing(connection.getresponse()) as response:
            yield response


def get(hoop: StandIn, target: str, **options: Any) -> tuple[int, bytes]:
    with opened(hoop, target, **options) as response:
        return response.status, response.read()


def session_path(hoop: StandIn, case: str = "bash-ok") -> str:
    return f"/api/sessions/{hoop.id_of(case)}"


def test_it_refuses_connections_and_listens_again_on_the_same_port(hoop: StandIn) -> None:
    kept = connect(hoop)
    kept.request("GET", "/api/healthz")
    kept.getresponse().read()
    hoop.faults.set("refuse")
    with pytest.raises(ConnectionRefusedError):
        get(hoop, "/api/healthz")
    assert kept.sock.recv(1) == b""
    kept.close()
    url = hoop.url
    hoop.faults.clear()
    assert hoop.url == url
    assert get(hoop, "/api/healthz") == (200, b'{"liveness":"OK"}')


def test_it_hangs_before_the_first_byte_until_cleared(hoop: StandIn) -> None:
    hoop.faults.set("hang", path="/api/sessions/*")
    with pytest.raises(TimeoutError):
        get(hoop, session_path(hoop), timeout=0.3)
    assert get(hoop, "/api/healthz")[0] == 200
    hoop.faults.clear()
    assert get(hoop, session_path(hoop))[0] == 200


def test_it_stalls_between_bytes(hoop: StandIn) -> None:
    hoop.faults.set("stall", path="/api/sessions/*", after=20)
    with opened(hoop, session_path(hoop)) as response:
        assert response.read(20) == b'{"id":"6eb5980c-6213'
        assert select.select([response], [], [], 0.3) == ([], [], [])
        hoop.faults.clear()
        assert response.read(1) == b"-"


def test_it_drips(hoop: StandIn) -> None:
    hoop.faults.set("drip", path="/api/healthz", size=4, seconds=0.02)
    begun = time.monotonic()
    assert get(hoop, "/api/healthz") == (200, b'{"liveness":"OK"}')
    assert time.monotonic() - begun >= 0.08


@pytest.mark.parametrize("mode", ["cut", "cut-chunked"])
@pytest.mark.parametrize("query", ["", "?expand=event_stream"])
def test_it_cuts_a_body_in_a_way_that_shows(hoop: StandIn, mode: str, query: str) -> None:
    hoop.faults.set(mode, path="/api/sessions/*", after=100)
    with opened(hoop, session_path(hoop) + query) as response, pytest.raises(http.client.IncompleteRead):
        response.read()


def test_it_cuts_a_body_that_promised_nothing(hoop: StandIn) -> None:
    hoop.faults.set("cut-close", path="/api/sessions/*")
    with opened(hoop, session_path(hoop)) as response:
        assert response.headers["Content-Length"] is None
        assert response.headers["Transfer-Encoding"] is None
        body = response.read()
        assert 0 < len(body) < 951


def test_it_resets_the_connection(hoop: StandIn) -> None:
    hoop.faults.set("reset")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        get(hoop, "/api/healthz")


@pytest.mark.parametrize("mode", sorted(STATUSES))
def test_it_answers_with_a_status(hoop: StandIn, mode: str) -> None:
    hoop.faults.set(mode, times=2)
    answers = [get(hoop, session_path(hoop))[0] for _ in range(3)]
    assert answers == [STATUSES[mode], STATUSES[mode], 200]


def test_it_says_when_to_come_back(hoop: StandIn) -> None:
    hoop.faults.set("503", retry_after=7)
    with opened(hoop, "/api/healthz") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")


def test_it_redirects_to_another_host(hoop: StandIn) -> None:
    hoop.faults.set("redirect", location="https://evil.example/x")
    with opened(hoop, session_path(hoop)) as response:
        assert (response.status, response.headers["Location"]) == (302, "https://evil.example/x")


def test_it_answers_200_with_what_is_no_session(hoop: StandIn) -> None:
    bodies = {}
    for mode in ("html", "empty-200", "list", "truncated-json", "not-json"):
        hoop.faults.set(mode, times=1)
        status, bodies[mode] = get(hoop, session_path(hoop))
        assert status == 200
    assert b"<title>Sign in" in bodies["html"]
    assert bodies["empty-200"] == b""
    assert json.loads(bodies["list"]) == []
    assert bodies["truncated-json"].startswith(b'{"id":"6eb5980c')
    for mode in ("truncated-json", "not-json", "html"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(bodies[mode])


@pytest.mark.parametrize(("mode", "piece"), [("endless-log", b'"],['), ("endless-string", b"QUJDQUJD")])
def test_it_never_ends(hoop: StandIn, mode: str, piece: bytes) -> None:
    hoop.faults.set(mode, path="/api/sessions/*")
    with opened(hoop, session_path(hoop) + "?expand=event_stream") as response:
        body = b"".join(response.read(100_000) for _ in range(50))
        assert len(body) == 5_000_000
        assert body.startswith(b'{"id":"6eb5980c')
        assert piece in body[-1000:]


def test_it_tries_every_fault_that_it_names(hoop: StandIn) -> None:
    """Each mode is let loose on one request, which ends or times out, and the next one is fine."""
    for mode in MODES:
        hoop.faults.set(mode, **({} if mode == "refuse" else {"times": 1}))
        target = session_path(hoop) + "?expand=event_stream"
        with suppress(OSError, http.client.HTTPException), opened(hoop, target, timeout=0.2) as response:
            response.read(200)
        hoop.faults.clear()
        assert get(hoop, "/api/healthz")[0] == 200, mode
    with pytest.raises(ValueError, match="unknown fault"):
        hoop.faults.set("bad-luck")


def test_it_spoils_only_what_matches(hoop: StandIn) -> None:
    hoop.faults.set("empty-500", path="/api/sessions/*", query="*expand=event_stream*", method="GET")
    assert get(hoop, session_path(hoop))[0] == 200
    assert get(hoop, "/api/sessions")[0] == 200
    assert get(hoop, session_path(hoop) + "?expand=event_stream") == (500, b"")


def test_it_remembers_requests_without_secrets(hoop: StandIn) -> None:
    get(hoop, session_path(hoop))
    get(hoop, session_path(hoop) + "?expand=event_stream")
    get(hoop, session_path(hoop) + "/download?token=deadbeef&extension=txt")
    streams = hoop.requests("/api/sessions/*", query="*expand=event_stream*")
    assert [(one.method, one.path) for one in streams] == [("GET", session_path(hoop))]
    assert streams[0].headers["authorization"] == "<secret>"
    assert hoop.auditor_key not in repr(hoop.requests())
    assert hoop.requests("*/download")[0].query == "token=<secret>&extension=txt"
    hoop.forget_requests()
    assert hoop.requests() == []


def test_it_counts_simultaneous_requests(hoop: StandIn) -> None:
    threads = [threading.Thread(target=get, args=(hoop, session_path(hoop))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hoop.requests(session_path(hoop))) == 8


def envelope(hoop: StandIn, session_id: str, query: str = "") -> Any:
    return json.loads(get(hoop, f"/api/sessions/{session_id}{query}")[1])


def test_it_adds_a_session_with_hoops_event_size(hoop: StandIn) -> None:
    events = [(0.01, "i", b"echo a"), (1.5, "o", b"a\n"), (2.0, "e", b"exit status 3")]
    session_id = hoop.add_session({"exit_code": 3, "metadata": {"a<b": "&"}}, stream=events)
    shown = envelope(hoop, session_id, "?expand=event_stream")
    numbers = ["0.01", "1.5", "2"]
    size = (
        1
        + 3
        + sum(len(n) + 1 + 4 * -(-len(p) // 3) + 8 for n, (_, _, p) in zip(numbers, events, strict=True))
    )
    assert shown["event_size"] == shown["metrics"]["event_size"] == size
    assert [base64.b64decode(event[2]) for event in shown["event_stream"]] == [p for _, _, p in events]
    assert shown["exit_code"] == 3
    assert b'"a\\u003cb":"\\u0026"' in get(hoop, f"/api/sessions/{session_id}")[1]
    assert b'"a<b":"&"' in get(hoop, "/api/sessions")[1]


def test_it_sends_a_large_log_deterministically(hoop: StandIn) -> None:
    session_id = hoop.add_large_log(12_345)
    body = get(hoop, f"/api/sessions/{session_id}?expand=event_stream")[1]
    assert body == get(hoop, f"/api/sessions/{session_id}?expand=event_stream")[1]
    shown = json.loads(body)
    stream = shown["event_stream"]
    assert len(stream) == 12_345
    stored = body[body.index(b'"event_stream":') + 15 : body.rindex(b',"event_size"')]
    assert len(stored) == shown["event_size"]
    times = [event[0] for event in stream]
    assert times == sorted(times)
    output = b"".join(base64.b64decode(event[2], validate=True) for event in stream[1:])
    assert "its last letter is split: é, as real output is".encode() in output
    assert get(hoop, f"/api/sessions/{session_id}/result/stream")[1] == output
    assert hoop.session(hoop.add_large_log(50_000)).envelope["event_size"] == pytest.approx(
        10_000_000, rel=0.1
    )


def test_it_keeps_printing_until_it_is_killed(hoop: StandIn) -> None:
    session_id = hoop.add_running(minutes_ago=2, flush_seconds=50)
    shown = envelope(hoop, session_id, "?expand=event_stream")
    assert (shown["status"], shown["event_size"], shown["end_date"], shown["metrics"]) == (
        "open",
        0,
        None,
        None,
    )
    assert len(shown["event_stream"]) == 101
    hoop.at(session_id, 49)
    assert envelope(hoop, session_id, "?expand=event_stream")["event_stream"] == []
    hoop.at(session_id, 150)
    assert len(envelope(hoop, session_id, "?expand=event_stream")["event_stream"]) == 151
    hoop.at(session_id, 170)
    hoop.kill(session_id)
    ended = envelope(hoop, session_id, "?expand=event_stream")
    assert (ended["status"], ended["exit_code"]) == ("done", 254)
    assert base64.b64decode(ended["event_stream"][-1][2]) == b"session killed by the user"
    assert ended["event_size"] == len(json.dumps(ended["event_stream"], separators=(",", ":")))


def test_it_destroys_a_finished_recording_for_its_owner_only(hoop: StandIn) -> None:
    path = session_path(hoop, "destroyed")
    assert get(hoop, f"{path}/kill", method="POST")[0] == 403
    assert get(hoop, f"{path}/kill", method="POST", key=hoop.key_for("olga@example.com"))[0] == 404
    assert get(hoop, f"{path}/kill", method="POST", key=hoop.key_for("owen@example.com")) == (204, b"")
    shown = envelope(hoop, hoop.id_of("destroyed"), "?expand=event_stream")
    assert shown["event_stream"] == [[0, "e", "bm8gbG9nIGZvdW5kIG9uIGRpc2s="]]
    assert (shown["exit_code"], shown["event_size"]) == (254, 119)


def decide(hoop: StandIn, session_id: str, who: str, **body: Any) -> tuple[int, bytes]:
    key = hoop.key_for(f"{who}@example.com")
    return get(hoop, f"/api/sessions/{session_id}/review", method="PUT", key=key, body=json.dumps(body))


def test_it_lets_the_groups_settle_a_review(hoop: StandIn) -> None:
    session_id = hoop.add_pending_review()
    assert envelope(hoop, session_id)["review"]["status"] == "PENDING"
    assert decide(hoop, session_id, "audrey", status="APPROVED")[0] == 403
    assert decide(hoop, session_id, "olga", status="APPROVED")[0] == 403
    assert decide(hoop, session_id, "rita", status="approved")[0] == 200
    assert envelope(hoop, session_id)["review"]["status"] == "PENDING"
    assert decide(hoop, session_id, "admin", status="APPROVED")[0] == 200
    assert envelope(hoop, session_id)["review"]["status"] == "PENDING"
    status, answer = decide(hoop, session_id, "raj", status="APPROVED")
    assert (status, json.loads(answer)["status"]) == (200, "APPROVED")
    shown = envelope(hoop, session_id)
    assert (shown["status"], shown["review"]["status"]) == ("ready", "APPROVED")
    assert {group["reviewed_by"]["name"] for group in shown["review"]["review_groups_data"]} == {
        "Rita",
        "Raj",
    }


def test_it_lets_an_admin_force_and_a_reviewer_reject(hoop: StandIn) -> None:
    forced = hoop.add_pending_review()
    assert decide(hoop, forced, "admin", status="APPROVED", force_review=True)[0] == 200
    groups = envelope(hoop, forced)["review"]["review_groups_data"]
    assert [(group["status"], group["forced_review"]) for group in groups] == [
        ("PENDING", False),
        ("PENDING", False),
        ("APPROVED", True),
    ]
    rejected = hoop.add_pending_review()
    assert decide(hoop, rejected, "raj", status="REJECTED", rejection_reason="Not this week")[0] == 200
    shown = envelope(hoop, rejected)
    assert (shown["status"], shown["review"]["rejection_reason"]) == ("done", "Not this week")


def test_it_settles_a_review_from_a_test(hoop: StandIn) -> None:
    session_id = hoop.add_pending_review()
    hoop.settle_review(session_id, "APPROVED")
    assert envelope(hoop, session_id)["review"]["status"] == "APPROVED"
    other = hoop.add_pending_review()
    hoop.settle_review(other, "REJECTED", "no")
    assert envelope(hoop, other)["review"]["rejection_reason"] == "no"


def test_it_pages_through_more_sessions_than_hoop_counts() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with StandIn(samples=False) as hoop:
        for number in range(10_150):
            hoop.add_session(
                {"start_date": (start + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")}
            )
        listed = json.loads(get(hoop, "/api/sessions?limit=100&offset=10000")[1])
        assert (listed["total"], listed["total_is_capped"], listed["has_next_page"]) == (10_000, True, True)
        assert len(listed["data"]) == 100
        assert json.loads(get(hoop, "/api/sessions?limit=1&count=exact")[1])["total"] == 10_150
        assert json.loads(get(hoop, "/api/sessions?limit=1&count=none")[1])["total"] is None


@pytest.mark.parametrize(
    ("query", "cases"),
    [
        ("connection=pg_payroll", {"payroll-ran"}),
        ("connection=pg", set()),
        ("connection=bash%25", {"bash-ok", "bash-running", "destroyed"}),
        ("connection=", set()),
        ("review.status=", {"bash-ok", "bash-running", "destroyed"}),
        ("review.approver=rita@example.com", {"payroll-ran"}),
        ("end_date=2020-01-01T00:00:00Z", {"bash-ok", "bash-running", "destroyed", "payroll-ran"}),
        ("start_date=2026-11-23T13:00:00%2B05:00&end_date=2026-11-23T14:00:00Z", {"bash-running"}),
    ],
)
def test_it_filters_lists_with_hoops_oddities(hoop: StandIn, query: str, cases: set[str]) -> None:
    status, body = get(hoop, f"/api/sessions?{query}")
    assert status == 200
    assert {hoop.session(row["id"]).case for row in json.loads(body)["data"]} == cases


@pytest.mark.parametrize(
    "query", ["limit=", "limit=0", "offset=-1", "count=some", "start_date=2026-11-23T13:00:00+05:00"]
)
def test_it_rejects_bad_list_options(hoop: StandIn, query: str) -> None:
    assert get(hoop, f"/api/sessions?{query}")[0] == 422


def test_it_answers_like_gin_where_no_recording_shows_it(hoop: StandIn) -> None:
    assert get(hoop, "/api/sessions/")[0] == 301
    assert get(hoop, "/api/sessions", method="OPTIONS")[0] == 204
    status, body = get(hoop, session_path(hoop), method="HEAD")
    assert (status, body) == (200, b"")
    assert get(hoop, session_path(hoop) + "?expand=event_stream&event_stream=UTF8")[0] == 422
    assert get(hoop, "/api/sessions?user=%FF")[0] == 500


def test_it_gives_the_typed_input_for_a_link_once(hoop: StandIn) -> None:
    link = json.loads(get(hoop, session_path(hoop) + "?extension=txt&blob-type=session_input")[1])
    target = link["download_url"].removeprefix(hoop.url)
    assert get(hoop, target) == (200, hoop.session(hoop.id_of("bash-ok")).envelope["script"]["data"].encode())
    assert get(hoop, target)[0] == 404
    later = datetime.now(UTC) + timedelta(minutes=6)
    link = json.loads(get(hoop, session_path(hoop) + "?extension=txt")[1])
    hoop.clock = lambda: later
    assert get(hoop, link["download_url"].removeprefix(hoop.url))[0] == 410


def test_it_takes_any_envelope_as_it_is(hoop: StandIn) -> None:
    older = {
        "id": "0F6B1AC2-7B39-4BBF-9F1C-0A6E6B5B1B11",
        "start_date": "2026-01-01T00:00:00Z",
        "event_stream": [123],
    }
    session_id = hoop.add_session(older, as_it_is=True)
    assert envelope(hoop, session_id, "?expand=event_stream") == older
    assert envelope(hoop, older["id"].lower()) == {key: older[key] for key in ("id", "start_date")}


def test_it_obeys_another_process_only_when_told_to(hoop: StandIn) -> None:
    assert get(hoop, "/control/faults", method="POST", body='{"mode": "empty-500"}')[0] == 404
    with StandIn(samples=["bash-ok"], control=True) as open_to_control:
        assert get(open_to_control, "/control/faults", method="POST", body='{"mode": "empty-500"}')[0] == 204
        assert get(open_to_control, "/api/healthz") == (500, b"")
        assert get(open_to_control, "/control/faults", method="DELETE")[0] == 204
        assert get(open_to_control, "/api/healthz")[0] == 200
        seen = json.loads(get(open_to_control, "/control/requests")[1])
        assert [one["path"] for one in seen] == ["/api/healthz", "/api/healthz"]


def test_it_runs_as_a_process_until_its_input_ends() -> None:
    command = [sys.executable, "-m", "sessions_ui.demo.standin", "--shift-to-now", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        line = json.loads(process.stdout.readline())
        port = urlsplit(line["url"]).port
        with socket.create_connection(("127.0.0.1", port), timeout=LONG) as connection:
            request = (
                f"GET /api/sessions?limit=1 HTTP/1.0\r\nAuthorization: Bearer {line['auditor_key']}\r\n\r\n"
            )
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert b" 200 OK\r\n" in answer
        newest = json.loads(answer.partition(b"\r\n\r\n")[2])["data"][0]["start_date"]
        assert datetime.now(UTC) - datetime.fromisoformat(newest) < timedelta(minutes=5)
        process.stdin.close()
        assert process.wait(timeout=LONG) == 0
    assert set(line["keys"]) >= {"owen@example.com", "audrey@example.com"}
