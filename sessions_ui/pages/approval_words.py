"""The facts of an approval in words: what was asked, how it came out, and what that rests on."""

from __future__ import annotations

from typing import Any

from sessions_ui.pages.shapes import ReviewFact, Tone
from sessions_ui.pages.words import MAX_NAME, duration, named, plural, shown
from sessions_ui.session import Reviewer
from sessions_ui.verdicts.approval import ApprovalFact, Basis, Outcome

LABELS = {
    "needed approvals reached": "Needed approvals reached",
    "different people": "By different people",
    "not the own request": "Decided by somebody else",
    "not forced": "Not forced",
    "approved before it ran": "Approved before it ran",
    "within the access given": "Within the time of access",
    "within the daily window": "Within the hours of the day",
    "not after rejection or revocation": "Not run after rejection or revocation",
    "what ran is what was approved": "What ran is what was approved",
    "no masking errors": "No masking errors",
}
#: A failure of these says that the approval was not what it looks like.
SERIOUS = frozenset(LABELS) - {
    "needed approvals reached",
    "different people",
    "not forced",
    "no masking errors",
}
#: Of a session without a review.
WHY_NONE = "hoop does not say whether none was needed, the person was exempt, or it was skipped."
#: The reason of a fact that is known, and not to this person.
NOT_SHOWN = "not shown"
_HIDDEN = "A later decision took the place of what was there in hoop's record."
_NUMBER = "hoop does not say how many are needed: without a rule the number lives on the connection."
#: For any fact, unless it has words of its own.
_COMMON = {
    "never ran": "It never ran.",
    NOT_SHOWN: "It rests on the recording, which is not shown to you.",
    "not read": "It rests on the recording, which is not here.",
    "run unknown": "Whether it ran cannot be known.",
    "hidden": _HIDDEN,
    "nobody approved": "Nobody has approved it.",
    "only forced": "It was forced: nobody has approved it without force.",
    "no clock": "hoop does not record when a session that waited began, and no end bounds it.",
    "not ended": "It has not ended, or hoop names no end.",
    "perhaps forced": "{approvals} of {needed}, but one may have been forced: a later change at hoop removes "
    "the mark.",
    "no moment": "hoop names no moment for it.",
    "number unknown": _NUMBER,
}
_WORDS: dict[str, dict[str, str]] = {
    "needed approvals reached": {
        "number unknown": "{approvals} given. " + _NUMBER,
        "status unknown": "hoop's word for the review is “{status}”.",
        "hidden": "{approvals} of {needed} can still be seen. " + _HIDDEN,
        "reached": "{approvals} of {needed}.",
        "too few": "{approvals} of {needed}.",
        "too few, and forced": "{approvals} of {needed}: a forced approval does not count.",
    },
    "different people": {
        "one needed": "One approval is needed.",
        "different": "{people}.",
        "unnamed": "hoop does not name everybody who approved.",
        "same person": "{people} gave {approvals} approvals.",
        "too few": "{people}: {approvals} of {needed} approvals.",
    },
    "not the own request": {
        "own": "Approved by {people}: among them is the id of the person who asked.",
        "no id": "hoop gives no id to compare.",
        "same e-mail": "By {people}: another id, but the same e-mail, or the same letters.",
        "others": "By {people}, whose id is not that of the person who asked.",
        "others, by force": "Forced by {people}, whose id is not that of the person who asked.",
    },
    "not forced": {
        "without force": "No approval is marked as forced, and {approvals} of {needed} were given.",
        "forced beside": "Forced by {people}, but {approvals} of {needed} were given without.",
        "forced": "Forced by {people}: {approvals} of {needed} were given without.",
        "forced, number unknown": "Forced by {people}; hoop does not say how many are needed.",
        "flag reset": "None is marked, but {approvals} of {needed} were given: a later change at hoop "
        "removes the mark.",
    },
    "approved before it ran": {
        "never approved": "It ran, and hoop's record has no approval.",
        "after": "Approved {seconds} after its first event.",
        "after, at least": "Approved at least {seconds} after its first event.",
        "before": "Approved {seconds} before its first event.",
        "before, between": "Approved {seconds} to {most} before its first event.",
        "used": "The clock cannot tell: its first event came between {early} before and {late} after the "
        "approval. But hoop runs a request after its approval only, and has marked this one as used.",
        "straddles": "The clock cannot tell: its first event came between {early} before and {late} after "
        "the approval.",
    },
    "within the access given": {
        "one-time": "The request is for one run, not for a time.",
        "no duration": "hoop names no duration, or no moment of approval.",
        "began before": "It began {seconds} before the approval, at the latest.",
        "began after": "It began {seconds} after the access had ended.",
        "ended after": "It ended {seconds} after the access had.",
        "begin unknown": "When exactly it began cannot be known.",
        "within": "It ended {used} after the approval, within the {duration} of access.",
        "full again": "It ended {seconds} after the planned end, within the {duration} that hoop gives "
        "each use of the approval.",
    },
    "within the daily window": {
        "no window": "The request names no hours of the day.",
        "window unreadable": "“{from}” to “{to}” are no hours of a day.",
        "outside": "Part of it lies outside {from} to {to} UTC.",
        "begin unknown": "When exactly it began cannot be known; allowed were {from} to {to} UTC.",
        "inside": "From begin to end between {from} and {to} UTC.",
    },
    "not after rejection or revocation": {
        "not stopped": "Neither rejected nor revoked.",
        "nothing ran": "Nothing ran.",
        "began after it": "It began {seconds} after that.",
        "ended before it": "It had ended {seconds} before.",
        "stayed open": "It stayed open for {seconds} more, and no work is recorded of that time.",
        "went on": "It went on for {seconds}.",
    },
    "what ran is what was approved": {
        "no script": "A connection: what is done in it is not known beforehand.",
        "not compared": "The script was not sent to compare it.",
        "same script": "The script that was sent is the approved one, byte for byte. Its environment and "
        "arguments cannot be known.",
        "another script": "What was sent is not the approved script.",
    },
    "no masking errors": {
        "errors": "Masking errors, {errors}: something may have stayed in clear.",
        "not counted": "hoop gives no figures.",
        "no errors": "hoop counted {errors}.",
    },
}


