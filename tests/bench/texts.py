"""What shell and SQL sessions print, made up line by line: the same seed gives the same text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from uuid import UUID

#: In 43 of 50 shell events, and nowhere in the SQL log.
DENSE_PHRASE = "request_id="
DENSE_EVENTS, DENSE_OF = 43, 50
#: Of these, one in so many events of the shell log is an error, and one is typed.
ERROR_EVERY, TYPED_EVERY = 5_000, 250

HOSTS = ("web-1", "web-2", "worker-7", "db-primary", "bastion")
PEOPLE = ("deploy", "root", "postgres", "owen", "ada", "grace", "www-data")
PATHS = ("orders", "customers", "invoices", "health", "login", "exports", "search")
FIRST = ("Ada", "Grace", "Alan", "Barbara", "Edsger", "Frances", "Ken", "Radia", "Tony", "Margaret")
LAST = ("Lovelace", "Hopper", "Turing", "Liskov", "Dijkstra", "Allen", "Thompson", "Perlman", "Hamilton")


def shell_event(number: int, chance: Random) -> tuple[str, bytes]:
    """Kind and payload of one event of a shell: what a service logs, listings, commands."""
    if number % ERROR_EVERY == ERROR_EVERY - 1:
        return "e", f"cat: /var/log/app-{number}.log: No such file or directory\n".encode()
    if number % TYPED_EVERY == 1:
        return "i", f"journalctl -u api --since '{number % 60} min ago' | tail -n 40\n".encode()
    if number % DENSE_OF < DENSE_EVENTS:
        return "o", _request(number, chance).encode()
    return "o", _listing(number, chance).encode()


def sql_event(number: int, chance: Random) -> tuple[str, bytes]:
    """Kind and payload of one event of psql: rows of a table, tab by tab, and now and then a query."""
    if number % 500 == 0:
        return "i", f"SELECT * FROM orders WHERE id > {number} ORDER BY id LIMIT 1000;\n".encode()
    rows = []
    for row in range(2):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        rows.append(
            f"{number * 2 + row}\t{first} {last}\t{first.lower()}.{chance.randrange(1000)}@shop.example\t"
            f"{chance.randrange(100_000) / 100:.2f}\t{'paid' if chance.random() < 0.8 else 'open'}\t"
            f"2026-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d} {_clock(number)}+00\n"
        )
    return "o", "".join(rows).encode()


def write_log(path: Path, events: int, *, sql: bool = False) -> int:
    """A session with that many events, as hoop answers it, in a file; the size of its array."""
    make, chance, seconds = sql_event if sql else shell_event, Random(4), 0.0
    size = 0
    with path.open("wb") as file:
        file.write(ENVELOPE_HEAD)
        for start in range(0, events, 1000):
            parts = []
            for number in range(start, min(start + 1000, events)):
                kind, payload = make(number, chance)
                seconds = round(seconds + chance.expovariate(200), 9)
                parts.append(f'[{_number(seconds)},"{kind}","{base64.b64encode(payload).decode()}"]')
            text = (("[" if start == 0 else ",") + ",".join(parts)).encode()
            size += file.write(text)
        size += file.write(b"]" if events else b"[]")
        file.write(ENVELOPE_TAIL)
    return size


def elements(path: Path) -> Iterator[bytes]:
    """The array of such a file without its brackets, in chunks; for logs that repeat it."""
    left = path.stat().st_size - len(ENVELOPE_HEAD) - len(ENVELOPE_TAIL) - 2
    with path.open("rb") as file:
        file.seek(len(ENVELOPE_HEAD) + 1)
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def body(path: Path, *, session_id: UUID, times: int = 1) -> Iterator[bytes]:
    """A session's answer with the file's events, that many times over, in chunks as a socket gives."""
    yield _about(session_id, ENVELOPE_HEAD) + b"["
    for turn in range(times):
        if turn:
            yield b","
        yield from elements(path)
    yield b"]" + ENVELOPE_TAIL


def envelope(session_id: UUID) -> bytes:
    """The answer without its events, as the metadata request gives it."""
    return _about(session_id, ENVELOPE_HEAD + b"null" + ENVELOPE_TAIL)


def _about(session_id: UUID, text: bytes) -> bytes:
    return text.replace(SESSION_ID.encode(), str(session_id).encode())


def _request(number: int, chance: Random) -> str:
    level = "\x1b[33mWARN\x1b[0m" if chance.random() < 0.03 else "INFO"
    return (
        f"2026-11-23T{_clock(number)}.{chance.randrange(1000):03d}Z {level} {chance.choice(HOSTS)} "
        f"{DENSE_PHRASE}{chance.getrandbits(48):012x} "
        f"GET /api/{chance.choice(PATHS)}/{chance.randrange(100_000)} status={_status(chance)} "
        f"upstream=10.0.{chance.randrange(4)}.{chance.randrange(200)}:8080 "
        f"ms={chance.randrange(400)} bytes={chance.randrange(20_000)} user={chance.choice(PEOPLE)} "
        "cache=miss region=eu-west-1\r\n"
    )


def _listing(number: int, chance: Random) -> str:
    return "".join(
        f"-rw-r--r--  1 {chance.choice(PEOPLE):<8} {chance.choice(PEOPLE):<8} {chance.randrange(10**7):>9} "
        f"Nov {chance.randrange(1, 31):>2} {_clock(number)[:5]} "
        f"{chance.choice(PATHS)}-{number:06d}-{part}.csv\r\n"
        for part in range(2)
    )


def _status(chance: Random) -> int:
    return chance.choices((200, 204, 304, 404, 500), (88, 4, 4, 3, 1))[0]


def _clock(number: int) -> str:
    return f"{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}"


def _number(seconds: float) -> str:
    return repr(seconds).removesuffix(".0")


CHUNK_BYTES = 256 * 1024
SESSION_ID = "5b1f0c1e-0000-4000-8000-000000000004"
_ENVELOPE = {
    "id": SESSION_ID,
    "org_id": "5b1f0c1e-0000-4000-8000-000000000001",
    "script": {"data": "./replay --verbose\n"},
    "user": "owen@example.com",
    "user_id": "owen",
    "user_name": "Owen",
    "type": "custom",
    "connection": "bash-prod",
    "review": None,
    "verb": "exec",
    "status": "done",
    "exit_code": 0,
    "start_date": "2026-11-23T09:00:00Z",
    "end_date": "2026-11-23T10:00:00Z",
    "event_stream": [],
    "event_size": 0,
}
ENVELOPE_HEAD, ENVELOPE_TAIL = (
    part.encode() for part in json.dumps(_ENVELOPE, separators=(",", ":")).split("[]")
)
