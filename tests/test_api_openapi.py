"""The OpenAPI document: valid, for everybody, and true: answers to whatever it allows, and to what it does
not, are what it says."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from hypothesis import given, seed
from hypothesis import settings as examples_of
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from sessions_ui.api.openapi import DOCUMENT
from sessions_ui.api.query import FORMS
from sessions_ui.demo.standin import StandIn
from tests.api_people import let_hoops_people_in, program, token_for

EXAMPLES = 40
APPLICATION = get_wsgi_application()
CASES = ("bash-ok", "payroll-ran", "bad-base64", "nulls", "rdp", "pg-native")


def from_this_machine(environ: Any, start_response: Any) -> Any:
    return APPLICATION({"REMOTE_ADDR": "127.0.0.1", **environ}, start_response)


def test_it_is_valid_and_open_to_all(db: None) -> None:
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    OpenAPIV31SpecValidator(answer.json()).validate()
    again = Client().get("/api/openapi.json", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_names_every_parameter_that_is_read() -> None:
    names = {one["name"] for one in DOCUMENT["paths"]["/api/sessions/{session_id}"]["get"]["parameters"]}
    documented = {"session_id", "event-time", "event_stream", "events", "expand", "extension", "new_line"}
    assert names >= documented
    assert "raw-queries" in FORMS


def disagrees(query: dict[str, Any]) -> bool:
    """Values that are each allowed, and contradict each other or what there is."""
    lines = {query.get(name) or "" for name in ("new_line", "newline")} - {""}
    extension, copy, expand = (query.get(name) or "" for name in ("extension", "copy", "expand"))
    return len(lines) > 1 or bool(copy and (extension or "event_stream" in expand))


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
def test_it_is_what_is_answered(
    mode: GenerationMode, hoop: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"
    let_hoops_people_in(monkeypatch)
    headers = {"Authorization": f"Bearer {token_for('audrey@example.com')}"}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", from_this_machine)
    operation = schema["/api/sessions/{session_id}"]["GET"]
    ids, seen = cycle(hoop.id_of(case) for case in CASES), set()

    # Their own view of what is a sound credential, and of what is a sound choice of sound values.
    excluded = [ignored_auth, positive_data_acceptance]

    @seed(5)
    @examples_of(max_examples=EXAMPLES)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.path_parameters = {"session_id": next(ids)}
        response = case.call(headers=headers)
        case.validate_response(response, excluded_checks=excluded, headers=headers)
        if mode is GenerationMode.POSITIVE:
            assert (response.status_code == 422) == disagrees(case.query or {})
        seen.add(response.status_code)

    ask()
    assert seen >= ({200, 304} if mode is GenerationMode.POSITIVE else {422})


def test_its_files_are_what_is_answered(
    hoop: StandIn, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.HOOPVIEWER_PUBLIC_URL = "https://viewer.example.com"
    let_hoops_people_in(monkeypatch)
    audrey, owen = (program(f"{who}@example.com") for who in ("audrey", "owen"))
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", from_this_machine)["/dl/{token}"]["GET"]
    excluded, seen = [ignored_auth, positive_data_acceptance], []

    def link(extension: str) -> str:
        made = audrey.get(f"/api/sessions/{hoop.id_of('bash-ok')}?extension={extension}").json()
        return str(made["download_url"]).rpartition("/")[2]

    def ask(token: str, client: Client, after: timedelta = timedelta()) -> None:
        case = operation.Case(path_parameters={"token": token})
        with time_machine.travel(timezone.now() + after, tick=True):
            response = case.call(headers={"Authorization": client.defaults.get("HTTP_AUTHORIZATION", "")})
        case.validate_response(response, excluded_checks=excluded)
        seen.append((response.status_code, response.headers["content-type"][0].partition(";")[0]))

    for extension in ("csv", "json", "log"):
        token = link(extension)
        ask(token, audrey)
        ask(token, audrey)
    ask(link("csv"), owen)
    ask(link("csv"), audrey, timedelta(minutes=6))
    ask("unknown", Client())
    assert seen == [
        (200, "text/csv"),
        (404, "application/json"),
        (200, "application/json"),
        (404, "application/json"),
        (200, "application/octet-stream"),
        (404, "application/json"),
        (403, "application/json"),
        (410, "application/json"),
        (401, "application/json"),
    ]
