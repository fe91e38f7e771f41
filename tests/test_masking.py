"""What was typed, and the values of credential headers, leave by no door; and nothing tells what they are."""

from __future__ import annotations

import ast
import base64
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sessions_ui import urls
from sessions_ui.archive import segments
from sessions_ui.archive.masking import Mask, Reveal
from sessions_ui.archive.reading import EventLog, Masked
from sessions_ui.archive.windows import Windows
from sessions_ui.demo.standin import StandIn
from sessions_ui.eventlog.masking import MASK, header_start, mask_headers, mask_odd
from tests.api_people import let_hoops_people_in, program
from tests.test_reading import stored

ROOT = Path(__file__).resolve().parent.parent
SECRET = b"s3cr3t-Pa55"
HTMX = {"HX-Request": "true"}
TERMINAL = {"verb": "connect", "type": "custom", "connection_subtype": ""}
DATES = {**TERMINAL, "start_date": "2026-11-20T14:03:21.5Z", "end_date": "2026-11-20T14:04:21.5Z"}
VIEWS = ["", "?e=57", "?e=56-58", "?e=57.1", "?e=1-76", "?from=50", "?before=60", "?at=57", "?rows=1&from=50"]
VIEWS += ["?view=raw", "?view=raw&e=57", "?view=screens", "?kinds=i", "?kinds=ix&view=raw", "?copy=hoop"]
FILES = [
    f"?format={form}&kinds={kinds}"
    for form in ("text", "csv", "json", "ndjson", "asciicast")
    for kinds in ("i", "ioex")
]
FILES += [
    "?format=text&kinds=i&newline=1",
    "?format=text&kinds=io&times=offset",
    "?format=json&first=57&last=57&kinds=i",
]
STREAMS = [
    f"?expand=event_stream{more}"
    for more in ("", "&event_stream=utf8&events=i", "&event_stream=base64&events=i")
]
STREAMS += ["?expand=event_stream,session_input", "?expand=event_stream&event_stream=raw-queries"]
STREAMS += [
    "?expand=event_stream&event_stream=utf8&events=i,o&event-time=1&new_line=1",
    "?blob-type=session_input",
]


#: Headers that are another's for each answer; ETags are keyed.
OWN = {"ETag", "X-Request-ID", "X-Fetched-At"}
#: What the doors that are known take. A session's page and the API's answer both end with the id.
ASKED = {"": [*VIEWS, *STREAMS], "/log": VIEWS, "/download": FILES, "/download/form": FILES}
ASKED |= {
    f"/{name}": ["", "?e=57"] for name in ("review", "related", "covering-approval", "search", "reveal")
}


def doors(session_id: str) -> list[str]:
    """Every address below a session that the program has, asked in every way."""
    paths = [str(pattern.pattern) for pattern in urls.urlpatterns if "session_id" in str(pattern.pattern)]
    assert len(paths) >= 7
    found = []
    for path in paths:
        # A door that is new here is asked in every way.
        queries = ASKED.get(path.rpartition(">")[2], [*VIEWS, *FILES, *STREAMS])
        found += [f"/{path.replace('<str:session_id>', session_id)}{query}" for query in queries]
    assert any(path.startswith("/api/") and "expand" in path for path in found)
    return found


