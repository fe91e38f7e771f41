from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.db.models import F
from django.utils import timezone

from sessions_ui.archive.event_logs import EventLog, open_event_log
from sessions_ui.archive.kept import Kept
from sessions_ui.archive.leases import take_lease
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.listing import list_sessions
from sessions_ui.archive.sessions import find_kept, get_session
from sessions_ui.demo.standin import StandIn
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import (
    GatewayCoolingDown,
    GatewayError,
    GatewayForbidden,
    GatewayGarbled,
    GatewayNotFound,
    GatewayRefused,
    GatewaySlow,
    GatewayTooBig,
    GatewayUnreachable,
)
from sessions_ui.models import GatewayTroubleRecord, SessionRecord
from tests.waiting import LONG, impatient, wait_for

NULS = ("user", "user_id", "user_name", "type", "connection", "status", "verb", "org_id")


def of(hoop: StandIn, case: str) -> UUID:
    return UUID(hoop.id_of(case))


def age(seconds: float) -> None:
    """As if everything had been fetched that much earlier."""
    SessionRecord.objects.update(fetched_at=F("fetched_at") - timedelta(seconds=seconds))


def end_rest() -> None:
    """As if the cool-down had passed."""
    GatewayTroubleRecord.objects.update(cooling_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.database
def test_it_asks_once_and_then_answers_from_its_copy(hoop: StandIn) -> None:
    first = get_session(of(hoop, "bash-ok"))
    second = get_session(of(hoop, "bash-ok"))

    assert first == second
    assert (first.trouble, first.missing_since) == (None, None)
    assert first.session.script
    assert [seen.query for seen in hoop.requests()] == [""]


@pytest.mark.parametrize(
    ("case", "fresh", "stale"),
    [("bash-ok", 280, 320), ("payroll-pending", 2, 4), ("jit-abandoned", 2, 4), ("bash-running", 2, 4)],
)
def test_it_trusts_a_settled_session_longer_than_a_moving_one(
    hoop: StandIn, case: str, fresh: float, stale: float, time_machine: Any
) -> None:
    time_machine.move_to(timezone.now(), tick=False)
    get_session(of(hoop, case))
    age(fresh - 1)
    get_session(of(hoop, case))
    assert len(hoop.requests()) == 1

    age(stale - fresh)
    get_session(of(hoop, case))
    assert len(hoop.requests()) == 2


@pytest.mark.database
def test_it_keeps_the_bytes_as_they_came(hoop: StandIn) -> None:
    for case in ("bash-hostile", "payroll-forced", "rdp"):
        body = gateway_client().get_session(of(hoop, case)).body

        assert get_session(of(hoop, case)).envelope == body
        kept = find_kept(of(hoop, case))
        assert kept
        assert kept.envelope == body


@pytest.mark.database
def test_it_keeps_unknown_fields(hoop: StandIn) -> None:
    session_id = UUID(hoop.add_session({"origin": {"kind": ["cli", None]}, "status": "done"}))

    for _ in range(2):
        kept = get_session(session_id)
        assert kept.session.extra == {"origin": {"kind": ["cli", None]}}
        assert json.loads(kept.envelope)["origin"] == {"kind": ["cli", None]}


@pytest.mark.database
def test_it_keeps_text_that_databases_refuse(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {name: rf"{name}\u0000\ud800\udfffx\udc00" for name in NULS}
    session_id = UUID(hoop.add_session({"metadata": {"note": "\x00"}}))
    envelope = json.loads(gateway_client().get_session(session_id).body)
    body = json.dumps(envelope | {name: f"<{name}>" for name in NULS})
    for name, text in wanted.items():
        body = body.replace(f"<{name}>", text + "y" * 300)
    monkeypatch.setattr("sessions_ui.demo.standin.routes.Router.answer", _answering(body.encode()))

    kept = get_session(session_id)

    assert kept.envelope == body.encode()
    assert kept.session.user.startswith("user\x00\U000103ffx\ufffdy")
    assert kept.session.metadata == {"note": "\x00"}
    assert get_session(session_id).session == kept.session


def _answering(body: bytes) -> Callable[..., Any]:
    from sessions_ui.demo.standin.http_values import Answer

    return lambda self, request: Answer(200, body, "application/json")


@pytest.mark.database
def test_it_accepts_figures_at_the_ends_of_64_bits(hoop: StandIn) -> None:
    session_id = UUID(
        hoop.add_session({"exit_code": -(2**63), "event_size": 2**63 - 1, "script_size": 2**63})
    )

    session = get_session(session_id).session

    assert (session.exit_code, session.event_size, session.script_size) == (-(2**63), 2**63 - 1, None)


@pytest.mark.database
def test_it_never_stores_a_row_of_the_list(hoop: StandIn) -> None:
    everything = View(everything=True)
    assert len(list_sessions(everything, ListFilter(), None, limit=100).sessions) > 20
    assert not SessionRecord.objects.exists()

    kept = get_session(of(hoop, "payroll-forced"))
    list_sessions(everything, ListFilter(), None, limit=100)
    assert find_kept(of(hoop, "payroll-forced")) == kept


AWAY: list[tuple[str, dict[str, Any], type[GatewayError]]] = [
    ("refuse", {}, GatewayUnreachable),
    ("hang", {}, GatewaySlow),
    ("stall", {"after": 10}, GatewaySlow),
    ("empty-500", {}, GatewayUnreachable),
    ("429", {}, GatewayUnreachable),
    ("503", {"retry_after": 30}, GatewayUnreachable),
]
HERE: list[tuple[str, dict[str, Any], type[GatewayError]]] = [
    ("401", {}, GatewayRefused),
    ("403", {}, GatewayForbidden),
    ("html", {}, GatewayGarbled),
    ("empty-200", {}, GatewayGarbled),
    ("list", {}, GatewayGarbled),
    ("not-json", {}, GatewayGarbled),
    ("truncated-json", {}, GatewayGarbled),
    ("redirect", {}, GatewayGarbled),
    ("cut", {}, GatewayGarbled),
]


@pytest.mark.parametrize(("mode", "options", "kind"), AWAY, ids=[fault[0] for fault in AWAY])
def test_it_shows_a_stale_copy_while_hoop_is_away(
    hoop: StandIn, mode: str, options: dict[str, Any], kind: type[GatewayError], settings: Any
) -> None:
    first = get_session(of(hoop, "bash-ok"))
    age(600)
    hoop.faults.set(mode, **options)

    with impatient(settings, when=kind is GatewaySlow):
        kept = get_session(of(hoop, "bash-ok"))

    assert type(kept.trouble) is kind
    assert kept.trouble.since is not None
    assert kept.session == first.session
    assert first.fetched_at - kept.fetched_at == timedelta(seconds=600)
    with pytest.raises(GatewayCoolingDown):
        get_session(of(hoop, "bash-failed"))

    hoop.faults.clear()
    end_rest()
    assert get_session(of(hoop, "bash-ok")).trouble is None
    assert not GatewayTroubleRecord.objects.exists()


@pytest.mark.parametrize(("mode", "options", "kind"), HERE, ids=[fault[0] for fault in HERE])
def test_it_shows_no_copy_when_hoop_answers_and_refuses(
    hoop: StandIn, mode: str, options: dict[str, Any], kind: type[GatewayError]
) -> None:
    get_session(of(hoop, "bash-ok"))
    age(600)
    before = find_kept(of(hoop, "bash-ok"))
    hoop.faults.set(mode, **options)

    for case in ("bash-ok", "bash-failed"):
        with pytest.raises(GatewayError) as caught:
            get_session(of(hoop, case))
        assert type(caught.value) is kind

    # Nothing of it was stored, and hoop is not left alone for it.
    assert find_kept(of(hoop, "bash-ok")) == before
    assert find_kept(of(hoop, "bash-failed")) is None
    assert not GatewayTroubleRecord.objects.exists()


@pytest.mark.database
def test_it_rejects_the_answer_about_another_session(hoop: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    other = gateway_client().get_session(of(hoop, "bash-failed")).body
    monkeypatch.setattr("sessions_ui.demo.standin.routes.Router.answer", _answering(other))

    with pytest.raises(GatewayGarbled):
        get_session(of(hoop, "bash-ok"))
    assert not SessionRecord.objects.exists()


@pytest.mark.database
def test_it_leaves_hoop_alone_after_a_failure(hoop: StandIn) -> None:
    hoop.faults.set("503", retry_after=60)
    with pytest.raises(GatewayUnreachable) as first:
        get_session(of(hoop, "bash-ok"))
    asked = len(hoop.requests())
    with pytest.raises(GatewayCoolingDown) as second:
        get_session(of(hoop, "bash-ok"))

    assert len(hoop.requests()) == asked
    assert second.value.since == first.value.since
    assert second.value.until > timezone.now() + timedelta(seconds=50)
    end_rest()
    with pytest.raises(GatewayUnreachable) as third:
        get_session(of(hoop, "bash-ok"))
    assert third.value.since == first.value.since


@pytest.mark.database
def test_it_keeps_what_hoop_has_no_longer(hoop: StandIn) -> None:
    session_id = of(hoop, "bash-ok")
    held = hoop.session(str(session_id))
    first = get_session(session_id)
    hoop.state.remove(str(session_id))
    age(600)

    gone = get_session(session_id)
    age(60)
    again = get_session(session_id)

    assert gone.missing_since is not None
    assert again.missing_since == gone.missing_since
    assert (gone.session, gone.envelope) == (first.session, first.envelope)

    hoop.state.add(held)
    assert get_session(session_id).missing_since is None


@pytest.mark.database
def test_it_knows_of_nothing_where_hoop_has_nothing(hoop: StandIn) -> None:
    with pytest.raises(GatewayNotFound):
        get_session(UUID(int=7))
    assert find_kept(UUID(int=7)) is None


def test_it_leaves_out_a_script_that_is_too_large(hoop: StandIn) -> None:
    session_id = UUID(hoop.add_session({"script": {"data": "x" * 17_000_000}, "script_size": 17_000_000}))

    session = get_session(session_id).session

    assert not session.script
    assert session.script_size == 17_000_000


def test_it_refuses_an_envelope_that_is_too_large(hoop: StandIn) -> None:
    session_id = UUID(hoop.add_session({"metadata": {"note": "x" * 17_000_000}}))

    with pytest.raises(GatewayTooBig):
        get_session(session_id)


@pytest.mark.database
def test_it_keeps_gateways_apart(hoop: StandIn, settings: Any) -> None:
    get_session(of(hoop, "bash-ok"))
    settings.HOOP_API_URL = hoop.url.replace("127.0.0.1", "localhost")

    assert find_kept(of(hoop, "bash-ok")) is None
    get_session(of(hoop, "bash-ok"))
    assert len(hoop.requests()) == 2


@pytest.mark.database
def test_it_answers_from_the_newest_copy_of_two_organisations(hoop: StandIn) -> None:
    session_id = UUID(hoop.add_session({}))
    get_session(session_id)
    age(600)
    hoop.session(str(session_id)).envelope["org_id"] = "11111111-1111-1111-1111-111111111111"

    for _ in range(3):
        assert get_session(session_id).session.org_id == "11111111-1111-1111-1111-111111111111"
    assert SessionRecord.objects.count() == 2
    assert len(hoop.requests()) == 2


@pytest.mark.database
def test_it_asks_hoop_once_for_a_hundred_people(hoop: StandIn) -> None:
    session_id = of(hoop, "bash-ok")
    hoop.faults.set("drip", size=400, seconds=0.15)

    def visit(_: int) -> tuple[Kept, object]:
        try:
            kept = get_session(session_id)
            return kept, open_event_log(kept, wait_seconds=LONG)
        finally:
            connections.close_all()

    # A web process has fewer threads than its pool has connections: the ingest needs two.
    pool = connections["default"].settings_dict["OPTIONS"].get("pool")
    with ThreadPoolExecutor(pool["max_size"] - 4 if pool else 100) as visitors:
        seen = list(visitors.map(visit, range(100)))

    assert Counter(request.query for request in hoop.requests()) == {"": 1, "expand=event_stream": 1}
    assert len({kept.record_id for kept, _ in seen}) == 1
    assert all(isinstance(log, EventLog) for _, log in seen)


@pytest.mark.database
def test_it_gives_a_hundred_people_the_same_failure_of_one_call(hoop: StandIn, settings: Any) -> None:
    hoop.faults.set("hang")

    def visit(_: int) -> str:
        try:
            get_session(of(hoop, "bash-ok"))
        except GatewayError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return ""

    with impatient(settings), ThreadPoolExecutor(50) as visitors:
        seen = set(visitors.map(visit, range(50)))

    wait_for(hoop.requests)
    assert len(hoop.requests()) == 1
    assert "GatewaySlow" in seen
    assert seen <= {"GatewaySlow", "GatewayCoolingDown"}


@pytest.mark.database
def test_it_waits_for_the_process_that_is_asking_already(hoop: StandIn, settings: Any) -> None:
    """Another process holds the lease: its record is waited for, and its silence ends."""
    session_id = of(hoop, "bash-ok")
    stored = get_session(session_id)
    age(600)
    take_lease(f"session {session_id}", "another process", seconds=3600)

    def store() -> None:
        time.sleep(0.4)
        SessionRecord.objects.update(fetched_at=timezone.now())
        connections.close_all()

    with ThreadPoolExecutor(1) as other:
        other.submit(store)
        kept = get_session(session_id)

    assert kept.session == stored.session
    assert len(hoop.requests()) == 1

    age(600)
    settings.HOOPVIEWER_METADATA_SECONDS = -4.5
    late = get_session(session_id)
    assert type(late.trouble) is GatewaySlow
    assert len(hoop.requests()) == 1
