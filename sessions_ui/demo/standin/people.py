"""Who calls: people and API keys, their roles, and hoop's strict reading of credentials."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Person:
    """A person, or an API key acting as one (``is_key``: its id is a UUID, its e-mail its name)."""

    id: str
    name: str
    email: str
    groups: list[str] = field(default_factory=list)
    status: str = "active"
    is_key: bool = False

    @property
    def role(self) -> str:
        if "admin" in self.groups:
            return "admin"
        return "auditor" if "auditor" in self.groups else "standard"

    @property
    def sees_everything(self) -> bool:
        return self.role in ("admin", "auditor")

    def row(self) -> dict[str, Any]:
        """As /api/users shows it, where an auditor's role reads ``standard``."""
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "status": self.status,
            "verified": True,
            "role": "admin" if self.role == "admin" else "standard",
            "slack_id": "",
            "picture": "",
            "groups": self.groups,
        }


class People:
    """The people of one organisation and the tokens that act for them."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.everyone = [Person(**record) for record in records]
        self._tokens: dict[str, Person] = {}

    def rows(self) -> list[dict[str, Any]]:
        return [person.row() for person in self.everyone if not person.is_key]

    def groups(self) -> list[str]:
        return list(dict.fromkeys(group for person in self.everyone for group in person.groups))

    @property
    def key(self) -> Person:
        """The API key in hoop's auditor group: what a dashboard holds."""
        return next(person for person in self.everyone if person.is_key)

    def find(self, email_or_id: str) -> Person | None:
        return next((person for person in self.everyone if email_or_id in (person.email, person.id)), None)

    def token_for(self, email_or_id: str, token: str | None = None) -> str:
        """A credential of this person, always the same one unless ``token`` names a new one."""
        person = self.find(email_or_id)
        if person is None:
            raise KeyError(email_or_id)
        known = next((known for known, owner in self._tokens.items() if owner is person), None)
        if known and (token is None or token == known):
            return known
        made = "hpk_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self._tokens[token or made] = person
        return token or made

    def authenticate(self, headers: Mapping[str, str]) -> Person | None:
        """Exactly ``Bearer <token>``; a legacy Api-Key header is looked at first, and none is configured."""
        if headers.get("Api-Key") is not None:
            return None
        parts = headers.get("Authorization", "").split(" ")
        if len(parts) != 2 or parts[0] != "Bearer":
            return None
        person = self._tokens.get(parts[1])
        return person if person and person.status == "active" else None


def user_info(person: Person, server: dict[str, Any]) -> dict[str, Any]:
    """As /api/userinfo shows the caller: here an auditor's role reads ``auditor``."""
    digests: dict[str, str] = server.get("intercom_digests", {})
    digest = digests.get(person.id) or hashlib.sha256(person.id.encode()).hexdigest()
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "status": person.status,
        "verified": True,
        "role": person.role,
        "slack_id": "",
        "picture": "",
        "groups": person.groups,
        "is_admin": person.role == "admin",
        "is_multitenant": False,
        "tenancy_type": "selfhosted",
        "org_id": server["org_id"],
        "org_name": "default",
        "org_license": "",
        "feature_ask_ai": "unavailable",
        "webapp_users_management": "on",
        "intercom_hmac_digest": digest,
        "default_protection_profile": None,
        "show_origin_survey": False,
        "show_setup_checklist": False,
    }