def forms_of(secret: bytes) -> list[bytes]:
    """As it is, and as whatever shows bytes would show it."""
    found = [secret, secret.hex().encode(), secret.hex(" ").encode(), quote(secret).encode()]
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret + b"\0" * 3)
        found.append(text[4 if shift else 0 : 4 * ((shift + len(secret)) // 3)])
    return found


def answered(client: Client, address: str, **headers: str) -> Any:
    response = client.get(address, headers=headers)
    response.body = response.getvalue() if response.streaming else response.content
    return response


def test_a_password_is_found_by_no_door(hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("tty-shell")
    opened = 0
    for address in doors(session_id):
        for headers in ({}, HTMX):
            response = answered(operator, address, **headers)
            assert response.status_code < 500, address
            opened += response.status_code == 200
            seen = response.body + str(response.headers).encode()
            assert not [form for form in forms_of(SECRET) if form in seen], address
    assert opened > 80


def test_no_door_tells_one_password_from_another(hoop: StandIn, operator: Client, clock_stands: None) -> None:
    """Two sessions that differ in nothing but what was typed silently: all answers are the same."""

    def normal(session_id: str, response: Any) -> bytes:
        body = response.body.replace(session_id.encode(), b"ID").replace(session_id[:8].encode(), b"I8")
        # Who looked when is another thing, and differs.
        body = re.sub(rb'<section class="panel" id="seen".*?</section>', b"", body, flags=re.DOTALL)
        body = re.sub(rb"hoop said so.*?</time>.*?</dd>", b"", body, flags=re.DOTALL)
        body = re.sub(rb"k[0-9a-f]{4}\.[0-9a-f]{16,64}", b"KEYED", body)
        body = re.sub(rb'(value="|Token.{0,20}")[A-Za-z0-9]{64}"', b"CSRF", body)
        return re.sub(rb'Hoopviewer-Page[^}]*|"request_id[^}]*', b"PAGE", body)

    def made(password: bytes) -> str:
        events = [(0.1, "o", b"Password: "), *((1.0, "i", password[n : n + 1]) for n in range(len(password)))]
        events += [
            (2.0, "i", b"\r"),
            (2.1, "o", b"\r\nok\r\n"),
            (3.0, "i", b"x" + password),
            (4.0, "e", b"end"),
        ]
        return hoop.add_session(DATES, events)

    one, other = made(b"hunter2"), made(b"ABCDEFG")
    for first, second in zip(doors(one), doors(other), strict=True):
        if "/related" in first:
            # Each of the two is related to the other.
            continue
        answers = [answered(operator, first), answered(operator, second)]
        assert answers[0].status_code == answers[1].status_code
        heads = [
            {name: text.replace(session_id, "ID") for name, text in answer.items() if name not in OWN}
            for session_id, answer in zip((one, other), answers, strict=True)
        ]
        assert heads[0] == heads[1], first
        # A refusal names the request.
        assert answers[0].status_code >= 400 or normal(one, answers[0]) == normal(other, answers[1]), first


def test_it_tells_nothing_of_how_long_it_is(hoop: StandIn, operator: Client) -> None:
    def parts(password: bytes) -> list[Any]:
        events = [(0.1, "o", b"Password: "), (1.0, "i", password), (2.1, "o", b"\r\nok\r\n")]
        session_id = hoop.add_session(DATES, events)
        page = answered(operator, f"/sessions/{session_id}/log?e=2", **HTMX).body.decode()
        files = [answered(operator, f"/sessions/{session_id}/download{query}").body for query in FILES]
        stream = answered(operator, f"/api/sessions/{session_id}{STREAMS[0]}").body
        shown = re.findall(r'<li class="row.*?</li>', page, re.DOTALL)
        summary = re.findall(r"log-sum\">(.*?)<", page)
        stream = re.search(rb'"event_stream":\[.*?\]\]', stream)[0]  # type: ignore[index]
        return [part.replace(session_id.encode(), b"") for part in files] + [
            [row.replace(session_id, "") for row in shown], summary, stream
        ]  # fmt: skip

    assert parts(b"a\r") == parts(b"correct horse battery staple\r")


@pytest.mark.parametrize("more", ["", "&regex=1", "&case=1", "&lane=typed", "&lane=both"])
def test_a_search_cannot_try_it_out(hoop: StandIn, operator: Client, more: str) -> None:
    def found(text: str) -> tuple[int, str]:
        pages = [f"/sessions/{hoop.id_of('tty-shell')}/{door}?q={text}{more}" for door in ("search", "log")]
        answers = [answered(operator, page, **HTMX) for page in pages]
        return answers[0].status_code, "".join(answer.body.decode() for answer in answers).replace(
            text, "TEXT"
        )

    assert found("s3cr3t") == found("nobody")
    page = answered(operator, f"/sessions/{hoop.id_of('tty-shell')}/search?q=hoss&lane=typed").body.decode()
    assert "What was typed in this session is hidden, so it is not searched." in page
    # What was echoed is output, and found.
    page = answered(operator, f"/sessions/{hoop.id_of('tty-shell')}/search?q=ls+-la").body.decode()
    assert "1 hit" in page
    assert "was not searched" in page


@pytest.mark.parametrize(
    ("case", "query", "said"),
    [
        ("tty-shell", "?format=json", "What was typed is hidden"),
        ("tty-shell", "?format=text", None),
        ("http-proxy", "?format=text", "Values of credential headers are stars"),
        ("bash-ok", "?format=json", None),
    ],
)
def test_a_download_says_what_it_will_hide(
    hoop: StandIn, operator: Client, case: str, query: str, said: str | None
) -> None:
    page = answered(operator, f"/sessions/{hoop.id_of(case)}/download/form{query}").body.decode()
    for words in ("What was typed is hidden", "Values of credential headers are stars"):
        assert (words in page) == (words == said)


def test_what_is_no_terminal_is_not_masked(hoop: StandIn, operator: Client) -> None:
    for case, text in (("bash-ok", "echo"), ("pg-native", "SELECT")):
        assert text in answered(operator, f"/sessions/{hoop.id_of(case)}/log").body.decode()
        assert (
            MASK not in answered(operator, f"/sessions/{hoop.id_of(case)}/download?format=csv&kinds=i").body
        )


def test_an_odd_event_may_be_typed_as_well(hoop: StandIn, operator: Client) -> None:
    odd = [
        [1.5, "i", "czNjcjN0LVBhNTU"],
        ["2", "i", "czNjcjN0LVBhNTU="],
        [3, "s3cr3t-Pa55"],
        {"i": "s3cr3t-Pa55"},
    ]
    session_id = hoop.add_session(TERMINAL, [(0.1, "o", b"x"), *odd, [4, "o"]])
    for address in doors(session_id):
        body = answered(operator, address).body
        assert not [form for form in (*forms_of(SECRET), b"czNjcjN0LVBhNTU") if form in body], address
    assert b'[4,"o"]' in answered(operator, f"/api/sessions/{session_id}{STREAMS[0]}").body


def test_a_token_with_the_right_to_see_input_sees_it(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    let_hoops_people_in(monkeypatch)
    address = f"/api/sessions/{hoop.id_of('tty-shell')}{STREAMS[0]}"
    sight = {
        (email, may): base64.b64encode(SECRET + b"\r")
        in answered(program(email, may_see_input=may), address).body
        for email in ("audrey@example.com", "owen@example.com")
        for may in (True, False)
    }
    # Owen owns the session, and what he typed may be somebody else's secret all the same.
    assert sight == {
        ("audrey@example.com", True): True,
        ("audrey@example.com", False): False,
        ("owen@example.com", True): False,
        ("owen@example.com", False): False,
    }


@pytest.mark.parametrize("extension", ["txt", "csv", "json"])
def test_a_link_to_a_file_gives_what_its_maker_may_see(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None, extension: str
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"
    let_hoops_people_in(monkeypatch)
    address = f"/api/sessions/{hoop.id_of('tty-shell')}?extension={extension}&events=i,o"
    for email, may, sees in (("audrey", True, True), ("audrey", False, False), ("owen", True, False)):
        client = program(f"{email}@example.com", may_see_input=may)
        made = answered(client, address)
        file = answered(client, "/dl/" + json.loads(made.body)["download_url"].rpartition("/")[2])
        assert file.status_code == 200
        assert (SECRET in file.body) == sees, (email, may)


HEADS = [
    b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic czNjcjN0LVBhNTU=\r\nAccept: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nset-cookie: sid=s3cr3t-Pa55; Path=/\r\n Domain=s3cr3t-Pa55\r\n"
    b"Content-Length: 2\r\n\r\nok",
    b"POST / HTTP/1.1\r\nX-API-Key:s3cr3t-Pa55\r\nCookie:\r\n\ta=s3cr3t-Pa55\r\n\r\n"
    b'{"headers":{"authorization":["s3cr3t-Pa55"]}}',
    b"GET /?q=1 HTTP/1.1\r\nProxy-Authorization :  Bearer s3cr3t-Pa55\r\nX-Other: shown\r\n\r\n",
]


def test_credential_headers_are_masked_by_every_door(hoop: StandIn, operator: Client) -> None:
    events = [(n / 10, "oi"[n % 2], head) for n, head in enumerate(HEADS, 1)]
    session_id = hoop.add_session({"verb": "connect", "type": "httpproxy"}, events)
    for address in doors(session_id):
        body = answered(operator, address).body
        assert not [form for form in (*forms_of(SECRET), b"czNjcjN0LVBhNTU") if form in body], address
    text = answered(operator, f"/sessions/{session_id}/download?format=text&kinds=io").body
    for shown in (
        b"Host: a",
        b"Content-Length: 2",
        b"X-Other: shown",
        b"Authorization: ****",
        b"set-cookie: ***",
    ):
        assert shown in text
    assert len(text) == sum(map(len, HEADS))


@given(cuts=st.lists(st.integers(0, sum(map(len, HEADS))), max_size=12), size=st.sampled_from([1, 2, 3, 100]))
def test_headers_are_masked_however_they_are_cut(db: None, cuts: list[int], size: int) -> None:
    whole = b"".join(HEADS)
    borders = sorted({0, *cuts, len(whole)})
    pieces = [whole[start:end] for start, end in pairwise(borders)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SEGMENT_ROWS", size)
        record = stored([("o", piece) for piece in pieces]).record
    log = EventLog(record, Mask(headers=True))
    expected = mask_headers(whole)
    assert SECRET not in expected
    assert b"".join(log.printed()) == expected
    assert b"".join(event.payload for event in log.read_from(1)) == expected
    back = b"".join(event.payload for event in reversed(list(log.read_before(log.events + 1))))
    assert back == expected
    assert b"".join(event.payload for event in log.revealed(Reveal()).read_from(1)) == whole


@pytest.mark.parametrize(
    ("data", "masked"),
    [
        (b"cookie: a", b"cookie: *"),
        (b"  COOKIE : a b\nx: y", b"  COOKIE : ***\nx: y"),
        (b"my-cookie: a\nx cookie: b\ncookies: c", None),
        (b"X-Api-Key:a\r\n\r\n b", b"X-Api-Key:*\r\n\r\n b"),
        (b'{"a":"b", "X-Api-Key" : "a\\"b", "c":"d"}', b'{"a":"b", "X-Api-Key" : "****", "c":"d"}'),
        (b'{"set-cookie":["a","b"],"c":1}', b'{"set-cookie":[*******],"c":1}'),
        (b'"cookie" is a word; cookie', None),
        (b"x" * 100 + b"\n" + b" " * 100 + b"cookie: a", None),
    ],
)
def test_it_masks_values_of_credentials_alone(data: bytes, masked: bytes | None) -> None:
    assert mask_headers(data) == (data if masked is None else masked)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_a_mask_of_headers_changes_no_length_and_no_line(before: bytes, data: bytes) -> None:
    masked = mask_headers(data, before)
    assert len(masked) == len(data)
    assert [at for at, byte in enumerate(data) if byte == 10] == [
        at for at, byte in enumerate(masked) if byte == 10
    ]
    start = header_start(before + data)
    assert -1 <= start <= len(before + data)
    assert header_start(b"\n" * 100_000) == 99_999


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4))
)
def test_a_masked_odd_event_is_json_of_the_same_length(value: Any) -> None:
    raw = json.dumps(value).encode()
    masked = mask_odd(raw)
    assert len(masked) == len(raw)
    json.loads(masked)


payloads = st.sampled_from(
    [b"l", b"s", b"\r", b"ls\r", b"ls\r\n", b"\x1b[A", b"x\n", b"$ ", b"\x7f", b"\x08\x1b[K"]
)


@given(st.lists(st.tuples(st.sampled_from("iiooe?"), payloads), max_size=40), st.booleans())
def test_a_window_loses_nothing_printed_and_shows_nothing_typed(
    db: None, rows: list[tuple[str, bytes]], keyboard: bool
) -> None:
    marked = [(kind, b"TYPED" + data if kind == "i" and data == b"ls\r" else data) for kind, data in rows]
    log = EventLog(stored(marked).record, Mask(typed=True))
    made = Windows(log, keyboard=keyboard)
    window = made.first()
    shown = b"".join(row.event.payload for row in window.rows if row.event.kind in "oe")
    assert shown == b"".join(data for kind, data in marked if kind in "oe")
    assert not any(b"TYPED" in row.event.payload for row in window.rows)
    assert not any(row.event.kind == "i" for row in window.rows)
    numbers = [number for row in window.rows for number in range(row.event.number, row.last_event + 1)]
    assert sorted(set(numbers)) == list(range(1, log.events + 1))
    assert made.last().rows == window.rows


def test_a_masked_lane_has_no_bytes(db: None) -> None:
    log = EventLog(stored([("i", b"secret"), ("o", b"x")]).record, Mask(typed=True))
    for lane in ("typed", "other"):
        with pytest.raises(Masked):
            list(log.lane(lane))
    assert b"".join(log.revealed(Reveal()).lane("typed")) == b"secret"
    assert (log.events_sha256, log.facts().events_sha256) == ("", "")


def test_a_version_is_keyed_and_another_for_each_view(db: None, settings: Any) -> None:
    log = EventLog(stored([("i", b"secret"), ("o", b"x")]).record, Mask(typed=True))
    views = [log, log.revealed(Reveal()), log.revealed(Reveal(1, 1))]
    versions = [view.version for view in views]
    assert len(set(versions)) == 3
    settings.SECRET_KEY = "another key of this deployment, as long as keys have to be"
    assert not set(versions) & {view.version for view in views}


#: Who may make a Reveal; who may read events before they are masked; who may unpack what is stored.
REVEALS = {"sessions_ui/pages/reveal.py", "sessions_ui/api/reading.py", "sessions_ui/archive/sealing.py"}
RECORDED = {"sessions_ui/archive/reading.py", "sessions_ui/archive/windows.py"}
UNPACKS = {
    "masking",
    "segments",
    "unpacking",
    "outlines",
    "screens",
    "spread",
    "hits",
    "chosen_rows",
    "kept",
    "people",
    "list_copies",
    "list_rows",
}


def test_nobody_else_sees_behind_the_mask() -> None:
    """A new door takes an EventLog, which is masked. Whoever needs more is named here, with the reason in
    the review of the change that adds it."""
    for path in sorted((ROOT / "sessions_ui").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if "/demo/" in name or "/migrations/" in name or name.endswith("archive/masking.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            word = getattr(called, "attr", getattr(called, "id", ""))
            if word in ("Reveal", "revealed"):
                assert name in REVEALS, f"{name} reveals"
            elif word in ("real_from", "real_before"):
                assert name in RECORDED, f"{name} reads events unmasked"
            elif word == "unpack":
                assert path.stem in UNPACKS, f"{name} unpacks what is stored: ask EventLog.cover"
            elif word == "stored_segments":
                assert "/archive/" in name, f"{name} reads segments by itself"


def test_what_unpacks_lanes_itself_gives_none_of_them_away() -> None:
    """Columns are times, kinds and lengths; the printed lane is looked through for screens alone."""
    for stem in ("unpacking", "outlines", "spread", "hits", "chosen_rows"):
        source = (ROOT / f"sessions_ui/archive/{stem}.py").read_text()
        assert all(
            "columns" in call or "blob" in call for call in re.findall(r"(?<!_)unpack\((.*?)\)", source)
        )
