"""get_person: hoop's user by e-mail, kept for a minute; list_people: all of them, as they are now.

Both raise a GatewayError when hoop cannot say. reviewing_groups asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sessions_ui.archive.cooldown import asking
from sessions_ui.archive.leases import share_flight
from sessions_ui.archive.list_matching import fingerprint, records
from sessions_ui.archive.packing import pack, unpack
from sessions_ui.gateway.connect import gateway_client
from sessions_ui.gateway.errors import GatewayGarbled
from sessions_ui.gateway.json_text import parse_json
from sessions_ui.gateway.wire import parse_person
from sessions_ui.models import PersonRecord
from sessions_ui.session import HoopPerson

FRESH = timedelta(minutes=1)
MAX_EMAIL = 254


def get_person(email: str) -> HoopPerson | None:
    """None: hoop has nobody of that e-mail. Rights must not outlive a minute, so no older copy
    ever stands in for hoop's answer."""
    if not email or len(email) > MAX_EMAIL or not email.isprintable():
        return None
    record = PersonRecord.objects.filter(gateway=settings.HOOP_API_URL, email=email).first()
    if record is None or timezone.now() - record.fetched_at >= FRESH:
        record = share_flight(f"person {email}", lambda: _fetch(email))
    answer = unpack(record.answer)
    person = parse_person(parse_json(answer)) if answer else None
    # hoop finds people by their id as well, and an id may read like somebody else's e-mail.
    return person if person and person.email.casefold() == email.casefold() else None


def list_people() -> list[HoopPerson]:
    """In hoop's order. Who has no id there is nobody, here as at the door."""
    with asking(settings.HOOP_API_URL):
        rows = gateway_client().list_people().value
    if not all(isinstance(row, dict) for row in rows):
        raise GatewayGarbled("the list of people holds something else")
    return [parse_person(row) for row in rows if row.get("id")]


def reviewing_groups(groups: Iterable[str]) -> frozenset[str]:
    """Those that were asked to review a session whose list row is known here."""
    held = records().exclude(groups="").values_list("groups", flat=True).distinct()
    asked = {one for prints in held for one in prints.strip("|").split("|")}
    return frozenset(group for group in groups if fingerprint(group) in asked)


def _fetch(email: str) -> PersonRecord:
    with asking(settings.HOOP_API_URL):
        answer = gateway_client().find_person(email)
    if answer is not None:
        parse_person(answer.value)
    record, _ = PersonRecord.objects.update_or_create(
        gateway=settings.HOOP_API_URL,
        email=email,
        defaults={"answer": pack(answer.body) if answer else b"", "fetched_at": timezone.now()},
    )
    return record
