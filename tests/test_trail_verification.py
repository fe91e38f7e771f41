"""The chain attacked row by row, its tail cut, the whole rewritten: each is found, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sessions_ui.trail import keys
from sessions_ui.trail.chain import (
    BEGINNING,
    Checkpoint,
    Facts,
    Row,
    as_text,
    instant,
    is_due,
    moment,
    read_line,
)
from sessions_ui.trail.verification import (
    Finding,
    Start,
    compare,
    start_of,
    verify_checkpoints,
    verify_rows,
)

ROWS = 34
BEGAN = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
OURS, THEIRS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
IS_SIGNED = keys.signed_by([OURS.public_key()])


@dataclass
class Trail:
    """A trail as its tables hold it: a row a minute, so a checkpoint every ten."""

    rows: list[Row] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    end: Start = Start()

    def write(self, act: str, *, key: Ed25519PrivateKey = OURS) -> None:
        number = self.end.number + 1
        at = instant(BEGAN + timedelta(minutes=number))
        row = Row(number, at, act, "", f"s{number}", "", "", 0, "", self.end.hash).sealed()
        self.rows.append(row)
        self.end = Start(row.number, row.hash)
        before = self.checkpoints[-1].facts() if self.checkpoints else None
        since = (moment(at) - moment(before.at)).total_seconds() if before else None
        if is_due(number - (before.last if before else 0), since):
            self.sign(at, key)

    def sign(self, at: str, key: Ed25519PrivateKey, cut: Start | None = None) -> None:
        before = self.checkpoints[-1].facts() if self.checkpoints else None
        cut = cut or (Start(before.cut, before.cut_head) if before else Start())
        facts = Facts(
            number=before.number + 1 if before else 1,
            at=at,
            key="",
            rows=self.end.number - cut.number,
            last=self.end.number,
            head=self.end.hash,
            cut=cut.number,
            cut_head=cut.hash,
            previous=self.checkpoints[-1].digest() if self.checkpoints else BEGINNING,
        )
        self.checkpoints.append(signed(facts, key))

    def retire(self, last: int) -> None:
        """As the program does: rows go, a signed stump stays."""
        self.sign(self.rows[-1].at, OURS, Start(last, self.rows[last - 1].hash))
        self.rows = [row for row in self.rows if row.number > last]

    def findings(self, outside: list[Checkpoint] | None = None) -> list[Finding]:
        facts, found = verify_checkpoints(self.checkpoints, IS_SIGNED)
        found += verify_rows(iter(self.rows), facts, self.end)
        if outside is not None:
            hashes = {row.number: row.hash for row in self.rows}
            start = start_of(facts)
            found += compare(outside, self.checkpoints, hashes.get, IS_SIGNED, start, self.end.number)
        return found


def signed(facts: Facts, key: Ed25519PrivateKey) -> Checkpoint:
    import base64

    text = facts.text()
    return Checkpoint(text, base64.b64encode(key.sign(text.encode())).decode())


def whole(rows: int = ROWS, key: Ed25519PrivateKey = OURS, act: str = "log-read") -> Trail:
    trail = Trail()
    for _ in range(rows):
        trail.write(act, key=key)
    return trail


def relinked(rows: list[Row]) -> list[Row]:
    """Every hash made anew, as somebody would who rewrites the trail and has no key."""
    made: list[Row] = []
    for row in rows:
        previous = made[-1].hash if made else BEGINNING
        made.append(replace(row, previous=previous).sealed())
    return made


def test_it_finds_nothing_in_a_whole_one() -> None:
    trail = whole()
    assert len(trail.checkpoints) == 4
    assert trail.findings(trail.checkpoints) == []
    assert Trail().findings() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("at", "2026-11-25T12:00:00.000000Z"),
        ("act", "refused"),
        ("who", "ab" * 32),
        ("session", "another"),
        ("request", "ff"),
        ("page", "ff"),
        ("ends", 1),
        ("about", "{}"),
        ("previous", "00" * 32),
        ("hash", "00" * 32),
        ("session", "two\nlines"),
    ],
)
def test_it_finds_a_changed_field_in_every_row(name: str, value: object) -> None:
    for place in range(ROWS):
        trail = whole()
        trail.rows[place] = replace(trail.rows[place], **{name: value})  # type: ignore[arg-type]  # by name
        found = trail.findings()
        if name == "previous" and place == 0:
            # The first row names zeros already.
            assert found == []
            continue
        assert found[0].number == place + 1
        assert f"Row {place + 1} was changed" in found[0].words


def test_it_finds_a_row_that_was_changed_and_hashed_anew() -> None:
    for place in range(ROWS):
        trail = whole()
        trail.rows[place] = replace(trail.rows[place], session="another").sealed()
        # The last of all, unsigned as yet, is told by the head.
        assert place + 1 <= trail.findings()[0].number <= place + 2


def test_it_finds_every_missing_row() -> None:
    for place in range(ROWS - 1):
        trail = whole()
        del trail.rows[place]
        assert trail.findings()[0] == Finding(place + 1, f"Row {place + 1} is missing.")

    trail = whole()
    del trail.rows[4:9]
    assert trail.findings()[0] == Finding(5, "Rows 5 to 9 are missing.")


def test_it_finds_every_missing_row_whose_gap_was_closed() -> None:
    for place in range(whole().checkpoints[-1].facts().last):
        trail = whole()
        del trail.rows[place]
        trail.rows = relinked([replace(row, number=n) for n, row in enumerate(trail.rows, 1)])
        trail.end = Start(trail.rows[-1].number, trail.rows[-1].hash)
        assert trail.findings() != [], place


def test_it_finds_two_rows_that_changed_places() -> None:
    for place in range(ROWS - 1):
        trail = whole()
        one, other = trail.rows[place : place + 2]
        trail.rows[place] = replace(other, number=one.number)
        trail.rows[place + 1] = replace(one, number=other.number)
        assert {1, 2} >= {finding.number - place for finding in trail.findings()[:2]}


def test_it_finds_a_row_that_was_put_in() -> None:
    for place in range(ROWS):
        trail = whole()
        forged = replace(trail.rows[place], session="forged").sealed()
        trail.rows.insert(place, forged)
        assert place + 1 <= trail.findings()[0].number <= place + 2


def test_it_finds_a_history_that_was_rewritten_from_any_row_on() -> None:
    for place in range(ROWS):
        trail = whole()
        trail.rows[place] = replace(trail.rows[place], session="another")
        trail.rows = relinked(trail.rows)
        trail.end = Start(trail.rows[-1].number, trail.rows[-1].hash)
        signed_rows = [checkpoint.facts().last for checkpoint in trail.checkpoints]
        found = trail.findings()
        if place + 1 > signed_rows[-1]:
            # Not signed yet: ten minutes at most.
            assert found == []
        else:
            assert found[0].number == min(last for last in signed_rows if last > place)
            assert "signed another row" in found[0].words


def test_it_finds_a_tail_that_was_cut_and_the_head_with_it() -> None:
    for place in range(1, ROWS):
        trail = whole()
        kept = trail.checkpoints
        del trail.rows[place:]
        assert f"row {place + 1} is missing" in trail.findings()[0].words

        trail.end = Start(place, trail.rows[-1].hash)
        last = kept[-1].facts().last
        if place < last:
            assert trail.findings()[0].words.startswith("The tail was cut: checkpoint")

        # Everything put back to what it was: no finding, but by what was kept elsewhere.
        trail.checkpoints = [checkpoint for checkpoint in kept if checkpoint.facts().last <= place]
        assert trail.findings() == []
        found = trail.findings(kept)
        assert bool(found) == (place < last)
        if found:
            assert found[0].words.endswith("is in the file and not in the trail.")
            assert any("The tail was cut: on " in finding.words for finding in found)


def test_it_finds_a_whole_that_was_written_anew() -> None:
    stranger = whole(key=THEIRS, act="list-read")
    assert "is not signed by a key that is known here" in stranger.findings()[0].words

    # By somebody who has the key as well: only what was kept elsewhere tells.
    ours, insider = whole(), whole(act="list-read")
    assert insider.findings() == []
    found = insider.findings(ours.checkpoints)
    assert {finding.number for finding in found} == {1, 11, 21, 31}
    assert any("was rewritten" in finding.words for finding in found)


@pytest.mark.parametrize("place", range(4))
def test_it_finds_a_checkpoint_that_was_taken_away(place: int) -> None:
    trail = whole()
    taken = trail.checkpoints.pop(place).facts()
    words = [finding.words for finding in trail.findings()]
    assert any(f"Checkpoint {taken.number} is missing" in text for text in words) or any(
        f"Row {taken.last} was due to be signed" in text for text in words
    )


def test_it_finds_that_all_checkpoints_were_taken_away() -> None:
    trail = whole()
    trail.checkpoints = []
    assert trail.findings() == [
        Finding(1, "Row 1 was due to be signed, and no checkpoint is there: it was taken away.")
    ]


@pytest.mark.parametrize(
    "attack",
    [
        lambda facts: replace(facts, number=9),
        lambda facts: replace(facts, previous=BEGINNING),
        lambda facts: replace(facts, rows=3),
        lambda facts: replace(facts, last=2, rows=2),
    ],
)
def test_it_finds_a_checkpoint_that_does_not_fit(attack: Callable[[Facts], Facts]) -> None:
    trail = whole()
    trail.checkpoints[2] = signed(attack(trail.checkpoints[2].facts()), OURS)
    assert trail.findings() != []


def test_it_finds_a_checkpoint_that_was_changed() -> None:
    for place in range(4):
        trail = whole()
        facts = replace(trail.checkpoints[place].facts(), at="2026-11-25T00:00:00.000000Z")
        trail.checkpoints[place] = replace(trail.checkpoints[place], text=facts.text())
        assert "is not signed" in trail.findings()[0].words


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "1", '{"number":1}', "[" * 50_000])
def test_it_says_what_is_no_checkpoint(text: str) -> None:
    broken = Checkpoint(text, "")
    with pytest.raises(ValueError, match=r".*"):
        broken.facts()
    trail = whole()
    trail.checkpoints[1] = broken
    assert trail.findings()[0] == Finding(0, "The checkpoint in place 2 cannot be read.")
    assert Finding(0, "Line 1 of the file is no checkpoint.") in whole().findings([broken])


@pytest.mark.parametrize("signature", ["", "not base64!", "AAAA", "\u00e9"])
def test_it_takes_no_signature_but_a_key_s(signature: str) -> None:
    trail = whole()
    trail.checkpoints[0] = replace(trail.checkpoints[0], signature=signature)
    assert "is not signed" in trail.findings()[0].words
    assert "is signed by no key that is known here" in whole().findings(trail.checkpoints)[0].words


def test_it_begins_where_rows_were_retired() -> None:
    for last in (1, 10, 11, 17, ROWS - 1):
        trail = whole()
        trail.retire(last)
        assert trail.findings(trail.checkpoints) == []
        trail.write("log-read")
        assert trail.findings(trail.checkpoints) == []

        first = trail.rows.pop(0)
        assert trail.findings()[0] == Finding(last + 1, f"Row {last + 1} is missing.")
        trail.rows.insert(0, replace(first, previous=BEGINNING).sealed())
        assert trail.findings()[0].number == last + 1


def test_it_takes_no_stump_that_nobody_signed() -> None:
    trail = whole()
    trail.sign(trail.rows[-1].at, THEIRS, Start(5, trail.rows[4].hash))
    del trail.rows[:5]
    found = trail.findings()
    assert "is not signed" in found[0].words
    assert found[1].words == "Rows 1 to 5 are missing."


def test_it_finds_rows_that_are_back_after_they_were_retired() -> None:
    trail = whole()
    back = trail.rows[2]
    trail.retire(5)
    trail.rows.insert(0, back)
    assert trail.findings()[0].words == "Row 3 stands where the rows were retired."


def test_it_reads_the_line_that_it_sends() -> None:
    checkpoint = whole().checkpoints[0]
    assert read_line(checkpoint.line()) == checkpoint
    for line in ("", "{}", "[1]", as_text({"checkpoint": 1, "signature": "x"})):
        with pytest.raises(ValueError, match=r".*"):
            read_line(line)
