"""person_of: hoop says who an identity is. Raises Refused, or a GatewayError when hoop cannot say."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from sessions_ui.access.people import Person, Role, person_from
from sessions_ui.access.signin.identities import Identity
from sessions_ui.access.signin.refusals import Refused
from sessions_ui.archive.people import get_person


def person_of(identity: Identity) -> Person:
    """Looked up by the verified e-mail, at most a minute ago. Groups are hoop's; a token's groups count for
    people whom hoop does not know, and only as HOOPVIEWER_GROUP_MAP says."""
    who = (identity.issuer, identity.subject)
    auditor_group = settings.HOOPVIEWER_AUDITOR_GROUP
    known = get_person(identity.email)
    if known is None:
        return outsider(identity, auditor_group)
    person = person_from(known, via=identity.way, auditor_group=auditor_group)
    if person is None:
        raise Refused("inactive", who=who)
    return replace(
        person, name=person.name or identity.name, issuer=identity.issuer, subject=identity.subject
    )


def outsider(identity: Identity, auditor_group: str) -> Person:
    """Somebody whom only the token's groups speak for: they own nothing, and are never an admin."""
    given: dict[str, str] = settings.HOOPVIEWER_GROUP_MAP
    meant = {given.get(group) for group in identity.groups}
    groups = tuple(sorted(group for group in meant if group))
    if not groups:
        raise Refused("unknown", who=(identity.issuer, identity.subject))
    role: Role = "auditor" if auditor_group and auditor_group in groups else "standard"
    return Person(
        id="",
        name=identity.name,
        email=identity.email,
        role=role,
        groups=groups,
        via=identity.way,
        issuer=identity.issuer,
        subject=identity.subject,
    )
