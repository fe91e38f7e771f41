from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.fields import moment_of
from sessions_ui.gateway.wire import parse_person, parse_server, parse_session
from tests.recordings import CASES, recorded

ID = "6eb5980c-6213-4f06-8c9c-2e14418b74cf"
FIELDS = sorted(recorded("payroll-forced/session.json"))


def payload(**changes: Any) -> dict[str, Any]:
    return {"id": ID, "status": "done", **changes}


@pytest.mark.parametrize("case", CASES)
def test_it_reads_every_recorded_session(case: str) -> None:
    value = recorded(f"{case}/session.json")

    session = parse_session(value, asked=UUID(value["id"]))

    assert (session.id, session.org_id) == (value["id"], value["org_id"])
    assert session.script == value["script"]["data"]
    assert session.event_size == value["event_size"]
    assert session.exit_code == value["exit_code"]
    assert session.tags == (value["connection_tags"] or {})
    assert (session.review is None) is (value["review"] is None)
    assert (session.end_date is None) is (value["end_date"] is None)
    assert len(session.guardrails) == len(value["guardrails_info"] or [])
    assert session.extra == {}


def test_it_reads_list_rows_which_lack_what_the_detail_has() -> None:
    rows = recorded("list/newest.json")["data"]

    assert rows
    for row in rows:
        session = parse_session(row)
        assert (session.id, session.status, session.script) == (row["id"], row["status"], None)


def test_it_reads_a_review_with_all_that_is_in_it() -> None:
    review = parse_session(recorded("payroll-forced/session.json")).review
    window = parse_session(recorded("jit-window/session.json")).review
    approved = parse_session(recorded("jit-approved/session.json")).review
    rejected = parse_session(recorded("payroll-rejected/session.json")).review

    assert review
    assert window
    assert approved
    assert rejected
    assert [group.forced for group in review.groups].count(True) == 1
    assert sorted(group.status for group in review.groups) == ["APPROVED", "PENDING", "PENDING"]
    assert (review.type, review.min_approvals, review.rule_name) == ("onetime", 2, "payroll")
    assert approved.access_duration == timedelta(minutes=45)
    assert window.time_window is not None
    assert all(len(bound) == 5 for bound in window.time_window)
    assert rejected.rejection_reason


def test_it_reads_the_documented_example() -> None:
    value = recorded("document-example.json")

    session = parse_session(value, asked=UUID(value["id"]))

    assert session.id == value["id"].lower()
    assert session.tags == {"team": "banking;environment:prod"}
    assert session.review is not None
    assert session.review.expires_at is None
    assert session.review.min_approvals is None
    assert session.metrics is not None
    assert session.metrics.truncated is None
    assert session.script_size is None


def test_it_knows_what_is_open_finished_and_settled() -> None:
    waiting = {"status": "PENDING", "type": "onetime"}
    end = "2026-11-20T14:03:21.5Z"

    assert not parse_session(payload(status="open")).is_settled
    assert parse_session(payload()).is_settled
    assert not parse_session(payload()).is_finished
    assert parse_session(payload(end_date=end)).is_finished
    assert not parse_session(payload(end_date=end, review=waiting)).is_settled


def test_it_keeps_fields_of_newer_gateways_as_they_came() -> None:
    session = parse_session(payload(origin={"kind": ["cli"]}, status="hibernating"))

    assert session.extra == {"origin": {"kind": ["cli"]}}
    assert session.status == "hibernating"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"id": ID},
        {"status": "done"},
        {"id": ID, "status": None},
        {"id": ID, "status": 1},
        {"id": 5, "status": "done"},
        {"id": "session", "status": "done"},
        {"id": "", "status": "done"},
        {"message": "not found"},
    ],
)
def test_it_rejects_what_is_no_session(value: dict[str, Any]) -> None:
    with pytest.raises(GatewayGarbled):
        parse_session(value)


def test_it_rejects_the_answer_about_another_session() -> None:
    with pytest.raises(GatewayGarbled, match="asked for"):
        parse_session(payload(), asked=UUID(int=1))


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["", "2026-11-20T14:03:21.5Z", "0001-01-01T00:00:00+14:00", "PENDING", "i", "9999-12-31"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FIELDS, "rule", "data", "reviewed_by", "review_groups_data"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([name for name in FIELDS if name not in ("id", "status")]), anything))
def test_it_reads_any_shape_of_a_field_or_leaves_it_out(fields: dict[str, Any]) -> None:
    session = parse_session(payload(**fields))

    assert session.id == ID
    assert isinstance(session.user, str)
    assert session.exit_code is None or -(2**63) <= session.exit_code < 2**63


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T12:34:01Z", datetime(2026, 11, 23, 12, 34, 1, tzinfo=UTC)),
        ("2026-11-23T12:34:01.12Z", datetime(2026, 11, 23, 12, 34, 1, 120000, tzinfo=UTC)),
        ("2026-11-23T12:34:01.123456Z", datetime(2026, 11, 23, 12, 34, 1, 123456, tzinfo=UTC)),
        ("2026-11-23T12:34:01.123456789Z", datetime(2026, 11, 23, 12, 34, 1, 123456, tzinfo=UTC)),
        ("2026-11-23T14:34:01+02:00", datetime(2026, 11, 23, 12, 34, 1, tzinfo=UTC)),
        ("2026-11-23T12:34:01", datetime(2026, 11, 23, 12, 34, 1, tzinfo=UTC)),
        ("", None),
        (None, None),
        (0, None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-13-45T99:99:99Z", None),
    ],
)
def test_it_reads_dates(text: Any, moment: datetime | None) -> None:
    assert moment_of(text) == moment


def test_it_reads_people() -> None:
    person = parse_person(
        {"id": "1", "name": None, "email": "a@b", "role": "admin", "groups": ["x", 3, None]}
    )

    assert (person.id, person.name, person.role, person.groups) == ("1", "", "admin", ("x",))
    for value in ({}, {"id": ""}, {"id": None, "email": "a@b"}):
        with pytest.raises(GatewayGarbled):
            parse_person(value)


@pytest.mark.parametrize(
    ("value", "off"),
    [
        ({"disable_sessions_download": False, "disable_clipboard_copy_cut": False}, False),
        ({"disable_sessions_download": True, "disable_clipboard_copy_cut": True}, True),
        ({"disable_sessions_download": None, "disable_clipboard_copy_cut": "false"}, True),
        ({}, True),
    ],
)
def test_it_takes_a_switch_that_is_missing_for_on(value: dict[str, Any], off: bool) -> None:
    server = parse_server(value)

    assert (server.disable_download, server.disable_clipboard) == (off, off)
