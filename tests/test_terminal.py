from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessions_ui.eventlog import terminal
from sessions_ui.eventlog.colours import PLAIN, restyle
from sessions_ui.eventlog.escapes import ESCAPE, ESCAPE_START, MAX_ESCAPE_BYTES, escape_name
from sessions_ui.eventlog.spans import BYTES, CLASSES, MARK, Line, joined
from sessions_ui.eventlog.terminal import Lane

#: Letters that are drawn as nothing, and so are markers.
FILLERS = "\u115f\u1160\u3164\uffa0"
FOLDED = re.compile("⟨([^⟨⟩]*?)(?: ×([0-9,]+))?⟩")


def shown(*events: bytes, typed: bool = False, end: bool = True) -> list[Line]:
    """The lines of a lane, joined over the events' borders."""
    lane = Lane(typed=typed)
    lines: list[Line] = [()]
    for event in events:
        first, *others = lane.feed(event)
        lines[-1] = joined(lines[-1], first)
        lines += others
    if end:
        first, *others = lane.finish()
        lines[-1] = joined(lines[-1], first)
        lines += others
    return lines


def text(*events: bytes, typed: bool = False) -> str:
    return "\n".join("".join(span.text for span in line) for line in shown(*events, typed=typed))


def marked(*events: bytes, typed: bool = False) -> str:
    """As ``text``, with the classes: ``{t-fg-1:red}``."""
    return "\n".join(
        "".join(f"{{{span.classes}:{span.text}}}" if span.classes else span.text for span in line)
        for line in shown(*events, typed=typed)
    )


