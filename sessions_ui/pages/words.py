"""Figures and hoop's enums in a person's words. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from sessions_ui.eventlog.visible import pieces
from sessions_ui.session import LogFacts, Session
from sessions_ui.verdicts.ending import Ending, judge_ending
from sessions_ui.verdicts.run import judge_run, stopped_before_it_ran

#: A name longer than this is cut where it stands in a sentence.
MAX_NAME = 120
MAX_NAMES = 8


def plural(count: int, one: str, many: str = "") -> str:
    """
    >>> plural(1, "event"), plural(8412, "event")
    ('1 event', '8,412 events')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def shown(text: str, most: int = 200) -> str:
    r"""A text of hoop's, bounded, with whatever hides or turns text around made visible.

    >>> shown("Owen\u202egnp"), shown("a" * 300, 3)
    ('Owen⟨U+202E⟩gnp', 'aaa… (cut, 300 characters)')
    """
    cut = text[:most]
    if not cut.isascii() or not cut.isprintable():
        cut = "\n".join(
            "".join(plain or f"⟨{name or data}⟩" for plain, name, data in pieces(line))
            for line in cut.replace("\r\n", "\n").split("\n")
        )
    return cut if len(text) <= most else f"{cut}… (cut, {len(text):,} characters)"


def size(count: int) -> str:
    """
    >>> size(210), size(4219216), size(1)
    ('210 bytes', '4.2 MB', '1 byte')
    """
    if count < 1000:
        return plural(count, "byte")
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 99.5 else f"{value:.0f} {unit}"
    return f"{value / 1000:,.1f} TB"


def duration(seconds: float) -> str:
    """
    >>> duration(0.44), duration(1.34), duration(761), duration(2700), duration(7500), duration(200000)
    ('0.44 s', '1.3 s', '12 min 41 s', '45 min', '2 h 05 min', '2 d 7 h')
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if not hours:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    if not days:
        return f"{hours} h {minutes_left:02d} min" if minutes_left else f"{hours} h"
    return f"{days:,} d {hours_left} h" if hours_left else f"{days:,} d"


def instant(at: datetime, *, exact: bool = False) -> str:
    """A moment in a sentence, to the second or the millisecond.

    >>> instant(datetime(2026, 11, 5, 9, 4, 1, tzinfo=UTC), exact=True)
    '5 Nov 2026, 09:04:01.000 UTC'
    """
    at = at.astimezone(UTC)
    fraction = f".{at.microsecond // 1000:03}" if exact else ""
    return f"{at.day} {at:%b %Y, %H:%M:%S}{fraction} UTC"


def lasted(session: Session) -> str:
    """How long it was open; empty while it is, or where hoop does not say."""
    return "" if session.open_seconds is None else duration(session.open_seconds)


def offset(seconds: float) -> str:
    """
    >>> offset(0.0085959), offset(62.5), offset(3725.25)
    ('0.009 s', '1:02.500', '1:02:05.250')
    """
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:06.3f}" if hours else f"{minutes}:{rest:06.3f}"


def listed(names: list[str] | tuple[str, ...], *, last: str = "and") -> str:
    """
    >>> listed(["Rita", "Raj", "Ada"])
    'Rita, Raj and Ada'
    """
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + f" {last} " + names[-1]


def named(names: list[str]) -> str:
    """Names of hoop's in a sentence: a few of them, each bounded, and how many more."""
    few = [shown(name, MAX_NAME) for name in names[:MAX_NAMES]]
    more = len(names) - MAX_NAMES
    return listed([*few, f"{more:,} more"] if more > 0 else few)


def person_of(session: Session) -> str:
    """The person, or the machine, in the shortest form that names them."""
    name = shown(session.user_name or session.user or session.user_id or "Somebody unnamed", MAX_NAME)
    return f"{name} (a machine)" if session.identity_type == "machine" else name


def place_of(session: Session) -> str:
    return shown(session.connection or session.resource_name or "an unnamed connection", MAX_NAME)


_SUBTYPES = {
    "postgres": "Postgres",
    "mysql": "MySQL",
    "mssql": "SQL Server",
    "oracledb": "Oracle",
    "mongodb": "MongoDB",
    "rdp": "Remote desktop",
    "ssh": "SSH",
    "httpproxy": "HTTP",
    "grafana": "Grafana",
    "kibana": "Kibana",
    "tcp": "TCP",
}
_TYPES = {
    "command-line": "Command line",
    "custom": "Command line",
    "database": "Database",
    "application": "Application",
    "httpproxy": "HTTP",
    "tcp": "TCP",
    "postgres": "Postgres",
    "mysql": "MySQL",
    "mssql": "SQL Server",
}


def kind_of(session: Session) -> str:
    """What sort of connection it is; hoop's own word where we know no better one."""
    return (
        _SUBTYPES.get(session.subtype.lower())
        or shown(session.subtype, MAX_NAME)
        or _TYPES.get(session.type)
        or shown(session.type, MAX_NAME)
        or "Not named by hoop"
    )


def noun_of(session: Session) -> str:
    """What it is, whatever became of it: "script"."""
    if session.verb == "exec":
        return "runbook" if session.labels.get("runbookFile") else "script"
    if session.subtype == "rdp":
        return "desktop"
    terminal = session.is_terminal and session.subtype not in ("httpproxy", "grafana", "kibana", "mcp")
    return "terminal" if terminal else "connection"


_NEVER_BEGAN = (Ending.WAITING, Ending.READY, Ending.REJECTED, Ending.ABANDONED)


def deed_of(session: Session, log: LogFacts | None = None) -> str:
    """What was done, or asked for: "ran a script". ``log`` None: not read, or not to be shown."""
    ending, ran = judge_ending(session, log).ending, judge_run(session, log).ran
    what = noun_of(session)
    if session.verb == "exec":
        deed, done = f"run a {what}", f"ran a {what}"
    elif what == "connection":
        deed, done = "connect", "connected"
    else:
        deed, done = f"open a {what}", f"opened a {what}"
    # A session that hoop closed with nothing at all of it: that it ran, nothing says.
    empty = ending == Ending.CLOSED and not session.event_size
    unknown = ran is None and log is not None and ending in (Ending.ABNORMAL, Ending.CLOSED)
    if session.verb == "exec" and ending not in _NEVER_BEGAN and (empty or unknown):
        # Whether it ran cannot be known, and this says neither.
        return f"sent a {what}"
    if empty or ending in _NEVER_BEGAN:
        return f"asked to {deed}"
    stopped = ending == Ending.BLOCKED_BY_GUARDRAIL and stopped_before_it_ran(session)
    if stopped or ending == Ending.BLOCKED_BY_AI:
        return f"tried to {deed}"
    if session.verb == "exec" and ending == Ending.RUNNING:
        return f"{'started' if ran else 'sent'} a {what}"
    # So the answers below it say: it never ran, or whether it did cannot be known.
    return f"asked to {deed}" if ran is False or unknown else done


def title_of(session: Session, log: LogFacts | None = None) -> str:
    """The session in a sentence a person would say: "Owen ran a script on pg-payroll"."""
    deed = deed_of(session, log)
    joint = "to" if "connect" in deed or deed.startswith("sent") else "on"
    return f"{person_of(session)} {deed} {joint} {place_of(session)}"
