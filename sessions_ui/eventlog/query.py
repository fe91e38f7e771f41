"""What is searched for: one value, read from an address and written back into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

LaneName = Literal["typed", "printed"]
LANES: tuple[LaneName, ...] = get_args(LaneName)
MAX_CHARACTERS = 512


class BadValue(ValueError):
    """A value of the address that cannot be taken; ``wanted`` says what can."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name} is not {wanted}")
        self.name, self.value, self.wanted = name, value, wanted


@dataclass(frozen=True, slots=True)
class Query:
    """A phrase, or a regular expression in RE2's form; ``lanes`` are searched in that order.

    A phrase may hold line ends; whatever they are written as, they find any of the lane's."""

    text: str
    cased: bool = False
    regex: bool = False
    lanes: tuple[LaneName, ...] = LANES

    def parameters(self) -> dict[str, str]:
        """What ``read_query`` reads, without what is the default.

        >>> Query("ls -la", cased=True, lanes=("typed",)).parameters()
        {'q': 'ls -la', 'case': '1', 'lane': 'typed'}
        """
        found = {"q": self.text}
        if self.cased:
            found["case"] = "1"
        if self.regex:
            found["regex"] = "1"
        if len(self.lanes) == 1:
            found["lane"] = self.lanes[0]
        return found


def read_query(values: Mapping[str, str]) -> Query | None:
    """From ``q``, ``case``, ``regex`` and ``lane``; None where nothing is asked. Raises BadValue.

    >>> read_query({"q": "drop table", "lane": "both"})
    Query(text='drop table', cased=False, regex=False, lanes=('typed', 'printed'))
    """
    for name in ("case", "regex"):
        if values.get(name, "") not in ("", "0", "1"):
            raise BadValue(name, values[name], "1 or 0")
    lane = values.get("lane", "")
    if lane not in ("", "both", *LANES):
        raise BadValue("lane", lane, "typed, printed or both")
    text = values.get("q", "")
    if not text:
        return None
    if len(text) > MAX_CHARACTERS:
        raise BadValue("q", text, f"at most {MAX_CHARACTERS} characters")
    return Query(
        text,
        cased=values.get("case") == "1",
        regex=values.get("regex") == "1",
        lanes=tuple(name for name in LANES if lane in ("", "both", name)),
    )
