"""Whether the chain is whole, and where it is not. Pure: rows and checkpoints in, findings out.

What it cannot see: that everything, key and all, was put back to an older state. Only checkpoints that
were kept elsewhere (``compare``) tell that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sessions_ui.trail.chain import (
    BEGINNING,
    CLOCKS_APART,
    Checkpoint,
    Facts,
    Row,
    is_due,
    moment,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """``number`` is the row (0: none in particular) where it was found."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Start:
    """What stands before the first row: nothing, or the rows that were retired."""

    number: int = 0
    hash: str = BEGINNING


def verify_checkpoints(
    checkpoints: Sequence[Checkpoint], is_signed: Callable[[Checkpoint], bool], keys: Collection[str] = ()
) -> tuple[list[Facts], list[Finding]]:
    """The facts of those that are signed, and what is wrong with the others and with their order. ``keys``
    are the names of those known: one that names another was signed on another machine, most likely."""
    good, findings = [], []
    others: dict[str, list[Facts]] = {}
    before: Facts | None = None
    previous = BEGINNING
    for place, checkpoint in enumerate(checkpoints, 1):
        try:
            facts = checkpoint.facts()
        except ValueError:
            findings.append(Finding(0, f"The checkpoint in place {place} cannot be read."))
            continue
        name = f"Checkpoint {facts.number} (over row {facts.last})"
        if keys and facts.key not in keys and not is_signed(checkpoint):
            # Those behind it go on from it, and its place is told below.
            others.setdefault(facts.key, []).append(facts)
            before, previous = facts, checkpoint.digest()
            continue
        if not is_signed(checkpoint):
            findings.append(Finding(facts.last, f"{name} is not signed by a key that is known here."))
            continue
        expected = before.number + 1 if before else 1
        if facts.number != expected:
            findings.append(Finding(facts.last, f"Checkpoint {expected} is missing before {facts.number}."))
        elif facts.previous != previous:
            findings.append(Finding(facts.last, f"{name} was signed after another one than stands here."))
        if before and (facts.last < before.last or facts.cut < before.cut):
            findings.append(Finding(facts.last, f"{name} counts less than the one before it."))
        if facts.rows != facts.last - facts.cut:
            findings.append(Finding(facts.last, f"{name} counts {facts.rows} rows, which cannot be."))
        good.append(facts)
        before, previous = facts, checkpoint.digest()
    return good, [*(_by_another(key, told) for key, told in others.items()), *findings]


def _by_another(key: str, told: Sequence[Facts]) -> Finding:
    first, last = told[0], told[-1]
    which = (
        f"Checkpoint {first.number} is"
        if first is last
        else f"{len(told)} checkpoints from {first.number} on are"
    )
    return Finding(
        first.last,
        f"{which} signed by another key (fingerprint {key[:16]}): give it with --public-key FILE.",
    )


def start_of(checkpoints: Sequence[Facts]) -> Start:
    """Where the chain begins, by the stump with the latest cut."""
    cuts = [facts for facts in checkpoints if facts.cut]
    latest = max(cuts, key=lambda facts: facts.cut, default=None)
    return Start(latest.cut, latest.cut_head) if latest else Start()


def verify_rows(
    rows: Iterable[Row],
    checkpoints: Sequence[Facts],
    end: Start,
    ordered_from: int = 0,
    *,
    others: bool = False,
) -> Iterator[Finding]:
    """``end`` is what the head says of the last row, and ``ordered_from`` from which one on they are in order
    of time (0: nothing). ``others``: there are checkpoints by keys that are not known here. Rows
    come in the order of their numbers; one at a time is held."""
    marks: dict[int, list[Facts]] = defaultdict(list)
    for facts in checkpoints:
        marks[facts.last].append(facts)
    before = start_of(checkpoints)
    signed = _Signed(
        max((f for f in checkpoints if f.last <= before.number), key=_number, default=None), others=others
    )
    times = _Times(ordered_from)
    for row in rows:
        if row.number <= before.number:
            yield Finding(row.number, f"Row {row.number} stands where the rows were retired.")
            continue
        yield from _against_before(row, before)
        before = Start(row.number, row.hash)
        yield from (
            Finding(row.number, f"Checkpoint {facts.number} of {facts.at} signed another row {row.number}.")
            for facts in marks[row.number]
            if facts.head != row.hash
        )
        yield from signed.passes(row, marks[row.number])
        yield from times.passes(row)
    yield from signed.finish()
    yield from _at_the_end(before, end, checkpoints)


def _number(facts: Facts) -> int:
    return facts.number


