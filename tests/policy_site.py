"""A site with every kind of session and person, whose recordings and facts hold values like no others."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from sessions_ui.access import tokens
from sessions_ui.access.people import OPERATOR, Person
from sessions_ui.access.signin import gate
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.local import LocalEntry
from sessions_ui.access.signin.persons import person_of
from sessions_ui.access.signin.sign_ins import note
from sessions_ui.archive.sessions import make_stale
from sessions_ui.demo.standin import StandIn
from sessions_ui.demo.standin import people as at_hoop
from sessions_ui.models import EventLogRecord
from sessions_ui.pages.words import size
from tests.policy_table import AT_HOOP, GROUP_MAP, IDENTITIES, SESSIONS, TOKENS

SITE = "https://viewer.example.com"
FIRST, LAST, EVENTS = 17.019, 7391.253, 1739
PRINTED, CLOSING = b"zqout printed", b"zqclosing: exit status 77"
#: Words of a session's that are nobody's name, and of which a refusal holds none.
FACTS = ("Zqowner", "zqconn", "zqscript", "zqkey", "zqvalue", "zqrule")
ASKED = "dba-reviewers"
#: Whose session each is: the id at hoop, the e-mail.
OWNERS = {
    "other": ("7d3c-dora", "dora@example.com"),
    "both": ("7d3c-dora", "dora@example.com"),
    "former": ("former-dora", "dora@example.com"),
    "machine": ("svc-zq", ""),
    "cased": ("Case@example.com", "cased@example.com"),
    "nameless": ("", "blanche@example.com"),
}
OWEN = ("owen@example.com", "owen@example.com")
REVIEWED = ("own", "both", "gone", "changed", "pending")


@dataclass
class PolicySite:
    hoop: StandIn
    ids: dict[str, str]
    started: datetime
    tokens: dict[str, str] = field(default_factory=dict)
    who: str = "nobody"

    def client(self, name: str) -> Client:
        """From now on it is this person (or program) who asks."""
        self.who = "nobody" if name in TOKENS else name
        token = self.tokens.get(name)
        return Client(headers={"Authorization": f"Bearer {token}"}) if token else Client()

    def find_person(self, _: LocalEntry, request: HttpRequest) -> Person | None:
        if self.who == "operator":
            return OPERATOR
        identity = IDENTITIES[self.who]
        return person_of(identity) if identity else None

    def figures(self) -> Figures:
        """Whatever a recording says of itself: an answer without the stream holds none of it."""
        found = {base64.b64encode(text)[:-4].decode() for text in (PRINTED, CLOSING)}
        found |= {"zqout", "zqclosing", "class=&quot;strip", 'class="strip', "strip-bar", '"event_stream"'}
        # One that is still being read has figures of no recording.
        for record in EventLogRecord.objects.filter(output_events=EVENTS - 2, wire_bytes__gt=0):
            sizes = (record.typed_bytes + record.printed_bytes, record.printed_bytes, record.wire_bytes)
            for number in (EVENTS, record.output_events, *sizes):
                found |= {str(number), f"{number:,}"}
            found |= {size(number) for number in sizes}
            found |= {record.events_sha256, record.printed_sha256} - {""}
        for seconds in (FIRST, LAST):
            at = self.started + timedelta(seconds=seconds)
            found |= {
                f"{seconds:,}",
                f"{seconds}",
                f"{at:%Y-%m-%dT%H:%M:%S}",
                f"{at.day} {at:%b %Y, %H:%M:%S}",
            }
        found |= {"2 h 3 min", "exit status 77"}
        return Figures(sorted(found))


class Figures:
    """Words to look for in an answer: in two steps, since nearly all hold none."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        # A number stands for itself: within a random id it says nothing.
        parts = (re.escape(word) + (r"(?!\w)" if word[-1].isdigit() else "") for word in words)
        self._exact = re.compile("|".join(rf"(?<![\w.,]){part}" for part in parts))

    def search(self, text: str) -> re.Match[str] | None:
        return self._exact.search(text) if any(word in text for word in self._words) else None