def unfolded(lines: list[Line]) -> list[list[tuple[str, str]]]:
    """Characters with their classes, counted markers written out: equal for any cutting."""
    plain = []
    for line in lines:
        row: list[tuple[str, str]] = []
        for span in line:
            content = span.text
            if span.classes == MARK:
                content = FOLDED.sub(lambda m: f"⟨{m[1]}⟩" * int((m[2] or "1").replace(",", "")), content)
            row += [(char, span.classes) for char in content]
        plain.append(row)
    return plain


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", "plain"),
        (b"a\r\nb\nc", "a\nb\nc"),
        (b"\xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x94\x91", "漢字 🔑"),
        (b"a\tb", "a\tb"),
        (b"10%\r20%", "10%⟨carriage return⟩20%"),
        (b"a\r\r\n", "a⟨carriage return⟩\n"),
        (b"secret\x08\x08\x08x", "secret⟨backspace ×3⟩x"),
        (b"\x08" * 1234, "⟨backspace ×1,234⟩"),
        (b"\x07\x07\x00", "⟨bell ×2⟩⟨nul⟩"),
        (b"\x0b\x0c\x7f\x0e\x0f", "⟨vertical tab⟩⟨form feed⟩⟨delete⟩⟨shift out⟩⟨shift in⟩"),
        (b"\x01\x1a", "⟨U+0001⟩⟨U+001A⟩"),
        ("\x9b31m\x85".encode(), "⟨U+009B⟩31m⟨U+0085⟩"),
        (
            "\u202eabc\u202c\u2066\ufeff\u200d\u061c".encode(),
            "⟨U+202E⟩abc⟨U+202C⟩⟨U+2066⟩⟨U+FEFF⟩⟨U+200D⟩⟨U+061C⟩",
        ),
        ("a\u2028b\u00adc\U000e0041\u200b\u200b".encode(), "a⟨U+2028⟩b⟨U+00AD⟩c⟨U+E0041⟩⟨U+200B ×2⟩"),
        (b"\x1b[K\x1b[1K\x1b[2K", "⟨erase to end of line⟩⟨erase to start of line⟩⟨erase line⟩"),
        (b"\x1b[J\x1b[2J\x1b[3J", "⟨erase to end of screen⟩⟨erase screen⟩⟨erase scrollback⟩"),
        (b"\x1b[3A\x1b[B\x1b[12;40H\x1b[H", "⟨cursor up 3⟩⟨cursor down⟩⟨cursor to 12,40⟩⟨cursor to start⟩"),
        (b"a\x1b[5b", "a⟨repeat last character 5⟩"),
        (b"\x1b[?1049h\x1b[?1049l", "⟨alternate screen⟩⟨main screen⟩"),
        (b"\x1b[?25l\x1b[?25h\x1b[?2004h", "⟨hide cursor⟩⟨show cursor⟩⟨paste marks on⟩"),
        (b"\x1b[?1000;1006h\x1b[?69h\x1b[4l", "⟨mouse reports on⟩⟨mode ?69 on⟩⟨insert mode off⟩"),
        (
            b"\x1b[!p\x1b[2 q\x1b[>4;2m\x1b[1;30r",
            "⟨soft reset⟩⟨cursor shape 2⟩⟨key options 4;2⟩⟨scroll region 1;30⟩",
        ),
        (b"\x1b[7J\x1b[1;2A\x1b[5$p", "⟨escape [7J⟩⟨escape [1;2A⟩⟨escape [5$p⟩"),
        (b"\x1b[" + b"7" * 99 + b"A", f"⟨cursor up {'7' * 40}…⟩"),
        (b"\x1b[1;2s", "⟨save cursor 1;2⟩"),
        (b"\x1b]0;my title\x07x", "⟨title: my title⟩x"),
        (b"\x1b]2;t\xc3\xa9\x1b\\", "⟨title: té⟩"),
        (b"\x1b]0;\x9b \xe2\x80\xae \xe2\x9f\xa9fake\x07", "⟨title: \\x9b U+202E ›fake⟩"),
        (
            b"\x1b]8;id=1;javascript:alert(1)\x1b\\click\x1b]8;;\x1b\\",
            "⟨link: javascript:alert(1)⟩click⟨link end⟩",
        ),
        (b"\x1b]52;c;aGk=\x07\x1b]1337;x=y\x07", "⟨clipboard: c;aGk=⟩⟨command: 1337;x=y⟩"),
        (
            b"\x1bPzz\x1b\\\x1b_G\x1b\\\x1b^p\x07",
            "⟨device control: zz⟩⟨application command: G⟩⟨private message: p⟩",
        ),
        (b"\x1b(0lqk\x1b(B\x1b)A\x1b#8", "⟨charset line drawing⟩lqk⟨charset ASCII⟩⟨charset UK⟩⟨escape #8⟩"),
        (b"\x1b7\x1b8\x1b=\x1bc", "⟨save cursor⟩⟨restore cursor⟩⟨keypad keys on⟩⟨reset terminal⟩"),
        (b"\x1b\x1b[A\x1b\xff\x1b\n", "⟨esc⟩⟨cursor up⟩⟨esc⟩\\xff⟨esc⟩\n"),
        (b"\x1b]0;never ended\nnext", "⟨esc⟩]0;never ended\nnext"),
        (b"\x1b]0;a\x1b]0;b\x07", "⟨esc⟩]0;a⟨title: b⟩"),
        (b"bad \xff\xc3( \xed\xa0\x80", "bad \\xff\\xc3( \\xed\\xa0\\x80"),
        (b"\x9b31m", "\\x9b31m"),
    ],
)
def test_it_shows_what_was_printed(data: bytes, expected: str) -> None:
    assert text(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b[31mred\x1b[0m plain", "{t-fg-1:red} plain"),
        (b"\x1b[1;38;5;208mx\x1b[my", "{t-bold t-fg-208:x}y"),
        (b"\x1b[97;104mx\x1b[39my\x1b[49mz", "{t-fg-15 t-bg-12:x}{t-bg-12:y}z"),
        (
            b"\x1b[1m\x1b[2m\x1b[3m\x1b[4m\x1b[7m\x1b[9mx",
            "{t-bold t-dim t-italic t-underline t-inverse t-strike:x}",
        ),
        (
            b"\x1b[1;3;4;7;9;31mx\x1b[22;23;24;27;29my",
            "{t-bold t-italic t-underline t-inverse t-strike t-fg-1:x}{t-fg-1:y}",
        ),
        (b"\x1b[38;2;255;135;0mx\x1b[48:2::0:0:95my\x1b[48:2:0:0:95mz", "{t-fg-208:x}{t-fg-208 t-bg-17:yz}"),
        (b"\x1b[4:3mx\x1b[4:0my\x1b[58;5;1mz", "{t-underline:x}yz"),
        (b"\x1b[8msecret\x1b[28m\x1b[5mx", "{t-ctl:⟨hidden text⟩}secret{t-ctl:⟨blink⟩}x"),
        (
            b"\x1b[38;5;999mx\x1b[38;2;1my\x1b[53mz",
            "{t-ctl:⟨style 38 …⟩}x{t-ctl:⟨style 38 …⟩}y{t-ctl:⟨style 53⟩}z",
        ),
        (b"\x1b[38;9mx\x1b[38;5;1:2my", "{t-ctl:⟨style 38 …⟩}x{t-ctl:⟨style 38 …⟩}y"),
        (b"\x1b[31ma\x07b\xffc", "{t-fg-1:a}{t-ctl:⟨bell⟩}{t-fg-1:b}{t-byte:\\xff}{t-fg-1:c}"),
        (b"\x1b[31ma\x1b[0m\x1b[31mb", "{t-fg-1:ab}"),
        (b"\x1b[32ma\nb", "{t-fg-2:a}\n{t-fg-2:b}"),
    ],
)
def test_it_keeps_colours_as_classes(data: bytes, expected: str) -> None:
    assert marked(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"ls -la\r", "ls -la⟨enter⟩\n"),
        (b"a\r\nb\n\rc", "a⟨enter⟩\nb⟨enter⟩\n⟨enter⟩\nc"),
        (b"\x03\x04\x00\x1c\x1f", "⟨ctrl-c⟩⟨ctrl-d⟩⟨ctrl-space⟩⟨ctrl-\\⟩⟨ctrl-_⟩"),
        (b"cd\t\x7f\x7f\x08", "cd⟨tab⟩⟨backspace ×3⟩"),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA\x1bOP", "⟨up⟩⟨down⟩⟨right⟩⟨left⟩⟨up⟩⟨f1⟩"),
        (b"\x1b[1;5C\x1b[3;2~\x1b[Z\x1b[1;8A", "⟨ctrl-right⟩⟨shift-delete⟩⟨shift-tab⟩⟨ctrl-alt-shift-up⟩"),
        (b"\x1b[5~\x1b[15~\x1b[24~\x1b[99~", "⟨page up⟩⟨f5⟩⟨f12⟩⟨escape [99~⟩"),
        (b"\x1b[200~rm -rf\x1b[201~", "⟨paste⟩rm -rf⟨end of paste⟩"),
        (b"\x1b[<0;10;3M\x1b[<0;10;3m", "⟨mouse ×2⟩"),
        (b"\x1b[30;1R\x1b[?1;2c", "⟨reply: cursor at 30,1⟩⟨reply: escape [?1;2c⟩"),
        (b"\x1b]11;rgb:00/00/00\x07", "⟨reply: background colour: rgb:00/00/00⟩"),
        (
            b"\x1bP>|xterm\x1b\\\x1bP1$r0m\x1b\\",
            "⟨reply: device control: >|xterm⟩⟨reply: device control: 1$r0m⟩",
        ),
        (b"\x1b:wq\r", "⟨esc⟩:wq⟨enter⟩\n"),
        (b"\x1bPdd\x1bXx\x1b]]\x1bb", "⟨esc⟩Pdd⟨esc⟩Xx⟨esc⟩]]⟨esc⟩b"),
        (b"\xe2\x80\xaeabc\xff", "⟨U+202E⟩abc\\xff"),
        (b"\x1b[31mx", "⟨escape [31m⟩x"),
    ],
)
def test_it_shows_what_was_typed(data: bytes, expected: str) -> None:
    assert text(data, typed=True) == expected