def _against_before(row: Row, before: Start) -> Iterator[Finding]:
    contiguous = row.number == before.number + 1
    if not contiguous:
        first, last = before.number + 1, row.number - 1
        missing = f"Row {first} is missing." if first == last else f"Rows {first} to {last} are missing."
        yield Finding(first, missing)
    if _digest(row) != row.hash:
        yield Finding(row.number, f"Row {row.number} was changed: its hash is not that of what it says.")
    if contiguous and row.previous != before.hash:
        yield Finding(
            row.number,
            f"Row {row.number} was written behind another row {before.number}"
            " than stands there: one of the two was put in place of another.",
        )


def _digest(row: Row) -> str:
    try:
        return row.digest()
    except ValueError:
        return ""


class _Signed:
    """Follows the rule by which writers sign: a checkpoint that was taken away is one that was due."""

    def __init__(self, before: Facts | None, *, others: bool) -> None:
        self.missing = "by a key that is known here is there." if others else "is there: it was taken away."
        self.last, self.at = (before.last, before.at) if before else (0, "")
        self.due: Row | None = None
        self.told = False

    def passes(self, row: Row, marks: Sequence[Facts]) -> Iterator[Finding]:
        # The rows of one transaction share their moment, and a checkpoint comes behind the last of them.
        if self.due is not None and self.due.at != row.at:
            yield from self.finish()
        if is_due(row.number - self.last, self._seconds(row)):
            self.due = row
        if marks:
            self.last, self.at, self.due = marks[-1].last, marks[-1].at, None

    def finish(self) -> Iterator[Finding]:
        if self.due is not None and not self.told:
            self.told = True
            yield Finding(
                self.due.number,
                f"Row {self.due.number} was due to be signed, and no checkpoint {self.missing}",
            )

    def _seconds(self, row: Row) -> float | None:
        try:
            return (moment(row.at) - moment(self.at)).total_seconds() if self.at else None
        except ValueError:
            return 0.0


class _Times:
    """Holds the rows to what the head says of their order: by it the pages find the rows of a day."""

    def __init__(self, ordered_from: int) -> None:
        self.ordered_from, self.latest, self.told = ordered_from, "", False

    def passes(self, row: Row) -> Iterator[Finding]:
        if not 0 < self.ordered_from <= row.number or self.told:
            return
        # Of moments in this form the later one is the greater text.
        if row.at >= self.latest:
            self.latest = row.at
            return
        try:
            apart = moment(self.latest) - moment(row.at)
        except ValueError:
            return
        if apart > CLOCKS_APART:
            self.told = True
            yield Finding(
                row.number,
                f"The head says that rows are in order of time from {self.ordered_from} on; row {row.number}"
                " is not.",
            )


def _at_the_end(last: Start, end: Start, checkpoints: Sequence[Facts]) -> Iterator[Finding]:
    if end.number > last.number:
        yield Finding(
            last.number + 1,
            f"The tail was cut: the head counts {end.number} rows, and row {last.number + 1} is missing.",
        )
    elif end != last:
        yield Finding(last.number, f"The head says row {end.number} is the last; row {last.number} is.")
    for facts in checkpoints:
        if facts.last > max(last.number, end.number):
            yield Finding(
                last.number + 1,
                f"The tail was cut: checkpoint {facts.number} of {facts.at} counted row {facts.last}.",
            )


def compare(
    outside: Sequence[Checkpoint],
    ours: Sequence[Checkpoint],
    hash_of: Callable[[int], str | None],
    is_signed: Callable[[Checkpoint], bool],
    start: Start,
    last: int,
) -> Iterator[Finding]:
    """Checkpoints that were kept elsewhere against what is here: a tail that was cut, or a history that
    was signed anew. ``hash_of`` gives a row's hash, ``last`` is the last row's number."""
    here = {checkpoint.text for checkpoint in ours}
    for place, checkpoint in enumerate(outside, 1):
        try:
            facts = checkpoint.facts()
        except ValueError:
            yield Finding(0, f"Line {place} of the file is no checkpoint.")
            continue
        if not is_signed(checkpoint):
            yield Finding(facts.last, f"Line {place} of the file is signed by no key that is known here.")
            continue
        if checkpoint.text not in here:
            yield Finding(
                facts.last, f"Checkpoint {facts.number} of {facts.at} is in the file and not in the trail."
            )
        if facts.last > last:
            yield Finding(
                last + 1,
                f"The tail was cut: on {facts.at} there was a row {facts.last}; the last one is {last}.",
            )
        elif facts.last > start.number and hash_of(facts.last) != facts.head:
            yield Finding(
                facts.last,
                f"Row {facts.last} is not the one that was signed on {facts.at}:"
                " it, or one before it, was rewritten.",
            )
