"""Where our answers differ from hoop's, as data: what hoop sent -> what we send."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from tests.recordings import FIXTURES

UNDECODABLE = "An internal error occurred: unable to decode the event stream"
#: Stands for a text of ours that the contract does not fix.
ANY_TEXT = "(any text)"


@dataclass(frozen=True)
class Sent:
    """An answer: its status and its JSON (None: no body, or none that is JSON)."""

    status: int
    body: Any


@dataclass(frozen=True)
class Difference:
    """``changed`` returns what it is given where there is no difference."""

    name: str
    changed: Callable[[dict[str, Any], Sent], Sent]


def query_of(entry: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(urlsplit(entry["request"].split(" ", 1)[1]).query)


def beside(entry: dict[str, Any], name: str) -> Any:
    """Another recorded answer of the same session at the same moment."""
    folder = FIXTURES / entry["case"]
    if entry["case"] == "errors":
        folder = FIXTURES / "payroll-ran"
    file = entry["file"].rpartition("/")[2]
    for mark in ("before.", "after."):
        name = mark + name if file.startswith(mark) else name
    for mark in ("at-4s", "at-70s"):
        name = name.replace(".json", f".{mark}.json") if mark in file else name
    # Of the last moment no plain answer was recorded; only its stream had grown.
    if "at-125s" in file:
        name = name.replace(".json", ".at-70s.json")
    return json.loads((folder / name).read_bytes())


def _script_stays(entry: dict[str, Any], sent: Sent) -> Sent:
    expand = ",".join(query_of(entry).get("expand", []))
    if sent.status != 200 or not expand or "session_input" in expand:
        return sent
    return replace(sent, body={**sent.body, "script": beside(entry, "session.json")["script"]})


def _text_never_fails(entry: dict[str, Any], sent: Sent) -> Sent:
    stream = sent.body.get("event_stream") if isinstance(sent.body, dict) else None
    if not stream or not str(stream[0]).startswith(UNDECODABLE):
        return sent
    text = printed(entry, "oe").decode("utf-8", "replace_in_tests")
    return replace(sent, body={**sent.body, "event_stream": [text]})


def _events_are_chosen(entry: dict[str, Any], sent: Sent) -> Sent:
    kinds = "".join(query_of(entry).get("events", []))
    if sent.status != 200 or not kinds or "event_stream" not in (sent.body or {}):
        return sent
    text = base64.b64encode(printed(entry, kinds)).decode()
    return replace(sent, body={**sent.body, "event_stream": [text], "event_size": len(text)})


def _odd_events_break_nothing(entry: dict[str, Any], sent: Sent) -> Sent:
    query = query_of(entry)
    if sent.status != 500 or "event_stream" not in query:
        return sent
    kinds = "".join(query.get("events", ["o", "e"]))
    stream = base64.b64encode(printed(entry, kinds)).decode()
    if query["event_stream"] == ["utf8"]:
        stream = printed(entry, kinds).decode()
    body = {**beside(entry, "session.expand.json"), "event_stream": [stream], "event_size": len(stream)}
    return Sent(200, {**body, "script": beside(entry, "session.json")["script"]})


def _ids_are_checked(entry: dict[str, Any], sent: Sent) -> Sent:
    if sent.status != 500 or sent.body != {"message": "failed fetching session"}:
        return sent
    return Sent(404, {"message": "not a session id"})


def _values_are_checked(entry: dict[str, Any], sent: Sent) -> Sent:
    query = query_of(entry)
    known = {"expand": {"event_stream", "session_input"}, "events": {"i", "o", "e"}}
    taken = all(
        set(",".join(query.get(name, [])).split(",")) <= {*values, ""} for name, values in known.items()
    )
    return sent if taken else Sent(422, {"message": ANY_TEXT})


def _queries_of_scripts(entry: dict[str, Any], sent: Sent) -> Sent:
    if (
        query_of(entry).get("event_stream") != ["raw-queries"]
        or sent.body.get("event_stream", "") is not None
    ):
        return sent
    return replace(sent, body=beside(entry, "session.expand.json"))


def _links_are_ours(entry: dict[str, Any], sent: Sent) -> Sent:
    if "extension" not in query_of(entry):
        return sent
    return replace(sent, body={"download_url": ANY_TEXT, "expire_at": ANY_TEXT})


def _refusals_say_why(entry: dict[str, Any], sent: Sent) -> Sent:
    if sent.status == 403:
        told = f"{sent.body['message']}. {settings.HOOPVIEWER_WHOM_TO_ASK}"
        return replace(sent, body={**sent.body, "message": told})
    return Sent(401, {"message": ANY_TEXT}) if sent.status == 401 else sent


def _unknown_paths_are_json(entry: dict[str, Any], sent: Sent) -> Sent:
    return Sent(404, {"message": "not found"}) if sent == Sent(404, None) else sent


def printed(entry: dict[str, Any], kinds: str) -> bytes:
    """The payloads of the recorded events of those kinds; events that hoop itself breaks at are left out."""
    found = []
    for event in beside(entry, "session.expand.json").get("event_stream") or []:
        try:
            seconds, kind, data = event
            payload = base64.b64decode(data, validate=True)
        except (TypeError, ValueError):
            continue
        if kind in kinds and isinstance(seconds, float | int):
            found.append(payload)
    return b"".join(found)


#: In this order: a value that is not taken has no other difference.
DIFFERENCES = (
    Difference("ids are checked", _ids_are_checked),
    Difference("values are checked", _values_are_checked),
    Difference("unknown addresses answer in JSON", _unknown_paths_are_json),
    Difference("a refusal says why", _refusals_say_why),
    Difference("links are ours", _links_are_ours),
    Difference("odd events break nothing", _odd_events_break_nothing),
    Difference("raw-queries of a script", _queries_of_scripts),
    Difference("utf8 never fails", _text_never_fails),
    Difference("events choose the payload", _events_are_chosen),
    Difference("the script stays", _script_stays),
)
