"""Is the recording whole? The verdict in a person's words, and what no recording of its kind holds."""

from __future__ import annotations

from dataclasses import replace

from sessions_ui.pages.shapes import Answer, Tone
from sessions_ui.pages.words import listed, plural, size
from sessions_ui.session import Session
from sessions_ui.verdicts.completeness import Completeness, CompletenessVerdict

QUESTION = "Is the recording whole?"
ALL_STORED = "All that hoop stored"
NOT_SHOWN = "The recording is for its owner, auditors and admins; you see the details as a reviewer."
_ROLE = "hoop shows recordings to its admins and auditors, and the key of hoopviewer is neither's."


def completeness_answer(
    session: Session,
    verdict: CompletenessVerdict,
    may_see_stream: bool,
    trouble: str = "",
    odd_numbers: tuple[int, ...] = (),
) -> Answer:
    """``trouble``: why the recording could not be read, where it could not. ``odd_numbers``: the first of
    its odd events."""
    if not may_see_stream:
        return Answer("completeness", QUESTION, "none", "Not shown to you", NOT_SHOWN)
    if verdict.completeness == Completeness.NOT_READ and trouble:
        return Answer("completeness", QUESTION, "warn", "The recording could not be read", trouble)
    tone, headline, detail = _WORDS[verdict.completeness]
    detail = detail.format(
        figures=figures(verdict), stored=f"{verdict.stored_bytes:,}", sent=f"{verdict.sent_bytes:,}"
    )
    if tone == "good" and _lacks_results(session):
        # It holds what hoop stored, and that is not what happened.
        tone = "none"
    answer = Answer("completeness", QUESTION, tone, headline, detail, _cannot_contain(session, verdict))
    return _with_odd_events(_more(session, verdict, answer), verdict, odd_numbers)


def _more(session: Session, verdict: CompletenessVerdict, answer: Answer) -> Answer:
    """What the verdict's own words cannot say of every session."""
    detail = answer.detail
    match verdict.completeness:
        case Completeness.NEVER_RAN:
            headline = answer.headline
            if session.status != "done":
                headline, detail = "It has not run yet", "There is nothing to record so far."
            elif verdict.only_placeholder:
                detail = "Nothing was recorded: hoop holds only its own words “no log found on disk”."
            elif verdict.events:
                detail = f"{figures(verdict)}: what was asked for and hoop's own words, nothing that ran."
            return replace(answer, headline=headline, detail=detail, note="")
        case Completeness.NOT_RECORDED if not verdict.stream_seen:
            detail = "hoop holds no recording of it, and names none."
        case Completeness.CUT_AT_CAP if not verdict.fits:
            detail += f" So this is not even all that hoop kept:{_difference(verdict)}"
        case Completeness.TAIL_MAY_BE_LOST:
            detail += _difference(verdict)
        case Completeness.MAY_BE_CUT:
            full = plural(verdict.full_payloads, "payload has", "payloads have")
            detail += f" {full} exactly that." if verdict.full_payloads else " They were not counted here."
        case Completeness.CANNOT_BE_COMPARED if not verdict.stream_seen:
            silent = "hoop holds no recording of it, and no figures to compare"
            return replace(answer, detail=f"{silent}: whether one was made it does not say.")
        case Completeness.CANNOT_BE_COMPARED if session.subtype == "rdp":
            detail = f"{figures(verdict)}. Of a desktop hoop does not say whether it cut the recording."
        case _:
            return answer
    return replace(answer, detail=detail)


def _difference(verdict: CompletenessVerdict) -> str:
    more = verdict.stored_bytes - verdict.sent_bytes
    if verdict.stored_bytes == 0:
        return " hoop writes 0 when it was restarted before the end: up to 50 s may be lost."
    if more > 0:
        return f" {plural(more, 'byte is', 'bytes are')} not there."
    return " More was sent than it names, so its figure proves nothing."


def _with_odd_events(answer: Answer, verdict: CompletenessVerdict, numbers: tuple[int, ...]) -> Answer:
    count, total = verdict.odd_events, verdict.events
    if not count:
        return answer
    tone: Tone = "warn" if answer.tone == "good" else answer.tone
    odd = f" {plural(count, 'event')} not in the form hoop writes"
    if numbers:
        more = [f"{count - len(numbers):,} more"] if count > len(numbers) else []
        odd += f": {listed([*map(str, numbers), *more])}"
    headline = answer.headline
    if headline == ALL_STORED:
        # The one sentence is made of headlines, and this one alone would read as fine.
        headline = f"{ALL_STORED}, {count:,} of {plural(total, 'event')} malformed"
    return replace(answer, tone=tone, headline=headline, detail=f"{answer.detail}{odd}.")


