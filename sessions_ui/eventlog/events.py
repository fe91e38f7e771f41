"""One event of a recording, as every reader of a log sees it.

hoop's wire shape is ``[seconds, kind, base64]``; here the payload is decoded. An
event that does not have that shape (``ODD``) carries its own JSON, verbatim.
"""

from __future__ import annotations

from typing import NamedTuple

#: Kinds hoop writes: input, output, error; and the RDP recorder's handshake and bitmap.
KINDS = ("i", "o", "e", "h", "b")
ODD = "?"
#: A silence longer than this is told.
PAUSE_SECONDS = 30.0


class Event(NamedTuple):
    """A tuple, because logs have millions of them: it is made in a third of a frozen dataclass's time.

    ``number`` starts at 1 and is the position in hoop's stream; ``seconds`` since the
    recording was connected (0.0 for an odd event without a usable time). ``masked``: the payload
    stands for another one."""

    number: int
    seconds: float
    kind: str
    payload: bytes
    masked: bool = False

    def __repr__(self) -> str:
        return f"Event({self.number}, {self.kind})"
