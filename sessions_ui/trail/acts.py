"""What people do here that is written down. The words are stored and hashed: none is ever renamed."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What was done. ``ENDED`` is the second row of another one: how it went."""

    SIGNED_IN = "signed-in"
    SIGN_IN_REFUSED = "sign-in-refused"
    SIGNED_OUT = "signed-out"
    LIST_READ = "list-read"
    SESSION_OPENED = "session-opened"
    #: Of a session whose approval covers another one, which was opened.
    APPROVAL_READ = "approval-read"
    LOG_READ = "log-read"
    SEARCHED = "searched"
    REVEALED = "revealed"
    DOWNLOADED = "downloaded"
    API_CALLED = "api-called"
    TOKEN_MADE = "token-made"
    TOKEN_USED = "token-used"
    TOKEN_ENDED = "token-ended"
    LINK_MADE = "link-made"
    LINK_USED = "link-used"
    EXPORTED = "exported"
    REFUSED = "refused"
    TRAIL_READ = "trail-read"
    PEOPLE_READ = "people-read"
    SETTINGS_CHANGED = "settings-changed"
    TRAIL_RETIRED = "trail-retired"
    PERSON_FORGOTTEN = "person-forgotten"
    HEARTBEAT = "heartbeat"
    ENDED = "ended"


class Outcome(StrEnum):
    """How it went. There is no word for what nobody could write down: that row is missing."""

    FINISHED = "finished"
    BROKEN_OFF = "broken off"


#: Answers that are made whole and then sent: pages and fragments that show something.
SENT_WHOLE = frozenset(
    {
        *(Act.LIST_READ, Act.SESSION_OPENED, Act.APPROVAL_READ, Act.LOG_READ, Act.SEARCHED, Act.REVEALED),
        *(Act.TRAIL_READ, Act.PEOPLE_READ),
    }
)
#: Answers that are sent while they are made.
SENT_IN_PARTS = frozenset({Act.DOWNLOADED, Act.API_CALLED, Act.LINK_USED, Act.EXPORTED})
#: What shows somebody something: a second row says how the sending went.
SENT = SENT_WHOLE | SENT_IN_PARTS
