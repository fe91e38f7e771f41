"""Which handler answers what, who may call it, and hoop's ways of refusing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sessions_ui.demo.standin import downloads, listing, reviews, sessions
from sessions_ui.demo.standin.http_values import Answer, Request, json_answer, message, not_found
from sessions_ui.demo.standin.people import Person, user_info
from sessions_ui.demo.standin.state import BadSessionId, Session, SessionGone, State
from sessions_ui.demo.standin.streams import GatewayPanic

Anyone = Callable[[State, Request], Answer]
Authenticated = Callable[[State, Request, Person, str], Answer]
OnSession = Callable[[State, Request, Person, Session], Answer]


@dataclass(frozen=True)
class Route:
    """``parts`` below /api, ``*`` for a variable one."""

    method: str
    parts: tuple[str, ...]
    handle: Authenticated


class Router:
    """hoop's routes over one state."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.links = downloads.Links()
        self._open: dict[tuple[str, ...], Anyone] = {
            ("healthz",): lambda state, request: json_answer({"liveness": "OK"}),
            ("publicserverinfo",): lambda state, request: json_answer(state.server["publicserverinfo"]),
        }
        self._routes = self._authenticated()

    def answer(self, request: Request) -> Answer:
        """hoop's answer to any request; a panic in a handler is a 500 without a body."""
        if request.method == "OPTIONS":
            return Answer(204)
        method = "GET" if request.method == "HEAD" else request.method
        if not request.path.startswith("/api/"):
            return not_found()
        parts = tuple(request.path.removeprefix("/api/").split("/"))
        if len(parts) > 1 and parts[-1] == "" and self._known(method, parts[:-1]):
            return _without_slash(request)
        try:
            return self._dispatch(method, parts, request)
        except GatewayPanic:
            return Answer(500)
        except BadSessionId:
            return message(500, "failed fetching session")
        except SessionGone:
            return message(404, "not found")

    def _known(self, method: str, parts: tuple[str, ...]) -> bool:
        return (method == "GET" and parts in self._open) or self._find(method, parts) is not None

    def _dispatch(self, method: str, parts: tuple[str, ...], request: Request) -> Answer:
        if method == "GET" and parts in self._open:
            return self._open[parts](self.state, request)
        file = parts[2:] in (("download",), ("download", "input"))
        if method == "GET" and parts[0] == "sessions" and file and parts[1]:
            return downloads.download(self.state, self.links, request, parts[1], script=len(parts) == 4)
        route = self._find(method, parts)
        if route is None:
            return not_found()
        caller = self.state.people.authenticate(request.headers)
        if caller is None:
            return message(401, "access denied")
        written = next((part for part, name in zip(parts, route.parts, strict=True) if name == "*"), "")
        return route.handle(self.state, request, caller, written)

    def _find(self, method: str, parts: tuple[str, ...]) -> Route | None:
        for route in self._routes:
            if route.method == method and len(route.parts) == len(parts):
                pairs = zip(route.parts, parts, strict=True)
                if all(part if name == "*" else name == part for name, part in pairs):
                    return route
        return None

    def _authenticated(self) -> list[Route]:
        read = self._on_session
        return [
            Route(
                "GET",
                ("sessions",),
                lambda state, request, caller, _: listing.session_list(state, request, caller),
            ),
            Route("GET", ("sessions", "*"), self._detail),
            Route("GET", ("sessions", "*", "result", "stream"), read(sessions.result_stream)),
            Route("GET", ("sessions", "*", "rdp-frames"), read(sessions.rdp_frames)),
            Route("GET", ("sessions", "*", "rdp-detections"), read(sessions.rdp_detections)),
            Route("POST", ("sessions", "*", "kill"), _kill),
            Route("PUT", ("sessions", "*", "review"), reviews.decide),
            Route("PUT", ("reviews", "*"), reviews.decide),
            Route(
                "GET",
                ("reviews",),
                lambda state, request, caller, _: reviews.review_list(state, request, caller),
            ),
            Route("GET", ("reviews", "*"), reviews.review_by_id),
            Route("GET", ("users",), lambda state, request, caller, _: json_answer(state.people.rows())),
            Route(
                "GET",
                ("users", "groups"),
                lambda state, request, caller, _: json_answer(state.people.groups()),
            ),
            Route("GET", ("users", "*"), _user),
            Route(
                "GET",
                ("userinfo",),
                lambda state, request, caller, _: json_answer(user_info(caller, state.server)),
            ),
            Route("GET", ("serverinfo",), _server_info),
        ]

    def _on_session(self, handle: OnSession) -> Authenticated:
        def handled(state: State, request: Request, caller: Person, written: str) -> Answer:
            session = state.get(written)
            if not state.may_open(session, caller):
                return message(403, "user is not allowed to access this session")
            return handle(state, request, caller, session)

        return handled

    def _detail(self, state: State, request: Request, caller: Person, written: str) -> Answer:
        def handle(state: State, request: Request, caller: Person, session: Session) -> Answer:
            if request.query.get("extension"):
                return downloads.download_link(state, self.links, request, caller, session, written)
            return sessions.session_detail(state, request, caller, session)

        return self._on_session(handle)(state, request, caller, written)


def _kill(state: State, request: Request, caller: Person, written: str) -> Answer:
    if caller.role == "auditor":
        return message(403, "access denied")
    try:
        session = state.get(written)
    except SessionGone:
        return message(404, "session not found")
    if session.user_id != caller.id and caller.role != "admin":
        return message(404, "session not found")
    state.kill(session)
    return Answer(204)


def _user(state: State, request: Request, caller: Person, written: str) -> Answer:
    person = state.people.find(written)
    if person is None or person.is_key:
        return message(404, f"user {written} not found")
    return json_answer(person.row())


def _server_info(state: State, request: Request, caller: Person, written: str) -> Answer:
    shown = {**state.server["serverinfo"], "api_url": state.api_url}
    return json_answer({**shown, "disable_sessions_download": state.downloads_disabled})


def _without_slash(request: Request) -> Answer:
    """gin's redirect, before authentication: the query kept, the address relative."""
    location = request.raw_path.rstrip("/") + (f"?{request.query.text}" if request.query.text else "")
    status, name = (
        (301, "Moved Permanently") if request.method in ("GET", "HEAD") else (307, "Temporary Redirect")
    )
    body = f'<a href="{location}">{name}</a>.\n\n'.encode() if status == 301 else b""
    return Answer(status, body, "text/html; charset=utf-8", [("Location", location)])