def build(hoop: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch) -> PolicySite:
    """Everything that is read first is read as an auditor."""
    settings.HOOPVIEWER_PUBLIC_URL = SITE
    settings.HOOPVIEWER_GROUP_MAP = GROUP_MAP
    settings.HOOPVIEWER_WHOM_TO_ASK = "Ask zqdesk."
    monkeypatch.setattr(gate, "MOST_A_MINUTE", 10**6)
    hoop.state.people.everyone += [at_hoop.Person(**one) for one in AT_HOOP]  # type: ignore[arg-type]
    started = (timezone.now() - timedelta(days=1)).replace(microsecond=500_000)
    ids = {
        name: f"{number:02x}c0ffee-0000-4000-8000-00000000abcd" for number, name in enumerate(SESSIONS, 160)
    }
    site = PolicySite(hoop, ids, started)
    monkeypatch.setattr(LocalEntry, "find_person", lambda self, request: site.find_person(self, request))
    monkeypatch.setattr(LocalEntry, "person_again", lambda self, identity: person_of(identity))
    for name in SESSIONS:
        hoop.add_session(_changes(site, name), () if name == "pending" else _events())
    _age(site)
    site.tokens = {name: _token(*given) for name, given in TOKENS.items()}
    return site


def _token(owner: str, may_see_input: bool) -> str:
    identity = IDENTITIES[owner]
    assert isinstance(identity, Identity)
    note(identity)
    lifetime = timedelta(days=1)
    return tokens.make_token(person_of(identity), name="t", lifetime=lifetime, may_see_input=may_see_input)


def _events() -> list[tuple[float, str, bytes]]:
    printed = [(FIRST + number, "o", PRINTED) for number in range(EVENTS - 2)]
    return [(FIRST, "i", b"SELECT zqscript"), *printed, (LAST, "e", CLOSING)]


def _changes(site: PolicySite, name: str) -> dict[str, Any]:
    user_id, email = OWNERS.get(name, OWEN)
    end = site.started + timedelta(hours=3)
    changes: dict[str, Any] = {
        "id": site.ids[name],
        "user": email,
        "user_id": user_id,
        "user_name": "Zqowner",
        "connection": "zqconn",
        "script": {"data": "SELECT zqscript"},
        "metadata": {"zqkey": "zqvalue"},
        "session_batch_id": "zqbatch",
        "start_date": f"{site.started:%Y-%m-%dT%H:%M:%S}.5Z",
        "end_date": f"{end:%Y-%m-%dT%H:%M:%S}.5Z",
        # hoop's own figures go with the details, as it sends them; what the stream really is, is ours.
        "event_size": 4_321_987,
        "metrics": None,
    }
    if name in REVIEWED:
        changes["review"] = _review("PENDING" if name == "pending" else "APPROVED", changes["start_date"])
    if name == "pending":
        changes |= {"status": "open", "exit_code": None, "end_date": None, "event_size": 0}
    return changes


def _review(status: str, at: str) -> dict[str, Any]:
    raj = {"id": "raj@example.com", "name": "Raj", "email": "raj@example.com", "slack_id": ""}
    decided = status != "PENDING"
    group = {
        "id": "01df01fa-6683-4ce8-bed0-e0ae342fd171",
        "group": ASKED,
        "status": status,
        "reviewed_by": raj if decided else None,
        "review_date": at if decided else None,
        "forced_review": False,
    }
    return {
        "id": "01df01fa-6683-4ce8-bed0-e0ae342fd17f",
        "type": "onetime",
        "access_duration": 0,
        "status": status,
        "revoke_at": None,
        "created_at": at,
        "review_groups_data": [group],
        "time_window": None,
        "access_request_rule_name": "zqrule",
        "min_approvals": 1,
        "force_approval_groups": ["admin"],
    }


def _age(site: PolicySite) -> None:
    """An auditor lists all and reads some; then hoop loses one and destroys the recording of another."""
    auditor = site.client("auditor")
    assert auditor.get("/").status_code == 200
    for name in ("own", "gone", "changed"):
        assert b"zqout" in auditor.get(f"/sessions/{site.ids[name]}/log").content
    site.hoop.state.remove(site.ids["gone"])
    site.hoop.kill(site.ids["changed"])
    for name in ("gone", "changed"):
        make_stale(UUID(site.ids[name]), by=timedelta(hours=1))
        assert auditor.get(f"/sessions/{site.ids[name]}").status_code == 200


@contextmanager
def answered(client: Client, path: str, **asked: Any) -> Iterator[tuple[int, str, Any]]:
    """Status, all of the answer as text (headers included), and the answer itself with its ``body``."""
    post = asked.pop("post", None)
    method = asked.pop("method", "get" if post is None else "post")
    response = getattr(client, method)(path, *([post] if post is not None else []), **asked)
    body = response.body = response.getvalue()
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    yield response.status_code, f"{head}\n\n{body.decode('utf-8', 'replace')}", response
    response.close()
