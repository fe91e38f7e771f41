"""What somebody types to go somewhere in a log, and the place it means in this recording."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from sessions_ui.archive.reading import EventLog
from sessions_ui.eventlog.places import Place, Stretch, count_lines, read_stretch
from sessions_ui.pages.words import offset, plural
from sessions_ui.pages.zones import zone_of
from sessions_ui.verdicts.clock import Clock

WANTED = (
    "Type an event (120), a line of it (2.57), a stretch (120-157), an offset (62.5 s or 1:02:03) or a "
    "time of day, with or without its date."
)
_CLOCK = re.compile(r"(\+)?(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,9})?)", re.ASCII)
_SECONDS = re.compile(r"(\d{1,12}(?:\.\d{1,9})?) ?s", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}\.\d{1,9}", re.ASCII)


class NotThere(Exception):
    """The recording has no such place; ``str`` says so in a sentence for a person."""


def find_place(text: str, log: EventLog, clock: Clock, *, zone: str) -> Stretch:
    """The stretch that ``text`` means. Raises ValueError for what means no place in any recording,
    NotThere for one that this recording does not have. A time of day counts in ``zone``, where it lies
    within the recording; else ``1:02:03`` is an offset."""
    bare = text.strip()
    seconds = _SECONDS.fullmatch(bare)
    if seconds:
        return _at(float(seconds[1]), log, _unit(seconds[1]) / 2)
    written = _CLOCK.fullmatch(bare.removesuffix(" UTC"))
    if written:
        return _at_clock(written, log, clock, UTC if bare.endswith(" UTC") else zone_of(zone))
    decimal = float(bare) if _DECIMAL.fullmatch(bare) else None
    try:
        return _there(read_stretch(bare), log)
    except NotThere:
        if decimal is None or decimal > _end(log) + _unit(bare) / 2:
            raise
        return _at(decimal, log, _unit(bare) / 2)
    except ValueError:
        if decimal is not None:
            return _at(decimal, log, _unit(bare) / 2)
    return _at_moment(datetime.fromisoformat(bare.removesuffix(" UTC")), bare, log, clock, zone_of(zone))


def _there(stretch: Stretch, log: EventLog) -> Stretch:
    for place in (stretch.first, stretch.last):
        if place.event > log.events:
            raise NotThere(f"There is no event {place.event:,}: the recording has {log.events:,}.")
        if place.line:
            event = next(log.read(place.event, place.event))
            lines = count_lines(event.payload)
            if place.line > lines:
                no = f"There is no line {place.line:,} in event {place.event:,}"
                raise NotThere(f"{no}: it has {plural(lines, 'line')}.")
    return stretch


def _at(seconds: float, log: EventLog, slack: float = 0.0) -> Stretch:
    """The first event at or after ``seconds``; ``slack`` is what was rounded off."""
    end = _end(log)
    if seconds > end + slack:
        raise NotThere(f"The recording ends at {offset(end)}.")
    place = Place(log.event_at(min(seconds - slack, end)))
    return Stretch(place, place)


def _at_clock(written: re.Match[str], log: EventLog, clock: Clock, zone: tzinfo) -> Stretch:
    """``15:13:40``: a time of day within the recording, else hours, minutes and seconds since it began."""
    hours, minutes, seconds = int(written[2] or 0), int(written[3]), float(written[4])
    unit = _unit(written[4])
    since = hours * 3600 + minutes * 60 + seconds
    is_day_time = not written[1] and written[2] and hours < 24 and minutes < 60 and seconds < 60
    started = clock.started_at and clock.started_at.astimezone(zone)
    if is_day_time and started:
        end = _end(log)
        asked = timedelta(seconds=since)
        midnight = datetime.combine(started.date(), time(), zone)
        for days in (0, 1):
            at = (midnight + timedelta(days=days) + asked - started).total_seconds()
            # A page shows times cut: 15:13:40 stands for all of that second.
            if -(unit or 1.0) < at <= end:
                return _at(max(0.0, at), log)
    try:
        return _at(since, log, unit / 2)
    except NotThere as error:
        if not is_day_time or not started:
            raise
        last = clock.in_zone(zone).at(_end(log)) or started
        span = f"{started:%H:%M:%S} to {last:%H:%M:%S} in {zone}"
        raise NotThere(f"{error} Its times of day are {span}.") from error


def _at_moment(moment: datetime, text: str, log: EventLog, clock: Clock, zone: tzinfo) -> Stretch:
    """A date with a time."""
    if clock.started_at is None:
        raise NotThere("Times of day are not known for this recording: take an event or an offset.")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if text.endswith(" UTC") else zone)
    started = clock.started_at.astimezone(moment.tzinfo)
    at = (moment - started).total_seconds()
    if at <= -1:
        raise NotThere(f"The recording begins at {started:%Y-%m-%d %H:%M:%S}.")
    if at > _end(log):
        last = started + timedelta(seconds=_end(log))
        raise NotThere(f"The recording ends at {last:%Y-%m-%d %H:%M:%S}.")
    return _at(max(0.0, at), log)


def _unit(text: str) -> float:
    """What the last written digit is worth; 0 for whole seconds, which are meant exactly.

    >>> _unit("49.998"), _unit("62")
    (0.001, 0.0)
    """
    decimals = len(text.partition(".")[2])
    return float(10.0**-decimals) if decimals else 0.0


def _end(log: EventLog) -> float:
    return log.record.last_seconds or 0.0
