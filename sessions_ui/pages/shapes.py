"""What the templates are given: plain values in a person's words, decided here, not there.

Every text is untrusted unless its type says ``SafeString``; templates escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.safestring import SafeString

#: good: fine and known to be. warn: look closer. bad: failed or wrong. busy: not settled
#: yet. none: says nothing either way (not known, does not apply).
Tone = Literal["good", "warn", "bad", "busy", "none"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the three questions at the top of a session page, answered. ``note``: what bounds the
    answer whatever it is (what a recording of this kind cannot contain)."""

    key: Literal["ending", "approval", "completeness"]
    question: str
    tone: Tone
    headline: str
    detail: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactValue:
    """One value of a fact. ``href`` is an http(s) address and ``host`` what to show of it;
    ``at`` is shown as absolute UTC plus relative, with milliseconds when ``exact``; ``mono`` asks for
    the fixed-width face; ``term`` is the left half of a chip (a tag's or label's name)."""

    text: str = ""
    term: str = ""
    href: str = ""
    host: str = ""
    at: datetime | None = None
    mono: bool = False
    copy: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of a fact list: a label and one or more values; ``chips`` shows them as tags."""

    label: str
    values: tuple[FactValue, ...]
    chips: bool = False


@dataclass(frozen=True, slots=True)
class FactGroup:
    """A titled list of facts (``Facts``, ``Metadata``, ``AI analysis`` …), left out when empty.

    ``tone`` and ``lead`` are for groups that carry a judgement (guardrail hits, AI risk)."""

    key: str
    title: str
    facts: tuple[Fact, ...]
    tone: Tone = "none"
    lead: str = ""
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of the review's story; with ``until`` it lies between the two."""

    tone: Tone
    text: str
    detail: str = ""
    at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewFact:
    """What an auditor asks of an approval: ``outcome`` holds, does not hold, does not apply, cannot be
    known, or not shown to this person; ``basis`` says whether the clock decided that or hoop's status."""

    label: str
    outcome: str
    tone: Tone
    detail: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class CoveringShape:
    """What is known of an approval that covers a session without one of its own. ``href`` leads to the
    session that asked for it."""

    tone: Tone
    headline: str
    detail: str
    steps: tuple[Step, ...] = ()
    href: str = ""
    link: str = ""
    retry_href: str = ""


@dataclass(frozen=True, slots=True)
class ReviewShape:
    """The review: its state in a word a person uses, its story in time, its facts (``idle_facts`` do not
    apply). ``poll_href`` asks again while it is undecided; ``covering_href`` looks for another approval
    where it has none."""

    tone: Tone
    state: str
    steps: tuple[Step, ...]
    note: str = ""
    facts: tuple[ReviewFact, ...] = ()
    idle_facts: tuple[ReviewFact, ...] = ()
    poll_href: str = ""
    covering_href: str = ""


@dataclass(frozen=True, slots=True)
class ScriptShape:
    """``code`` is highlighted and escaped; ``note`` says why it is plain, cut or missing."""

    code: SafeString
    size: str
    language: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PagerLink:
    """``href`` is a whole page, also asked for by htmx; empty when there is nothing there."""

    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Said above everything else: a stale copy and its time, hoop no longer has it, demo …"""

    tone: Tone
    text: str
    detail: str = ""
    at: datetime | None = None
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ProblemShape:
    """A page (or fragment) that says what happened, since when, and what to do."""

    status: int
    title: str
    happened: str
    advice: str
    since: datetime | None = None
    retry_href: str = ""
    request_id: str = ""