def test_it_shows_what_is_cut_where_it_completes() -> None:
    lane = Lane()
    assert lane.feed(b"a\xe6\xbc")[0][0].text == "a"
    assert lane.held == 2
    assert lane.feed(b"\xa2\x1b[3")[0][0].text == "漢"
    assert lane.feed(b"1mred\r")[0][0].classes == "t-fg-1"
    assert lane.feed(b"\n") == [(), ()]
    assert lane.held == 0


def test_it_holds_a_typed_letter_after_esc_no_longer_than_needed() -> None:
    lane = Lane(typed=True)
    lane.feed(b"\x1b")
    assert lane.held == 1
    assert lane.feed(b"P") == [()]
    assert lane.feed(b"x")[0][-1].text == "Px"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"\xe6\xbc", "{t-byte:\\xe6\\xbc}"),
        (b"\x1b[38;5", "{t-byte:\\x1b[38;5}"),
        (b"\r", "{t-ctl:⟨carriage return⟩}"),
        (b"\x1b", "{t-ctl:⟨esc⟩}"),
        (b"\x1b]0;title\x1b", "{t-byte:\\x1b]0;title\\x1b}"),
    ],
)
def test_it_shows_an_incomplete_rest_as_bytes(rest: bytes, expected: str) -> None:
    assert marked(b"x" + rest) == "x" + expected


