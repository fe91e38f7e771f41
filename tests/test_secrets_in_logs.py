"""Nothing secret, nothing of a session and no address in what the program logs, whatever fails."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.test import Client

from hoopviewer import logs
from hoopviewer.environment import Secret
from hoopviewer.worker import Worker, plain_answer, status_of
from sessions_ui.access.signin import attempts, local, sign_ins
from sessions_ui.archive.sessions import get_session
from sessions_ui.demo.signin import PEOPLE, identity_of
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.batch import EventBatch
from sessions_ui.eventlog.events import Event
from sessions_ui.pages import log_files, opening
from sessions_ui.pages.tokens import TokensShape

CONTENT, TYPED, QUERY, FORM = "c0ntent-of-a-session", "typ3d-by-owen", "qu3ry-of-a-person", "f0rm-of-a-person"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that reaches the log at its most talkative, as it would be printed."""
    said, root = io.StringIO(), logging.getLogger()
    ours = next(
        one for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    )
    handler = logging.StreamHandler(said)
    handler.setFormatter(ours.formatter)
    for each in ours.filters:
        handler.addFilter(each)
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield said
    root.removeHandler(handler)
    root.setLevel(before)


def fail(*_: Any, **__: Any) -> Any:
    raise ValueError(f"cannot take {CONTENT} from {TYPED}")


def test_it_keeps_them_out_whatever_happens(
    hoop: StandIn, log: io.StringIO, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "http://testserver"
    entry = local.issue()
    browser = Client(raise_request_exception=False)
    browser.get(f"/open/{entry}")
    token = browser.post("/tokens", {"name": FORM, "days": "1", "input": "1"}).content.decode()
    token = token.partition("hvp_")[2].partition("<")[0]
    events = [(0.1, "o", CONTENT.encode()), (0.2, "i", TYPED.encode()), (0.3, "e", CONTENT.encode())]
    page = f"/sessions/{hoop.add_session({'labels': {'x': CONTENT}}, events)}"
    link = browser.get(f"/api{page}?extension=csv").json()["download_url"].rpartition("/")[2]
    secrets = {
        *(
            str(settings.HOOP_API_KEY),
            str(settings.SECRET_KEY),
            entry,
            token[:43],
            link,
            CONTENT,
            TYPED,
            QUERY,
        ),
        *(FORM, browser.cookies[local.COOKIE].value),
    }
    assert min(map(len, secrets)) > 10

    def visit(client: Client, path: str, **more: Any) -> int:
        answer = client.get(path, **more)
        if answer.streaming:
            answer.getvalue()
        return answer.status_code

    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.cookies = browser.cookies
    bearer = Client(headers={"Authorization": f"Bearer hvp_{token}"})
    statuses = {
        *(visit(browser, f"{page}{more}?q={QUERY}") for more in ("", "/log", "/search", "/nowhere")),
        *(visit(browser, path) for path in (f"/?connection={QUERY}&nonsense={QUERY}", f"/dl/{QUERY}")),
        *(visit(browser, path) for path in (f"/open/{entry}", f"/dl/{link}", f"/trail?person={QUERY}")),
        *(visit(bearer, f"/api{page}{more}") for more in ("?expand=event_stream", f"?events={QUERY}")),
        visit(Client(), "/", headers={"Authorization": f"Bearer hvp_{QUERY}", "Host": f"{QUERY}.example"}),
        visit(Client(), f"/api{page}", headers={"Authorization": f"Bearer hvp_{QUERY}"}),
        visit(Client(), "/", headers={"X-Forwarded-For": QUERY, "Referer": f"https://x/{QUERY}"}),
        strict.post(
            f"{page}/reveal?e=1", {"reason": FORM}, headers={"Origin": f"https://{QUERY}"}
        ).status_code,
        strict.post(f"/open/{entry}", {"x": FORM}).status_code,
        browser.post(f"{page}/reveal?e=1-3", {"reason": FORM}).status_code,
    }
    for fault in ("empty-500", "not-json", "truncated-json", "reset"):
        hoop.faults.set(fault)
        statuses.add(visit(browser, f"/sessions/{hoop.id_of('bash-ok')}?q={QUERY}"))
        hoop.faults.clear()
    with monkeypatch.context() as broken:
        broken.setattr(opening, "get_session", fail)
        failed = browser.get(f"{page}?q={QUERY}")
        assert failed.status_code == 500
        assert not [secret for secret in secrets if secret in failed.content.decode()]
    with monkeypatch.context() as broken:
        broken.setattr(log_files, "choose", fail)
        assert visit(browser, f"{page}/download?format=csv") == 500
    assert statuses >= {200, 400, 401, 403, 404, 422, 503}
    said = log.getvalue()
    assert "unhandled error" in said
    assert "opening.py" in said
    assert "ValueError" in said
    assert [secret for secret in secrets if secret in said] == []


def test_it_tells_where_an_error_came_from_without_its_words() -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(CONTENT) from error
    except RuntimeError as error:
        told = logs.trace((RuntimeError, error, error.__traceback__))
    assert told.index("in fail") < told.index("\nValueError\n") < told.index("RuntimeError")
    assert CONTENT not in told.replace("raise RuntimeError(CONTENT)", "")


def test_it_logs_what_ends_a_thread_in_the_same_form(
    log: io.StringIO, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    logs.catch_the_rest()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "thread failed" in log.getvalue()
    assert CONTENT not in log.getvalue() + capfd.readouterr().err


class Wire:
    """A connection that remembers what it was sent."""

    def __init__(self) -> None:
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data


def test_its_server_repeats_nothing_of_a_request(log: io.StringIO) -> None:
    from gunicorn.http import errors

    worker, wire = Worker.__new__(Worker), Wire()
    for error in (errors.InvalidHeader(QUERY), errors.InvalidRequestLine(QUERY), KeyError(CONTENT)):
        worker.handle_error(None, wire, ("10.0.0.1", 1), error)  # type: ignore[arg-type]  # sends only
    assert wire.sent == 2 * plain_answer(400, "Bad Request") + plain_answer(500, "Internal Server Error")
    assert "InvalidRequestLine" in log.getvalue()
    assert not [word for word in (QUERY, CONTENT) if word in log.getvalue() + wire.sent.decode()]
    assert status_of(errors.LimitRequestLine(1, 2))[0] == 414
    assert status_of(errors.InvalidResponseHeaderName(QUERY))[0] == 500


def test_its_values_show_no_secret() -> None:
    now = datetime.now(UTC)
    shown = (
        attempts.Attempt(QUERY, QUERY, QUERY, "/"),
        sign_ins.SignIn(identity_of(PEOPLE[0]), now, QUERY),
        TokensShape((), made=QUERY),
        Secret(QUERY),
    )
    assert [value for value in shown if QUERY in repr(value)] == []


def test_its_values_show_nothing_of_a_session(hoop: StandIn) -> None:
    kept = get_session(UUID(hoop.add_session({"labels": {"x": CONTENT}, "script": {"data": CONTENT}}, [])))
    assert kept.session.script == CONTENT
    shown = (kept, kept.session, Event(1, 0.1, "o", CONTENT.encode()))
    assert [
        value for value in (*shown, EventBatch([0.1], b"o", [CONTENT.encode()])) if CONTENT in repr(value)
    ] == []
