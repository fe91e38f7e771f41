"""Bytes as they are stored: compressed."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3


def pack(data: bytes) -> bytes:
    return zstd.compress(data, LEVEL) if data else b""


def unpack(data: bytes | memoryview) -> bytes:
    """Raises ValueError when these are not bytes that ``pack`` made."""
    try:
        return zstd.decompress(data) if data else b""
    except zstd.ZstdError as error:
        raise ValueError("stored bytes are damaged") from error
