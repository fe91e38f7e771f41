"""Each fact of an approval with each outcome, and the traps of hoop's record one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.pages.approval_words import fact_shape
from sessions_ui.pages.reviews import review_shape
from sessions_ui.session import LogFacts, Review, Reviewer, ReviewGroup, Session
from sessions_ui.verdicts.approval import ApprovalFact, Basis, Outcome, approval_moment
from sessions_ui.verdicts.approval_facts import judge_facts
from sessions_ui.verdicts.run import judge_run
from tests.recorded_facts import log_of, read, session_of
from tests.recordings import CASES, FIXTURES

HOLDS, FAILS = Outcome.HOLDS, Outcome.DOES_NOT_HOLD
IDLE, UNKNOWN = Outcome.DOES_NOT_APPLY, Outcome.CANNOT_BE_KNOWN
NEEDED, PEOPLE, OWN = "needed approvals reached", "different people", "not the own request"
FORCED, BEFORE, ACCESS = "not forced", "approved before it ran", "within the access given"
WINDOW, AFTER = "within the daily window", "not after rejection or revocation"
SCRIPT, MASKING = "what ran is what was approved", "no masking errors"
RITA, RAJ = Reviewer("rita", "Rita", "rita@example.com"), Reviewer("raj", "Raj", "raj@example.com")

Change = Callable[[Session, LogFacts], tuple[Session, LogFacts | None]]


def judged(session: Session, log: LogFacts | None, **more: Any) -> dict[str, ApprovalFact]:
    facts = judge_facts(session, log, **more)
    for fact in facts:
        shape = fact_shape(fact, mild=False)
        # Every outcome has its words, and every value that they name.
        assert shape.detail.endswith(".")
        told = "not shown to you" if fact.reason == "not shown" else fact.outcome.value
        assert shape.outcome == told
    return {fact.key: fact for fact in facts}


def outcome(case: str, key: str, change: Change | None = None, **more: Any) -> tuple[Outcome, str]:
    session, log = session_of(case), log_of(case)
    told, facts = change(session, log) if change else (session, log)
    fact = judged(told, facts, **more)[key]
    return fact.outcome, fact.reason


def reviewed(**changes: Any) -> Change:
    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts]:
        assert session.review
        return replace(session, review=replace(session.review, **changes)), log

    return change


def approved_by(*people: Reviewer | None, forced: bool = False, **changes: Any) -> Change:
    at = datetime.fromisoformat("2026-11-23T12:00:00Z")
    groups = tuple(ReviewGroup(f"g{n}", "APPROVED", who, at, forced) for n, who in enumerate(people))
    return reviewed(groups=groups, **changes)


def both(*changes: Change) -> Change:
    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts | None]:
        told: LogFacts | None = log
        for one in changes:
            assert told
            session, told = one(session, told)
        return session, told

    return change


def session_with(**changes: Any) -> Change:
    return lambda session, log: (replace(session, **changes), log)


def log_with(**changes: Any) -> Change:
    return lambda session, log: (session, replace(log, **changes))


def approval_moved(seconds: float) -> Change:
    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts]:
        assert session.review
        assert session.review.expires_at
        moved = session.review.expires_at + timedelta(seconds=seconds)
        return reviewed(expires_at=moved)(session, log)  # type: ignore[return-value]  # it keeps its log

    return change


def started_later(seconds: float) -> Change:
    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts]:
        assert session.start_date
        return replace(session, start_date=session.start_date + timedelta(seconds=seconds)), log

    return change


def ended_later(seconds: float) -> Change:
    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts]:
        assert session.end_date
        end = session.end_date + timedelta(seconds=seconds)
        return replace(session, end_date=end), replace(log, end_date=end)

    return change


def stopped(status: str, *seconds: float | None) -> Change:
    """Revoked or rejected so many seconds after the first event of the terminal, by a group each."""

    def change(session: Session, log: LogFacts) -> tuple[Session, LogFacts]:
        first = judge_run(session, log).earliest
        assert first
        moments = [None if each is None else first + timedelta(seconds=each) for each in seconds]
        groups = tuple(ReviewGroup("dba", status, RITA, at, False) for at in moments)
        return reviewed(status=status, groups=groups)(session, log)  # type: ignore[return-value]

    return change


never_ran = log_with(typed_events=0, output_events=0, error_events=1, events=1)
unclear = log_with(events=0, typed_events=0, output_events=0, error_events=0, stream_seen=False)
masked = session_of("masked").metrics
assert masked
assert masked.masking
uncounted = replace(masked, masking=replace(masked.masking, errors=None))


def unmarked(session: Session, log: LogFacts) -> tuple[Session, LogFacts | None]:
    assert session.review
    groups = tuple(replace(group, forced=False) for group in session.review.groups)
    return reviewed(groups=groups, min_approvals=1)(session, log)


@pytest.mark.parametrize(
    ("key", "case", "change", "expected"),
    [
        # Needed approvals: forced ones do not count, and without a rule the number is not known.
        (NEEDED, "payroll-ran", None, (HOLDS, "reached")),
        (NEEDED, "payroll-forced", None, (FAILS, "too few, and forced")),
        (NEEDED, "payroll-pending", None, (FAILS, "too few")),
        (NEEDED, "payroll-ran", reviewed(min_approvals=None), (UNKNOWN, "number unknown")),
        (NEEDED, "payroll-ran", reviewed(min_approvals=0), (UNKNOWN, "number unknown")),
        (NEEDED, "payroll-ran", reviewed(status="SNOOZED"), (UNKNOWN, "status unknown")),
        # A revocation overwrites the approval in its group.
        (NEEDED, "jit-approved", None, (UNKNOWN, "hidden")),
        (NEEDED, "payroll-rejected", None, (FAILS, "too few")),
        # One person in two groups approves both at once.
        (PEOPLE, "payroll-ran", None, (HOLDS, "different")),
        (PEOPLE, "payroll-ran", approved_by(RITA, RITA), (FAILS, "same person")),
        (PEOPLE, "payroll-ran", approved_by(RITA, replace(RITA, id="")), (FAILS, "same person")),
        (PEOPLE, "payroll-ran", approved_by(RITA, replace(RITA, id="other")), (HOLDS, "different")),
        (PEOPLE, "payroll-ran", approved_by(RITA, None), (UNKNOWN, "unnamed")),
        (PEOPLE, "payroll-ran", approved_by(RITA, RAJ, min_approvals=3), (FAILS, "too few")),
        (PEOPLE, "payroll-ran", reviewed(min_approvals=None), (UNKNOWN, "number unknown")),
        (PEOPLE, "payroll-forced", None, (IDLE, "only forced")),
        (PEOPLE, "jit-window", None, (IDLE, "one needed")),
        (PEOPLE, "jit-approved", reviewed(min_approvals=2), (UNKNOWN, "hidden")),
        # Own approval: ids, byte for byte.
        (OWN, "payroll-ran", None, (HOLDS, "others")),
        (OWN, "payroll-forced", None, (HOLDS, "others, by force")),
        (OWN, "payroll-ran", session_with(user_id="raj@example.com"), (FAILS, "own")),
        (OWN, "payroll-forced", session_with(user_id="admin@example.com"), (FAILS, "own")),
        (OWN, "payroll-ran", session_with(user_id=" "), (UNKNOWN, "no id")),
        (OWN, "payroll-ran", approved_by(RITA, replace(RAJ, id="")), (UNKNOWN, "no id")),
        (OWN, "payroll-ran", session_with(user_id="RAJ@example.com"), (UNKNOWN, "same e-mail")),
        (OWN, "payroll-ran", session_with(user_id="7", user="raj@Example.com"), (UNKNOWN, "same e-mail")),
        (OWN, "jit-approved", None, (UNKNOWN, "hidden")),
        (OWN, "payroll-pending", None, (IDLE, "nobody approved")),
        # Forced: holds only where the others alone reach the number.
        (FORCED, "payroll-ran", None, (HOLDS, "without force")),
        (FORCED, "payroll-forced", None, (FAILS, "forced")),
        (FORCED, "payroll-forced", reviewed(min_approvals=None), (FAILS, "forced, number unknown")),
        (FORCED, "payroll-ran", reviewed(min_approvals=None), (UNKNOWN, "number unknown")),
        # A later update resets the flag: too few, and none marked.
        (FORCED, "payroll-ran", approved_by(RITA), (UNKNOWN, "flag reset")),
        (FORCED, "payroll-forced", unmarked, (UNKNOWN, "perhaps forced")),
        (NEEDED, "payroll-forced", unmarked, (UNKNOWN, "perhaps forced")),
        (FORCED, "jit-approved", None, (UNKNOWN, "hidden")),
        (FORCED, "payroll-pending", None, (IDLE, "nobody approved")),
        (FORCED, "payroll-rejected", None, (IDLE, "nobody approved")),
        # Approved before it ran.
        (BEFORE, "jit-window", None, (HOLDS, "before")),
        (BEFORE, "jit-approved", None, (HOLDS, "before")),
        (BEFORE, "jit-approved", approval_moved(1), (FAILS, "after, at least")),
        # An access that was asked for at its start and used later: the start is no first event.
        (BEFORE, "jit-window", started_later(-600), (UNKNOWN, "straddles")),
        (BEFORE, "jit-window", both(started_later(-600), log_with(end_date=None)), (UNKNOWN, "no clock")),
        (BEFORE, "payroll-ran", reviewed(type=""), (UNKNOWN, "straddles")),
        (BEFORE, "payroll-ran", None, (HOLDS, "used")),
        (BEFORE, "payroll-ran", reviewed(status="APPROVED"), (UNKNOWN, "straddles")),
        (BEFORE, "payroll-ran", approval_moved(1), (FAILS, "after, at least")),
        (BEFORE, "payroll-ran", started_later(0.3), (HOLDS, "before, between")),
        # The approving group's own date is later than the planned end says.
        (BEFORE, "payroll-ran", approval_moved(-1), (HOLDS, "used")),
        (BEFORE, "payroll-ran", log_with(end_date=None), (UNKNOWN, "no clock")),
        (BEFORE, "payroll-ran", reviewed(expires_at=None), (UNKNOWN, "no moment")),
        (BEFORE, "payroll-ran", reviewed(status="PENDING"), (FAILS, "never approved")),
        (BEFORE, "payroll-ran", reviewed(status="REJECTED", expires_at=None), (FAILS, "never approved")),
        (BEFORE, "jit-window", unclear, (UNKNOWN, "run unknown")),
        # A lone error is no run: hoop wrote it when it closed the request.
        (BEFORE, "jit-rejected", None, (IDLE, "never ran")),
        (BEFORE, "jit-abandoned", None, (IDLE, "never ran")),
        (BEFORE, "jit-window", both(never_ran, log_with(event_size=999)), (UNKNOWN, "run unknown")),
        (BEFORE, "jit-window", never_ran, (IDLE, "never ran")),
        # Started and ended within the access; each use gets its full duration again.
        (ACCESS, "payroll-ran", None, (IDLE, "one-time")),
        (ACCESS, "payroll-ran", reviewed(type="recurring"), (UNKNOWN, "no duration")),
        (ACCESS, "jit-window", started_later(-600), (UNKNOWN, "begin unknown")),
        (ACCESS, "jit-window", None, (HOLDS, "within")),
        (ACCESS, "jit-window", ended_later(2_699), (HOLDS, "within")),
        (ACCESS, "jit-window", both(approval_moved(-600), ended_later(2_699)), (HOLDS, "full again")),
        (ACCESS, "jit-window", ended_later(2_702), (FAILS, "ended after")),
        (ACCESS, "jit-window", approval_moved(-2_800), (FAILS, "began after")),
        (ACCESS, "jit-window", approval_moved(60), (FAILS, "began before")),
        (ACCESS, "jit-window", reviewed(access_duration=timedelta()), (UNKNOWN, "no duration")),
        (ACCESS, "jit-window", session_with(status="open"), (UNKNOWN, "not ended")),
        (
            ACCESS,
            "jit-window",
            both(session_with(verb="exec"), log_with(first_seconds=0.0), ended_later(60)),
            (UNKNOWN, "begin unknown"),
        ),
        (ACCESS, "jit-window", session_with(start_date=None), (UNKNOWN, "no clock")),
        (ACCESS, "jit-window", unclear, (UNKNOWN, "run unknown")),
        (ACCESS, "jit-rejected", None, (IDLE, "never ran")),
        # The hours of a day, in UTC; it ran from 12:43:06.2 to 12:43:06.5.
        (WINDOW, "jit-window", None, (HOLDS, "inside")),
        (WINDOW, "jit-window", reviewed(time_window=("22:00", "13:00")), (HOLDS, "inside")),
        (WINDOW, "jit-window", reviewed(time_window=("13:00", "12:00")), (FAILS, "outside")),
        (WINDOW, "jit-window", reviewed(time_window=("09:00", "12:43")), (FAILS, "outside")),
        (WINDOW, "jit-window", ended_later(86_400), (FAILS, "outside")),
        (WINDOW, "jit-window", reviewed(time_window=("soon", "later")), (UNKNOWN, "window unreadable")),
        (WINDOW, "jit-window", reviewed(time_window=("09:00", "09:00")), (UNKNOWN, "window unreadable")),
        (WINDOW, "jit-window", session_with(status="open"), (UNKNOWN, "not ended")),
        (WINDOW, "jit-window", session_with(start_date=None), (UNKNOWN, "no clock")),
        (WINDOW, "jit-window", unclear, (UNKNOWN, "run unknown")),
        (WINDOW, "payroll-ran", None, (IDLE, "no window")),
        (WINDOW, "payroll-pending", reviewed(time_window=("09:00", "23:30")), (IDLE, "never ran")),
        # Nothing after a rejection or revocation.
        (AFTER, "jit-window", None, (IDLE, "not stopped")),
        (AFTER, "jit-approved", None, (HOLDS, "ended before it")),
        (AFTER, "jit-rejected", None, (HOLDS, "nothing ran")),
        (AFTER, "payroll-rejected", None, (HOLDS, "nothing ran")),
        (AFTER, "jit-window", stopped("REVOKED", -1), (FAILS, "began after it")),
        (AFTER, "jit-window", stopped("REJECTED", -1), (FAILS, "began after it")),
        (AFTER, "jit-window", stopped("REVOKED", 0.001), (FAILS, "went on")),
        (AFTER, "jit-window", both(ended_later(9), stopped("REVOKED", 5)), (UNKNOWN, "stayed open")),
        (
            AFTER,
            "jit-window",
            both(stopped("REVOKED", 0.001), log_with(closing_text="killed")),
            (UNKNOWN, "stayed open"),
        ),
        (
            AFTER,
            "jit-window",
            both(session_with(status="open"), stopped("REVOKED", 5)),
            (UNKNOWN, "not ended"),
        ),
        (AFTER, "jit-window", stopped("REVOKED", None), (UNKNOWN, "no moment")),
        # Of two, the first counts; one without a date may have been that.
        (AFTER, "jit-window", stopped("REVOKED", 60, -1), (FAILS, "began after it")),
        (AFTER, "jit-window", stopped("REVOKED", 60, None), (UNKNOWN, "no moment")),
        (AFTER, "jit-approved", unclear, (UNKNOWN, "run unknown")),
        # Masking errors.
        (MASKING, "payroll-ran", None, (HOLDS, "no errors")),
        (MASKING, "payroll-ran", session_with(metrics=masked), (FAILS, "errors")),
        (MASKING, "payroll-ran", session_with(metrics=None), (UNKNOWN, "not counted")),
        (MASKING, "payroll-ran", session_with(metrics=uncounted), (UNKNOWN, "not counted")),
        (MASKING, "payroll-pending", None, (IDLE, "never ran")),
    ],
)
def test_it_judges_each_fact(
    key: str, case: str, change: Change | None, expected: tuple[Outcome, str]
) -> None:
    assert outcome(case, key, change) == expected


@pytest.mark.parametrize(
    ("case", "same", "change", "expected"),
    [
        ("payroll-ran", True, None, (HOLDS, "same script")),
        ("payroll-ran", False, None, (FAILS, "another script")),
        ("payroll-ran", None, None, (UNKNOWN, "not compared")),
        ("payroll-ran", None, unclear, (UNKNOWN, "run unknown")),
        ("payroll-pending", None, None, (IDLE, "never ran")),
        ("jit-window", None, None, (IDLE, "no script")),
    ],
)
def test_it_compares_what_ran_with_what_was_approved(
    case: str, same: bool | None, change: Change | None, expected: tuple[Outcome, str]
) -> None:
    assert outcome(case, SCRIPT, change, typed_is_script=same) == expected


def test_it_is_not_forced_where_the_others_alone_reach_the_number() -> None:
    groups = review_of("payroll-ran").groups + review_of("payroll-forced").groups
    assert outcome("payroll-ran", FORCED, reviewed(groups=groups)) == (HOLDS, "forced beside")


def test_it_takes_a_forced_rejection_for_no_approval() -> None:
    group = ReviewGroup("admin", "REJECTED", RITA, None, True)
    rejected = reviewed(groups=(group,), status="REJECTED", expires_at=None)
    assert outcome("payroll-rejected", FORCED, rejected) == (IDLE, "nobody approved")


def review_of(case: str) -> Review:
    review = session_of(case).review
    assert review
    return review


def test_it_names_what_the_times_and_what_the_status_decide() -> None:
    terminal, script = (judged(session_of(case), log_of(case)) for case in ("jit-window", "payroll-ran"))
    assert terminal[BEFORE].basis is Basis.CLOCK
    assert script[BEFORE].basis is Basis.STATUS
    assert terminal[BEFORE].values["seconds"] == pytest.approx(0.036, abs=0.001)
    assert script[BEFORE].values["early"] == pytest.approx(0.185, abs=0.01)
    assert script[BEFORE].values["late"] == pytest.approx(0.187, abs=0.01)


def test_it_gives_moments_within_a_millisecond_no_order() -> None:
    session, log = session_of("jit-window"), log_of("jit-window")
    moment, first = approval_moment(review_of("jit-window")), judge_run(session, log).earliest
    assert moment
    assert first
    gap = (first - moment).total_seconds()
    for off in (-0.0005, 0.0005):
        told = outcome("jit-window", BEFORE, approval_moved(gap + off))
        assert told == (UNKNOWN, "straddles")


def test_it_tells_a_reviewer_nothing_that_rests_on_the_recording() -> None:
    facts = judged(session_of("jit-window"), None, shown=False)
    assert {key: facts[key].reason for key in (BEFORE, ACCESS, WINDOW)} == dict.fromkeys(
        (BEFORE, ACCESS, WINDOW), "not shown"
    )
    assert judged(session_of("payroll-ran"), None, shown=False)[SCRIPT].reason == "not shown"
    assert judged(session_of("jit-approved"), None, shown=False)[AFTER].reason == "not shown"
    # That it never ran follows from its review alone.
    assert judged(session_of("jit-rejected"), None, shown=False)[BEFORE].reason == "never ran"
    assert judged(session_of("jit-window"), None)[BEFORE].reason == "not read"


def test_it_puts_what_does_not_hold_first() -> None:
    outcomes = [fact.outcome for fact in judge_facts(session_of("payroll-forced"), log_of("payroll-forced"))]
    assert outcomes == sorted(outcomes, key=[FAILS, UNKNOWN, HOLDS, IDLE].index)
    assert outcomes[0] is FAILS
    assert judge_facts(session_of("bash-ok"), log_of("bash-ok")) == ()


@pytest.mark.parametrize("case", [case for case in CASES if session_of(case).verb == "exec"])
def test_what_a_script_sent_is_the_script_in_every_recording(case: str) -> None:
    session = session_of(case)
    events, log = read((FIXTURES / case / "session.expand.json").read_bytes())
    typed = b"".join(event.payload for event in events if event.kind == "i")
    assert session.script is not None
    if log.typed_events:
        assert typed.decode() == session.script
    else:
        assert judge_run(session, log).ran in (False, None)


STATES = ["PENDING", "APPROVED", "REJECTED", "REVOKED", "PROCESSING", "EXECUTED", "UNKNOWN", "NEWER", ""]
MOMENTS = st.datetimes(
    min_value=datetime(2026, 11, 23, 12, 42),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(2026, 11, 23, 12, 44),  # noqa: DTZ001
    timezones=st.just(UTC),
)
PERSONS = st.sampled_from(
    [None, RITA, RAJ, replace(RITA, id=""), Reviewer("", "", ""), Reviewer("{0}", "{x}", "")]
)
GROUPS = st.builds(
    ReviewGroup,
    st.sampled_from(["dba", ""]),
    st.sampled_from(STATES),
    PERSONS,
    st.none() | MOMENTS,
    st.booleans(),
)
REVIEWS = st.builds(
    Review,
    id=st.just("r"),
    type=st.sampled_from(["jit", "onetime", ""]),
    status=st.sampled_from(STATES),
    created_at=st.none() | MOMENTS,
    expires_at=st.none() | MOMENTS,
    access_duration=st.sampled_from(
        [timedelta(), timedelta(seconds=1), timedelta(minutes=45), timedelta.max]
    ),
    groups=st.lists(GROUPS, max_size=3).map(tuple),
    min_approvals=st.none() | st.integers(-1, 3),
    rule_name=st.just("{rule}"),
    force_groups=st.just(()),
    time_window=st.sampled_from([None, ("09:00", "23:30"), ("{", "}"), ("23:00", "01:00")]),
    rejection_reason=st.just(""),
)


@given(
    review=REVIEWS,
    case=st.sampled_from(["jit-window", "payroll-ran", "payroll-rejected", "jit-rejected"]),
    status=st.sampled_from(["done", "open", "ready", "newer"]),
    user_id=st.sampled_from(["rita", "owen@example.com", ""]),
    read=st.booleans(),
)
def test_no_record_of_hoops_makes_a_fact_hold_without_its_ground(
    review: Review, case: str, status: str, user_id: str, read: bool
) -> None:
    session = session_of(case, review=review, status=status, user_id=user_id)
    log = log_of(case) if read else None
    facts, run = judged(session, log), judge_run(session, log)
    review_shape(session, log, tuple(facts.values()))
    held = {key for key, fact in facts.items() if fact.outcome is HOLDS}
    counted = [group for group in review.groups if group.status == "APPROVED" and not group.forced]
    if {NEEDED, FORCED} & held:
        assert review.min_approvals
        assert len(counted) >= review.min_approvals
    if PEOPLE in held:
        assert len({group.reviewed_by.name for group in counted if group.reviewed_by}) > 1
    if OWN in held:
        assert user_id
        assert all(group.reviewed_by and group.reviewed_by.id not in ("", user_id) for group in counted)
    if BEFORE in held and facts[BEFORE].basis is Basis.CLOCK:
        moment = approval_moment(review)
        assert moment
        assert run.earliest
        assert moment < run.earliest
    if {BEFORE, ACCESS, WINDOW, SCRIPT} & held:
        assert run.ran
    if AFTER in held:
        assert run.ran is False or run.ended
