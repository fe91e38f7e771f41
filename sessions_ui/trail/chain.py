"""Rows chained by hash, and the signed checkpoints over them. Pure: no Django, no clock, no key.

A row's hash is the SHA-256 of its fields but the hash, in their order below, as UTF-8 text with a
line feed between each two. ``docs/trail.md`` has a script that checks an export without this module.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

#: What the first row names as the hash before it.
BEGINNING = "0" * 64
#: A checkpoint is signed by the writer who passes one of these.
ROWS_A_CHECKPOINT = 1000
SECONDS_A_CHECKPOINT = 600
#: So many rows, at most, share a transaction: a checkpoint may come that much late.
ROWS_A_BATCH = 200
#: Machines that write one trail may differ by this; a clock that was set back further is noted.
CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Row:
    """``who`` is the key of an actor, blank for none; ``request`` the id of the request and ``page`` that
    of the page it belongs to; ``ends`` the number of the row whose outcome this one tells, or 0;
    ``about`` a JSON object in ASCII, or blank; ``previous`` the hash of the row before."""

    number: int
    at: str
    act: str
    who: str
    session: str
    request: str
    page: str
    ends: int
    about: str
    previous: str
    hash: str = ""

    def digest(self) -> str:
        """What ``hash`` must be. Raises ValueError for a field that holds a line feed: two different
        rows would have one text."""
        one = f"{self.number}\n{self.at}\n{self.act}\n{self.who}\n{self.session}\n{self.request}\n{self.page}"
        text = f"{one}\n{self.ends}\n{self.about}\n{self.previous}"
        if text.count("\n") != _BETWEEN:
            raise ValueError("a field of a trail row holds a line feed")
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def sealed(self) -> Row:
        return replace(self, hash=self.digest())


#: Line feeds between the fields that are hashed.
_BETWEEN = len(fields(Row)) - 2


def instant(at: datetime) -> str:
    """A moment as it is hashed and signed, in UTC with microseconds.

    >>> instant(datetime(2026, 11, 25, 18, 50, tzinfo=UTC))
    '2026-11-25T18:50:00.000000Z'
    """
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:26]}Z"


def moment(text: str) -> datetime:
    """The moment that ``instant`` wrote. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def as_text(values: Mapping[str, object]) -> str:
    """A JSON object on one line, in ASCII; blank for an empty one.

    >>> as_text({"text": "naïve", "events": [1, 200]})
    '{"text":"na\\\\u00efve","events":[1,200]}'
    """
    return json.dumps(values, separators=(",", ":")) if values else ""


def key_of(salt: str, facts: str) -> str:
    """The key of an actor: it binds the rows to this person and address, and tells nothing of them
    once the salt is gone (32 random bytes, in hexadecimal)."""
    return hashlib.sha256(f"{salt}\n{facts}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a checkpoint says: how many rows there are, the last one's number and hash, and the digest
    of the checkpoint before. All rows up to ``cut``, whose hash was ``cut_head``, were retired."""

    number: int
    at: str
    key: str
    rows: int
    last: int
    head: str
    cut: int
    cut_head: str
    previous: str

    def text(self) -> str:
        return as_text({field.name: getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``text`` is what was signed, byte for byte; ``signature`` is base64 of Ed25519's 64 bytes."""

    text: str
    signature: str

    def facts(self) -> Facts:
        """Raises ValueError when the text is none that ``Facts`` wrote."""
        try:
            found = Facts(**json.loads(self.text))
        except (TypeError, RecursionError) as error:
            raise ValueError("no checkpoint") from error
        if any(type(getattr(found, field.name)).__name__ != field.type for field in fields(found)):
            raise ValueError("no checkpoint")
        return found

    def digest(self) -> str:
        """What the next checkpoint names as its previous one."""
        return hashlib.sha256(f"{self.text}\n{self.signature}".encode()).hexdigest()

    def line(self) -> str:
        """As it is sent outside: one JSON object."""
        return as_text({"checkpoint": self.text, "signature": self.signature})


def read_line(line: str) -> Checkpoint:
    """The checkpoint that ``line`` wrote. Raises ValueError."""
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError("no checkpoint")
    text, signature = found.get("checkpoint"), found.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str):
        raise ValueError("no checkpoint")
    return Checkpoint(text, signature)


def is_due(rows_since: int, seconds_since: float | None) -> bool:
    """Whether the writer of the last row must sign: ``seconds_since`` None is the first of all, and a
    clock that was set back counts as passed."""
    if seconds_since is None or rows_since >= ROWS_A_CHECKPOINT:
        return True
    return not 0 <= seconds_since < SECONDS_A_CHECKPOINT
