"""The facts of a session: who, where, how, when."""

from __future__ import annotations

from datetime import datetime

from sessions_ui.pages.fact_values import MAX_TEXT, cut, tags_of
from sessions_ui.pages.order import last_event
from sessions_ui.pages.shapes import Fact, FactGroup, FactValue
from sessions_ui.pages.words import duration, kind_of, shown
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.clock import has_waited
from sessions_ui.verdicts.ending import Ending, judge_ending
from sessions_ui.verdicts.run import ABNORMAL, judge_run


def facts_of(session: Session, log: LogFacts | None, *, said_at: datetime | None = None) -> FactGroup:
    place = shown(session.connection or session.resource_name, MAX_TEXT)
    facts = [
        Fact("Person", _person(session)),
        Fact("Connection", (FactValue(place or "not named by hoop"),)),
        Fact("Kind", (FactValue(kind_of(session)),)),
    ]
    if session.resource_name and session.resource_name != session.connection:
        facts.append(Fact("Resource", (FactValue(cut(session.resource_name)),)))
    if session.tags:
        facts.append(Fact("Tags", tags_of(session.tags), chips=True))
    facts.append(Fact("How", (FactValue(_verb(session)),)))
    facts.append(Fact(_began(session, log), (_moment(session.start_date),)))
    facts.append(Fact("Ended", (_ended(session, log),)))
    if session.exit_code is not None:
        own = ", hoop's own: abnormal, blocked or disconnected" if session.exit_code == ABNORMAL else ""
        facts.append(Fact("Exit code", (FactValue(f"{session.exit_code}{own}"),)))
    seconds = session.open_seconds
    if seconds is not None:
        waited = ", waiting for approval included" if session.review else ""
        facts.append(Fact("Open for", (FactValue(duration(seconds) + waited),)))
    if log is not None and log.last_seconds is not None and log.events > 1:
        facts.append(Fact("Last event", (FactValue(last_event(session, log, log.last_seconds)),)))
    facts.append(Fact("Session", (FactValue(session.id, mono=True, copy=session.id),)))
    ids = (
        ("Machine identity", session.machine_identity_id),
        ("Batch", session.batch_id),
        ("Correlation", session.correlation_id),
    )
    for label, value in ids:
        if value:
            facts.append(Fact(label, (FactValue(cut(value), mono=True),)))
    if said_at is not None:
        facts.append(Fact("hoop said so", (FactValue(at=said_at),)))
    return FactGroup("facts", "Facts", tuple(facts))


def _began(session: Session, log: LogFacts | None) -> str:
    """What hoop's ``start_date`` is: of what waited, or never ran, the moment of the request."""
    ran = judge_run(session, log).ran
    if session.review is not None or ran is False or has_waited(session, log):
        return "Asked for"
    if ran is None and log is not None:
        return "Sent" if session.verb == "exec" else "Opened"
    return "Started"


def _person(session: Session) -> tuple[FactValue, ...]:
    name, email, user_id = cut(session.user_name), cut(session.user), cut(session.user_id)
    if session.identity_type == "machine":
        values = [FactValue(f"{name or user_id or 'unnamed'} (a machine)")]
    else:
        values = [FactValue(name)] if name else []
    if email and email != name:
        values.append(FactValue(email))
    if user_id and user_id not in (email, name):
        values.append(FactValue(user_id, mono=True))
    return tuple(values) or (FactValue("not named by hoop"),)


def _verb(session: Session) -> str:
    if session.verb == "exec":
        return "One script"
    if session.verb == "connect":
        return "A connection to work in"
    return cut(session.verb) or "not named by hoop"


def _moment(moment: datetime | None) -> FactValue:
    return FactValue(at=moment, exact=True) if moment else FactValue("not recorded by hoop")


def _ended(session: Session, log: LogFacts | None) -> FactValue:
    if session.end_date:
        return FactValue(at=session.end_date, exact=True)
    if session.status == "done":
        return FactValue("not recorded by hoop")
    ending = judge_ending(session, log).ending
    waits = ending == Ending.WAITING or (ending == Ending.READY and session.verb == "exec")
    return FactValue("not started" if waits else "still open")
