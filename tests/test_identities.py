"""What a token's claims make of somebody: the e-mail rule, and nothing that is not short plain text."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_ui.access.signin.identities import ClaimRules, Identity, identity_from
from sessions_ui.access.signin.refusals import SENTENCES, Refused

ISSUER = "https://id.example.com"
CLAIMS = {"sub": "00u1", "email": "owen@example.com", "email_verified": True, "name": "Owen"}


def made(rules: ClaimRules | None = None, **claims: Any) -> Identity:
    given = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    return identity_from(given, way="oidc", issuer=ISSUER, rules=rules or ClaimRules())


def test_it_takes_the_person_from_issuer_and_subject() -> None:
    assert made() == Identity("oidc", ISSUER, "00u1", "owen@example.com", "Owen", ())


@pytest.mark.parametrize("said", [True, "true"])
def test_it_takes_a_verified_email(said: object) -> None:
    assert made(email_verified=said).email == "owen@example.com"


@pytest.mark.parametrize("said", [..., None, False, "false", "", "yes", 1, 1.0, [True], "True "])
def test_it_takes_no_unverified_email(said: object) -> None:
    with pytest.raises(Refused, match="email_not_verified"):
        made(email_verified=said)
    assert made(ClaimRules(trusts_email=True), email_verified=said).email == "owen@example.com"


def test_it_takes_another_claim_only_from_a_trusted_issuer() -> None:
    # email_verified speaks of the claim ``email``, not of this one.
    with pytest.raises(Refused, match="email_not_verified"):
        made(ClaimRules(email="upn"), upn="owen@example.com")
    assert made(ClaimRules(email="upn", trusts_email=True), upn="o@example.com").email == "o@example.com"


@pytest.mark.parametrize("subject", [..., None, "", " ", 7, ["00u1"], "x" * 256, "00u1\n", "a\x00"])
def test_it_needs_a_subject(subject: object) -> None:
    with pytest.raises(Refused, match="no_subject"):
        made(sub=subject)


@pytest.mark.parametrize(
    "email", [..., None, "", "owen", "@", "a@", "@x", ["a@x.y"], "a@x.y\r\n", "x" * 250 + "@x.yz", 7]
)
def test_it_needs_an_email(email: object) -> None:
    with pytest.raises(Refused, match="no_email"):
        made(email=email)


def test_it_keeps_the_groups_that_mean_something() -> None:
    rules = ClaimRules(known_groups=frozenset({"aud-ext", "dba-ext"}))
    assert made(rules, groups=["b", "dba-ext", 7, "aud-ext", ["x"]]).groups == ("aud-ext", "dba-ext")
    assert made(rules, groups="aud-ext").groups == ("aud-ext",)
    assert made(rules, groups={"aud-ext": 1}).groups == ()
    assert made(groups=["auditor", "admin"]).groups == ()
    assert made(ClaimRules(groups="roles", known_groups=frozenset({"a"})), roles=["a"]).groups == ("a",)


def test_it_refuses_a_token_made_of_groups() -> None:
    with pytest.raises(Refused, match="too_many_groups"):
        made(groups=[f"g{number}" for number in range(2_001)])


def test_it_shows_no_name_that_is_none() -> None:
    assert made(name="\u202eevil").name == ""
    assert made(name=["x"]).name == ""


def test_it_has_a_sentence_and_a_status_for_every_reason() -> None:
    for reason, sentence in SENTENCES.items():
        refused = Refused(reason)
        assert refused.sentence == sentence
        assert sentence.endswith(".")
        assert refused.status in (401, 403, 429, 503)
