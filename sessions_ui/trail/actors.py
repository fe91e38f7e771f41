"""Person and address behind a random key, in a table of their own.

The chain covers the key. The key binds the rows to these facts while they are there, so nobody else's
name can be put in their place; and it is all that is left of somebody who is forgotten.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from django.db import connections

from sessions_ui.trail.chain import key_of
from sessions_ui.trail.models import ActorRecord


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as the sign-in knew them (``subject``: issuer and subject) and hoop (``hoop_id``,
    ``role``), by which sign-in, and the network address they came from."""

    name: str = ""
    email: str = ""
    hoop_id: str = ""
    subject: str = ""
    role: str = ""
    via: str = ""
    address: str = ""

    def facts(self) -> str:
        """What the key is made from, as it is stored: cut to the columns, without what no column takes."""
        return json.dumps([_stored(field.name, getattr(self, field.name)) for field in fields(self)])


#: The program itself.
NOBODY = Actor()
_LENGTHS = {
    field.name: field.max_length
    for field in ActorRecord._meta.concrete_fields
    if field.name in {part.name for part in fields(Actor)}
}


def _stored(name: str, text: str) -> str:
    # Bytes that are no UTF-8 come as surrogates, which no database takes; PostgreSQL takes no NUL either.
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[: _LENGTHS[name]]


def facts_of(record: ActorRecord) -> str:
    """``Actor.facts`` of what is stored."""
    return json.dumps([getattr(record, field.name) for field in fields(Actor)])


def keys_for(actors: Iterable[Actor], using: str) -> dict[Actor, str]:
    """The key of each; a new one for who was not here before. Within the writer's transaction, so that
    nobody is forgotten between this and the row."""
    wanted = {actor: actor.facts() for actor in actors if actor != NOBODY}
    digests = {actor: hashlib.sha256(text.encode()).hexdigest() for actor, text in wanted.items()}
    known = _known(set(digests.values()), using) if digests else {}
    for actor, digest in digests.items():
        if digest not in known:
            known[digest] = _create(wanted[actor], digest, using)
    return {actor: known[digest] for actor, digest in digests.items()} | {NOBODY: ""}


def _known(digests: set[str], using: str) -> dict[str, str]:
    marks = ", ".join(["%s"] * len(digests))
    with connections[using].cursor() as cursor:
        # Every page pays for this: the ORM would take as long again as the query.
        cursor.execute(
            f"SELECT digest, key FROM trail_actorrecord WHERE digest IN ({marks})",
            list(digests),
        )
        return dict(cursor.fetchall())


def _create(facts: str, digest: str, using: str) -> str:
    salt = secrets.token_hex(32)
    columns: dict[str, Any] = dict(
        zip((field.name for field in fields(Actor)), json.loads(facts), strict=True)
    )
    key = key_of(salt, facts)
    ActorRecord.objects.using(using).create(key=key, salt=salt, digest=digest, **columns)
    return key
