"""A ZIP made as it is sent. Its directory comes last, so one that was cut off on its way does not open:
a part cannot be taken for the whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

Member = tuple[str, Iterable[bytes]]


class _Sink(io.RawIOBase):
    """What a ZipFile writes to when it cannot go back."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(self._held[-1])

    def taken(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def zip_stream(members: Iterable[Member], *, at: datetime) -> Iterator[bytes]:
    """Each member's bytes are taken when the one before is written, so that the last may say what the
    first held."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, chunks in members:
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in chunks:
                    member.write(chunk)
                    if data := sink.taken():
                        yield data
    yield sink.taken()
