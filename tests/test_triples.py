"""hoop's triples by columns: the same bytes, whatever the times and however the runs are cut."""

from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from sessions_ui.eventlog.batch import MAX_SECONDS, EventBatch, seconds_text
from sessions_ui.eventlog.formats.triples import triples

SECONDS = st.floats(0, MAX_SECONDS, exclude_max=True) | st.integers(0, 10**6).map(lambda n: n / 1000)
EVENTS = st.lists(st.tuples(SECONDS, st.sampled_from("ioehb?"), st.binary(max_size=12)), max_size=12)


@given(EVENTS, st.integers(1, 5))
def test_it_writes_each_event_as_hoop_does(events: list[tuple[float, str, bytes]], size: int) -> None:
    events = [(seconds, kind, b'{"odd":1e-9}' if kind == "?" else data) for seconds, kind, data in events]
    runs = [events[start : start + size] for start in range(0, len(events), size)]
    batches = [
        EventBatch(
            [run[0] for run in each], "".join(run[1] for run in each).encode(), [run[2] for run in each]
        )
        for each in runs
    ]
    expected = [
        data.decode()
        if kind == "?"
        else f'[{seconds_text(seconds)},"{kind}","{base64.b64encode(data).decode()}"]'
        for seconds, kind, data in events
    ]
    text = b"".join(triples(batches)).decode()
    assert text == f"[{','.join(expected)}]"
    assert len(json.loads(text)) == len(events)