def test_it_cuts_escape_sequences_at_their_greatest_length() -> None:
    longest = b"\x1b]0;" + b"a" * (MAX_ESCAPE_BYTES - 6) + b"\x1b\\"
    assert len(longest) == MAX_ESCAPE_BYTES
    assert ESCAPE.fullmatch(longest)
    too_long = longest.replace(b"a", b"aa", 1)
    assert ESCAPE.match(too_long) is None
    assert text(longest).startswith("⟨title: aaa")
    assert text(too_long).startswith("⟨esc⟩]0;aaa")
    assert text(too_long[:-1], too_long[-1:]) == text(too_long)
    parameters = b"\x1b[" + b"1" * (MAX_ESCAPE_BYTES - 2) + b"m"
    assert marked(parameters + b"x").endswith("mx")


def test_it_names_the_end_of_every_kind_of_sequence() -> None:
    switches = [b"\x1b%c%c" % (first, last) for first in b" #%()" for last in range(0x30, 0x7F)]
    starts = (b"", b"1", b"?1;22", b">", b"9;9;9", b"1 ")
    csi = [b"\x1b[%b%c" % (start, last) for start in starts for last in range(0x40, 0x7F)]
    for sequence in switches + csi:
        assert ESCAPE.fullmatch(sequence)
        name = escape_name(sequence)
        assert name == name.strip()
        assert name.isprintable()


def test_it_says_that_the_start_of_each_sequence_is_one() -> None:
    for sequence in (b"\x1b[1;2$p", b"\x1b]0;x\x1b\\", b"\x1bPq\x07", b"\x1b(B", b"\x1bc"):
        for end in range(1, len(sequence)):
            assert ESCAPE_START.match(sequence[:end])
        assert not ESCAPE_START.match(sequence)


def test_it_skips_to_the_state_behind_hidden_bytes() -> None:
    lane = Lane()
    lane.feed(b"a\xe6")
    lane.skip(b"hidden \x1b[31m\xe6\xbc")
    assert [(span.text, span.classes) for span in lane.feed(b"\xa2")[0]] == [("漢", "t-fg-1")]


def test_it_forgets_no_style_for_long_parameters() -> None:
    parameters = b"1;" * 200 + b"31"
    assert restyle(PLAIN, parameters)[0].classes() == "t-bold t-fg-1"


PIECES = st.sampled_from(
    [
        b"\x1b",
        b"\x1b[",
        b"31m",
        b"\x1b]0;",
        b"\x07",
        b"\x1b\\",
        b"\r",
        b"\n",
        b"\x08",
        b"\x00",
        b"\x9b",
        b"abc",
    ]
    + [
        b"\x1bP",
        b"\x1bO",
        b"A",
        b"1;5C",
        b"\x1b(",
        b"B",
        b"\xe2\x80\xae",
        b"\xf0\x9f\x94\x91",
        b"\xe6\xbc",
        b"\xc3",
    ]
    + [
        b"\x1b[?1049h",
        b"\x1b[1;48;5;20m",
        b"\t",
        b"\x7f",
        b" ",
        b"1$r",
        b"0m",
        b"\xc2\x9b",
        b"]",
        b"\xed\xa0",
    ]
)
STREAMS = st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=30).map(b"".join))