_WORDS: dict[Completeness, tuple[Tone, str, str]] = {
    Completeness.NEVER_RAN: ("none", "It never ran", "There was nothing to record."),
    Completeness.STILL_WRITTEN: (
        "busy",
        "Still being written",
        "{figures} so far. hoop writes an open session's recording every 50 s.",
    ),
    Completeness.REFUSED: ("warn", "Refused to this credential", _ROLE),
    Completeness.NOT_READ: ("busy", "Being read from hoop", "The answer comes with its last event."),
    Completeness.ERASED: (
        "bad",
        "Erased at hoop after it was recorded",
        "hoop once stored {stored} bytes and now holds only the words “no log found on disk”. "
        "A session's owner or an admin can do that, and hoop keeps no trace of it.",
    ),
    Completeness.NOT_RECORDED: (
        "warn",
        "Not recorded",
        "In its place hoop holds only its own words “no log found on disk”.",
    ),
    Completeness.CUT_AT_CAP: (
        "warn",
        "Cut at hoop's cap",
        "hoop stops recording at 110 MiB (115 MB); what came after that is not recorded. "
        "Here are {figures}; {sent} of hoop's {stored} bytes of JSON.",
    ),
    Completeness.TAIL_MAY_BE_LOST: (
        "warn",
        "Its tail may be lost",
        "{figures}. hoop names {stored} bytes of JSON and sent {sent}.",
    ),
    Completeness.CHANGED: (
        "warn",
        "Changed at hoop after we first saw it",
        "{figures}; {sent} of hoop's {stored} bytes of JSON.",
    ),
    Completeness.MAY_BE_CUT: (
        "warn",
        "May be cut",
        "{figures}. hoop keeps 5,000 bytes of a payload here, and does not mark a cut.",
    ),
    Completeness.CANNOT_BE_COMPARED: (
        "none",
        "Cannot be compared",
        "{figures}. This gateway does not say whether it cut the recording.",
    ),
    Completeness.ALL_STORED: (
        "good",
        ALL_STORED,
        "{figures}; {sent} of hoop's {stored} bytes of JSON. Whether it stored everything, it does not say.",
    ),
}


def figures(verdict: CompletenessVerdict) -> str:
    besides = " besides hidden input" if verdict.input_hidden else ""
    return f"{plural(verdict.events, 'event')}, {size(verdict.payload_bytes)}{besides}"


_MIXED = "What a program printed as an error stands among its output: hoop records both as one."
_NO_RESULTS = "hoop records the statements of a native connection, and no results as a rule."
_WITHOUT_RESULTS = ("postgres", "mysql", "mssql", "mongodb", "oracledb")
_NO_RECORDING = (Completeness.NOT_RECORDED, Completeness.ERASED, Completeness.REFUSED)
#: What hoop records of a connection, by its subtype (transport/plugins/audit, its own proxies).
_NOT_IN = {
    "postgres": _NO_RESULTS,
    "mysql": _NO_RESULTS,
    "mssql": _NO_RESULTS,
    "mongodb": "hoop records the client's messages of a native connection, and no answers as a rule.",
    "oracledb": "hoop records pieces of readable text of 4 characters or more, and no results as a rule.",
    "ssh": "hoop records its own packets of both ways: output stands among their frames.",
    "rdp": "hoop records the pictures of the screen, never keys or clicks; pictures over 8 MiB are left out. "
    "hoopviewer lists the pictures and does not draw them; the JSON download holds them whole.",
    "tcp": "hoop records at most 5,000 bytes of each payload.",
    "httpproxy": "hoop records requests and answers as raw bytes; packed ones stay packed.",
}
_HTTP = ("httpproxy", "grafana", "kibana", "kubernetes", "kubernetes-token", "claude-code", "mcp")


def _cannot_contain(session: Session, verdict: CompletenessVerdict) -> str:
    """Empty where nothing is known to be missing from every recording of its kind, or there is none."""
    if verdict.completeness in _NO_RECORDING or not verdict.stream_seen:
        return ""
    if session.verb == "exec":
        return _MIXED
    kind = _kind(session)
    if verdict.output_events and kind in _WITHOUT_RESULTS:
        here = plural(verdict.output_events, "piece of output is", "pieces of output are")
        return f"hoop leaves out most results of a native connection; {here} in this recording."
    return _NOT_IN.get(kind) or (_MIXED if session.is_terminal else "")


def _kind(session: Session) -> str:
    kind = session.subtype.lower() or session.type
    if kind in _HTTP or session.type == "httpproxy":
        return "httpproxy"
    return session.type if kind not in _NOT_IN and session.type in _NOT_IN else kind


def _lacks_results(session: Session) -> bool:
    """Of a native connection hoop records what was asked, and no answers as a rule."""
    return session.verb != "exec" and _kind(session) in _WITHOUT_RESULTS
