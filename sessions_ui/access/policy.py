"""hoop's own rule of who may see a session, applied to the signed-in person.

The dashboard asks hoop with an auditor's key, so hoop cannot apply it for us. Pure: no
request, no database, no hoop.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessions_ui.access.people import SEES_ALL, Person
from sessions_ui.session import Session


@dataclass(frozen=True, slots=True)
class Rights:
    """``details``: the facts, the review, the script. ``stream``: the recording, and whatever
    is computed from it. ``why`` is a sentence for the person it is about."""

    details: bool
    stream: bool
    why: str
    reveal: bool = False


def rights(person: Person, session: Session) -> Rights:
    """What ``person`` may see of ``session``.

    Ownership is by hoop's id, byte for byte and never blank: an e-mail address can be given to
    somebody else, and ids that differ in case only are two people.
    """
    if person.role in SEES_ALL:
        return Rights(True, True, f"You see every session, as an {person.role}.", reveal=True)
    if person.id.strip() and person.id == session.user_id:
        return Rights(True, True, "This is your own session.")
    if asked := _groups_asked(session) & {group for group in person.groups if group.strip()}:
        return Rights(True, False, f"You see the details as a reviewer ({', '.join(sorted(asked))}).")
    return Rights(False, False, "This session is neither yours nor for one of your groups to review.")


def _groups_asked(session: Session) -> set[str]:
    return {group.group for group in session.review.groups if group.group} if session.review else set()
