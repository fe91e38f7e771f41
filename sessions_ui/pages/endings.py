"""How a session ended, in a sentence and its grounds."""

from __future__ import annotations

from sessions_ui.pages.order import SILENCE, beyond_end
from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.pages.words import duration
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.changes import is_erased_since
from sessions_ui.verdicts.clock import recording_clock
from sessions_ui.verdicts.ending import Ending, judge_ending
from sessions_ui.verdicts.run import judge_run, stopped_before_it_ran

#: An open session without an event for longer (seconds) may have been left open.
LONG_SILENCE = 600
ENDED_BY_ITSELF = (Ending.SUCCEEDED, Ending.FAILED, Ending.ABNORMAL, Ending.KILLED, Ending.CLOSED)


def ending_answer(session: Session, log: LogFacts | None, *, other: LogFacts | None = None) -> Answer:
    """``other`` as in ``answers_of``."""
    verdict = judge_ending(session, log)
    tone, headline, detail = _ENDINGS[verdict.ending]
    ran = judge_run(session, log).ran
    if verdict.ending == Ending.BLOCKED_BY_AI and ran is None:
        detail = f"hoop's analysis of the script asked for that. {_UNEXPLAINED}"
    if verdict.ending == Ending.READY and session.verb != "exec":
        # hoop leaves an approved connection so while it is in use.
        headline, detail = "Approved; no use of it is recorded yet", _READY_CONNECTION
    if verdict.ending == Ending.BLOCKED_BY_GUARDRAIL:
        detail = _whether_it_ran(session, log)
    if verdict.ending == Ending.RUNNING and ran:
        detail = "hoop has recorded no end."
    if verdict.ending == Ending.OVERWRITTEN and is_erased_since(other, log) and other is not None:
        headline = "Overwritten at hoop"
        detail = (
            "The exit code 254 was written when the recording was erased at hoop; "
            f"our copy, read before, has {code_words(other.exit_code)}."
        )
    silence = silence_of(session, log)
    if verdict.ending == Ending.RUNNING and silence:
        headline = f"Still open, silent for {duration(silence)}"
        detail = f"It may have been left open. {detail}"
    beyond = beyond_end(session, log)
    if verdict.ending in ENDED_BY_ITSELF and beyond >= SILENCE:
        tone = "warn" if tone == "good" else tone
        detail = f"Its last event came {duration(beyond)} after the end that hoop names. {detail}"
    if verdict.ending == Ending.SUCCEEDED and ran is False:
        tone, detail = "none", "That is hoop's code; its record holds nothing that ran."
    if verdict.ending == Ending.FAILED:
        headline = f"Failed with exit code {verdict.exit_code}"
    if verdict.ending == Ending.FAILED and session.is_terminal:
        tone, headline = "none", f"Ended with exit code {verdict.exit_code}"
        detail = f"{detail} A terminal ends with the code of its last command."
    unclear = verdict.ending in (Ending.CLOSED, Ending.ABNORMAL) and log is not None
    if unclear and ran is None:
        detail = f"{detail} Whether it ran cannot be known."
    lasted = ""
    if verdict.seconds is not None and verdict.waited and verdict.ending in ENDED_BY_ITSELF:
        lasted = f"Open for {duration(verdict.seconds)}, waiting for approval included{_worked(log)}. "
    return Answer("ending", "How did it end?", tone, headline, (lasted + detail).strip())


def _worked(log: LogFacts | None) -> str:
    """Without the waiting: from its first event to its last."""
    if log is None or log.events < 2 or log.first_seconds is None or log.last_seconds is None:
        return ""
    return f"; its events span {duration(log.last_seconds - log.first_seconds)}"


def _whether_it_ran(session: Session, log: LogFacts | None) -> str:
    """A rule for what was sent stops a script before it runs; in all other cases hoop does not say."""
    if stopped_before_it_ran(session) and judge_run(session, log).ran is None:
        return f"A rule matched. {_UNEXPLAINED}"
    if stopped_before_it_ran(session):
        own = " What it printed is the block's own message." if log and log.output_events else ""
        return f"A rule matched what was sent, before it ran.{own}"
    return "A rule matched. How much of it ran before that cannot be known from hoop's record."


def silence_of(session: Session, log: LogFacts | None) -> float:
    """How long (seconds) an open session had been silent when its recording was last read: later is not
    known. 0 where that is nothing to speak of."""
    if log is None or session.status == "done":
        return 0.0
    last = recording_clock(session, log).at(log.last_seconds or 0.0)
    seconds = (log.read_at - last).total_seconds() if last else 0.0
    return seconds if seconds > LONG_SILENCE else 0.0


_UNEXPLAINED = "It ended well, or printed more than a block explains: whether it ran cannot be known."
_READY_SCRIPT = "Nothing has run yet. The approval is not used yet: it can still be run."
_READY_CONNECTION = (
    "It may be in use: hoop leaves an approved connection so, and records it every 50 s at best."
)
_ENDINGS: dict[Ending, tuple[Tone, str, str]] = {
    Ending.WAITING: ("busy", "Not started: waiting for approval", "Nothing has run yet."),
    Ending.READY: ("busy", "Approved and not yet run", _READY_SCRIPT),
    Ending.RUNNING: (
        "busy",
        "Still open",
        "hoop has recorded no end. It may be running, or its start failed: hoop then leaves it open.",
    ),
    Ending.REJECTED: ("bad", "Rejected", "The request was refused before anything ran."),
    Ending.ABANDONED: (
        "none",
        "Closed before anybody decided",
        "The request was given up or closed.",
    ),
    Ending.BLOCKED_BY_AI: (
        "bad",
        "Blocked by the AI analysis",
        "hoop's analysis of the script stopped it before it ran.",
    ),
    Ending.BLOCKED_BY_GUARDRAIL: (
        "bad",
        "Blocked by a guardrail",
        "A rule matched.",
    ),
    Ending.KILLED: (
        "bad",
        "Killed by hand",
        "It was ended while it ran. hoop does not say by whom: it writes “session killed by the user” in the "
        "log of every kill.",
    ),
    Ending.OVERWRITTEN: (
        "bad",
        "Not known any more",
        "The exit code 254 was written when the recording was erased at hoop; the real one is gone.",
    ),
    Ending.ABNORMAL: (
        "bad",
        "Ended abnormally",
        "Exit code 254 is hoop's own: an error, a block or a lost connection. hoop does not say which.",
    ),
    Ending.SUCCEEDED: ("good", "Finished with exit code 0", ""),
    Ending.FAILED: ("bad", "Failed", ""),
    Ending.CLOSED: (
        "none",
        "Closed without an exit code",
        "hoop recorded that it is done, and not how it ended.",
    ),
}


def changed_ending(session: Session, log: LogFacts | None, *, other: LogFacts | None = None) -> Answer | None:
    """hoop said one exit code when the recording was read, and says another now: a kill of a finished
    session writes 254 over the true one, and hoop keeps no trace of it. ``other`` as in ``answers_of``."""
    if log is None or log.status != "done" or session.status != "done" or log.exit_code == session.exit_code:
        return None
    later = "erased" if is_erased_since(log, other) else "changed"
    return Answer(
        "ending",
        "How did it end?",
        "bad",
        f"Ended with {code_words(log.exit_code)}, and was {later} at hoop later",
        f"hoop now says {code_words(session.exit_code)}; our copy was read before.",
    )


def code_words(exit_code: int | None) -> str:
    return "no exit code" if exit_code is None else f"exit code {exit_code}"