def cut(data: bytes, at: list[int]) -> list[bytes]:
    borders = sorted({0, len(data), *(point % (len(data) + 1) for point in at)})
    return [data[start:end] for start, end in zip(borders, borders[1:], strict=False)]


@settings(max_examples=400, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 200), max_size=12), st.booleans())
def test_it_shows_the_same_however_the_stream_is_cut(data: bytes, at: list[int], typed: bool) -> None:
    whole = unfolded(shown(data, typed=typed))
    assert unfolded(shown(*cut(data, at), typed=typed)) == whole
    assert unfolded(shown(*(data[n : n + 1] for n in range(len(data))), typed=typed)) == whole


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(STREAMS, st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.booleans(),
)
def test_it_lets_nothing_harmful_through(data: bytes, typed: bool) -> None:
    for line in shown(data, typed=typed):
        for before, span in zip((None, *line), line, strict=False):
            assert span.text
            assert set(span.classes.split()) <= CLASSES
            assert before is None or before.classes != span.classes
            for char in span.text:
                assert char == "\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(
                st.characters(categories=("L", "N", "P", "S"), exclude_characters=FILLERS), max_size=12
            ).map(lambda t: (t.encode(), t)),
            st.sampled_from(
                [
                    b"\x1b[31m",
                    b"\x1b[0m",
                    b"\x1b[2K",
                    b"\x1b]0;t\x07",
                    b"\x08",
                    b"\r",
                    b"\n",
                    b"\x1b(B",
                    b"\xff",
                ]
            ).map(lambda sequence: (sequence, "")),
        ),
        max_size=20,
    )
)
def test_it_loses_no_text(parts: list[tuple[bytes, str]]) -> None:
    printed = "".join(
        span.text
        for line in shown(b"".join(data for data, _ in parts))
        for span in line
        if span.classes not in (MARK, BYTES)
    )
    assert printed == "".join(plain for _, plain in parts)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b]0;" + b"a" * 1_000_000,
        b"\x1b]" * 100_000,
        b"\x1b[" + b"1;" * 500_000,
        (b"\x1b]" + b"a" * 4093) * 250,
        b"".join(b"\x1b[38;2;%d;%d;0mx" % (n % 256, n // 256 % 256) for n in range(100_000)),
        (b"\x1b[" + b"1;" * 2000 + b"mx") * 100,
        b"\x08" * 100_000,
        "e\u0301\u0302".encode() * 200_000,
        b"\xff" * 500_000,
        b"\n" * 500_000,
    ],
    ids=[
        "osc",
        "osc-starts",
        "csi",
        "long-osc",
        "sgr",
        "long-sgr",
        "backspaces",
        "combining",
        "bytes",
        "lines",
    ],
)
def test_it_takes_linear_time_for_hostile_input(data: bytes) -> None:
    def seconds(part: bytes) -> float:
        started = time.process_time()
        Lane().feed(part)
        return time.process_time() - started

    seconds(data[:1000])
    quarter = min(seconds(data[: len(data) // 4]) for _ in range(2))
    # Quadratic time would be sixteen times as much; the constant covers a busy machine.
    assert seconds(data) <= 9 * quarter + 0.3


PIECES = [b"plain", b"a\ttab\n", b"\r\n", b"x\r\n", b"two\nlines\n", b"\x1b[1m", b"\x1b", b"\xc3", b"\r", b""]


@given(pieces=st.lists(st.sampled_from(PIECES)))
def test_a_line_of_plain_text_is_read_as_any_other(pieces: list[bytes]) -> None:
    lane = Lane()
    quick = [lane.feed(piece) for piece in pieces]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terminal, "_PLAIN_LINE", re.compile(rb"(?!)"))
        lane = Lane()
        assert [lane.feed(piece) for piece in pieces] == quick