def fact_shape(fact: ApprovalFact, *, mild: bool, waiting: bool = False) -> ReviewFact:
    """``mild``: nothing ran, so that a fact that does not hold is news and no fault. ``waiting``: it is not
    decided yet, and may still come to hold."""
    outcome = "not shown to you" if fact.reason == NOT_SHOWN else fact.outcome.value
    if waiting and fact.outcome == Outcome.DOES_NOT_HOLD:
        outcome = "not yet"
    # Somebody else's force is no merit of an approval.
    praised = fact.outcome == Outcome.HOLDS and fact.reason != "others, by force"
    tone: Tone = "good" if praised else "none"
    if fact.outcome == Outcome.DOES_NOT_HOLD and not mild:
        tone = "bad" if fact.key in SERIOUS else "warn"
    words = {**_COMMON, **_WORDS[fact.key]}[fact.reason]
    told = {name: _told(value) for name, value in fact.values.items()}
    basis = "by the clock" if fact.basis == Basis.CLOCK else f"by {fact.basis.value}"
    decided = fact.outcome in (Outcome.HOLDS, Outcome.DOES_NOT_HOLD)
    detail = words.format(**told)
    if "worked_out_from" in told and decided:
        detail = f"{detail} The moment of the approval is {worked_out_words(fact.values['worked_out_from'])}."
    return ReviewFact(LABELS[fact.key], outcome, tone, detail, basis if decided else "")


def worked_out_words(access_seconds: float) -> str:
    return f"worked out from the end of the access less its {duration(access_seconds)}"


def _told(value: Any) -> str:
    if isinstance(value, float):
        return duration(value)
    if isinstance(value, tuple):
        return named([name_of(person) for person in value]) or "somebody unnamed"
    return shown(str(value), MAX_NAME)


def name_of(person: Reviewer) -> str:
    return shown(person.name or person.email or person.id or "somebody unnamed", MAX_NAME)


def failing(facts: tuple[ApprovalFact, ...]) -> tuple[ApprovalFact, ...]:
    """Those that do not hold and say something of the approval, the gravest first."""
    found = [
        fact for fact in facts if fact.outcome == Outcome.DOES_NOT_HOLD and fact.key != "no masking errors"
    ]
    return tuple(sorted(found, key=lambda fact: fact.key not in SERIOUS))


def needed_words(number: int) -> str:
    return f"{plural(number, 'approval')} needed"
