"""/control: faults and state steps for tests in another process. Only with ``control=True``."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from sessions_ui.demo.standin.http_values import Answer, Request, json_answer, message

if TYPE_CHECKING:
    from sessions_ui.demo.standin.server import StandIn


def answer(stand_in: StandIn, request: Request) -> Answer:
    """POST faults {mode, path, times, …}, DELETE faults, GET requests, POST settle {id, status},
    kill {id}, at {id, seconds}. A wrong call is a 400 that says why."""
    step = (request.method, request.path.removeprefix("/control/"))
    try:
        asked: dict[str, Any] = json.loads(request.body or b"{}")
        return _done(stand_in, step, asked)
    except Exception as error:
        return message(400, f"{type(error).__name__}: {error}")


def _done(stand_in: StandIn, step: tuple[str, str], asked: dict[str, Any]) -> Answer:
    match step:
        case ("POST", "faults"):
            # A refusal would close the very connection this came by, with no way back in.
            if asked.get("mode") == "refuse":
                return message(400, "refuse is for the Python API")
            stand_in.faults.set(**asked)
        case ("DELETE", "faults"):
            stand_in.faults.clear()
        case ("GET", "requests"):
            return json_answer([dataclasses.asdict(seen) for seen in stand_in.requests()])
        case ("POST", "settle"):
            stand_in.settle_review(asked["id"], asked["status"], asked.get("reason"))
        case ("POST", "kill"):
            stand_in.kill(asked["id"])
        case ("POST", "at"):
            stand_in.at(asked["id"], asked["seconds"])
        case _:
            return message(404, "no such control")
    return Answer(204)
