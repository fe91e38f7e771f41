"""A measured figure beside what it must reach."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` must be at most ``limit``, both in ``unit`` (``×``: a ratio to what
    ``measured_with`` names, measured in the same run)."""

    name: str
    value: float
    unit: str
    limit: float
    measured_with: str

    @property
    def holds(self) -> bool:
        return self.value <= self.limit

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "limit": self.limit,
            "holds": self.holds,
            "measured_with": self.measured_with,
        }


def median_ratio(pairs: Sequence[Sequence[float]]) -> float:
    """Of pairs (ours, theirs) measured one after the other."""
    return round(statistics.median(ours / theirs for ours, theirs in pairs), 2)


def medians(pairs: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The medians of both sides, for those who want to see seconds."""
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
