"""What a file of a log is to hold: one value, from whoever asks to whoever writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Form = Literal["text", "csv", "json", "ndjson", "asciicast"]
#: ``hoop``: a day and time without a fraction, as hoop's own downloads have it.
Times = Literal["off", "offset", "utc", "hoop"]
FORMS: tuple[Form, ...] = get_args(Form)
EXTENSIONS: dict[Form, str] = {
    "text": "txt",
    "csv": "csv",
    "json": "json",
    "ndjson": "ndjson",
    "asciicast": "cast",
}
#: What most people want of each: what was printed, all there is, what a terminal showed and was told.
USUAL_KINDS: dict[Form, str] = {
    "text": "oe",
    "csv": "ioex",
    "json": "ioex",
    "ndjson": "ioex",
    "asciicast": "ioe",
}


@dataclass(frozen=True, slots=True)
class FileOptions:
    """``kinds`` among ``i o e x``; events ``first`` to ``last`` (0: to the end). ``times`` before and a
    line end (``newline``) behind each event are the text's; ``guard``, against formulas, is CSV's."""

    form: Form = "text"
    kinds: str = "oe"
    first: int = 1
    last: int = 0
    times: Times = "off"
    newline: bool = False
    guard: bool = True

    @property
    def adds(self) -> bool:
        """Whether the text holds more than the events' own bytes."""
        return self.times != "off" or self.newline


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of its session. ``started_at`` is the instant of offset 0, None where it is not
    known; ``estimated``: it was worked out, so it stands in no event's own time. ``whole`` is the answer to
    "is the recording whole?", in words. ``masked``: typed input or credential headers are not shown, and
    then no hash covers the events. ``terminal``: its lines end as a terminal wants them. ``at_hoop``: this is
    what hoop sends now, not the recording that was kept."""

    session: str = ""
    connection: str = ""
    person: str = ""
    started_at: datetime | None = None
    estimated: bool = False
    whole: str = ""
    events_sha256: str = ""
    masked: bool = False
    terminal: bool = True
    at_hoop: bool = False

    @property
    def known_start(self) -> datetime | None:
        """An estimate would look exact in a column of times."""
        return None if self.estimated else self.started_at


@dataclass(frozen=True, slots=True)
class Chosen:
    """A run of chosen events as columns of equal length, each event whole; ``kinds`` holds an ASCII byte
    an event, and an odd event's payload is its JSON (see ``EventBatch``)."""

    numbers: Sequence[int]
    seconds: Sequence[float]
    kinds: bytes
    payloads: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.kinds)


def form_of_extension(extension: str) -> Form:
    """As hoop takes it: by the end of the word, and any other one is text.

    >>> form_of_extension("csv"), form_of_extension("x.json"), form_of_extension("log")
    ('csv', 'json', 'text')
    """
    if extension.endswith("json"):
        return "json"
    return "csv" if extension.endswith("csv") else "text"
