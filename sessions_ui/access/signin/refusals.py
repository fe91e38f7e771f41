"""Why somebody is not let in: a word for the log and the trail, a sentence for the person.

Neither repeats anything of a token, a header or a cookie. Pure.
"""

from __future__ import annotations

#: What happened, by reason. The log and the trail hold the reason, the page the sentence.
SENTENCES: dict[str, str] = {
    # Nobody has vouched for the browser yet.
    "nobody": "Nobody is signed in.",
    "too_often": "There were too many attempts to sign in from your address within a minute.",
    "used": "The one-time address was used before, is too old, or is none of ours.",
    # The way to the provider and back.
    "state": "The answer of the sign-in does not belong to one that this browser began within the last ten "
    "minutes, or it was used already.",
    "denied": "The sign-in was broken off, or you are not assigned to hoopviewer there.",
    "provider_error": "The sign-in service answered with an error.",
    "provider_away": "The sign-in service does not answer as it should.",
    # The token.
    "no_token": "The request came without the token of the company's sign-in proxy, so it did not come "
    "through that proxy, or the proxy does not send it.",
    "token_garbled": "What vouches for you cannot be read.",
    "too_big": "What vouches for you is larger than hoopviewer reads.",
    "algorithm": "What vouches for you is signed in a way that hoopviewer does not accept.",
    "key": "What vouches for you is signed by a key that its issuer does not name.",
    "keys_away": "The keys to check what vouches for you could not be read.",
    "signature": "What vouches for you is not signed by its issuer.",
    "issuer": "What vouches for you comes from another issuer than the one hoopviewer trusts.",
    "audience": "What vouches for you was made for another program.",
    "expired": "What vouches for you has run out.",
    "not_yet": "What vouches for you is from the future: a clock is wrong.",
    "nonce": "What vouches for you was made for another sign-in.",
    "auth_time": "Your company's sign-in does not say that you proved who you are recently enough.",
    "claim": "What vouches for you lacks something it must say.",
    "signer": "What vouches for you was signed by another load balancer.",
    "client": "What vouches for you was made for another client of your company's sign-in.",
    # Plain headers.
    "network": "The request came from a network that is not named as the proxy's.",
    "secret": "The request lacks the secret by which hoopviewer knows its proxy.",
    "header": "The proxy's headers do not name one person.",
    # A personal token.
    "token_unknown": "hoopviewer knows no such token.",
    "token_revoked": "The token was revoked.",
    "token_ended": "The token has expired.",
    "token_idle": "The token's owner has not signed in for 30 days.",
    # The person.
    "no_subject": "What vouches for you does not say who you are.",
    "no_email": "What vouches for you holds no e-mail address, and by it hoop knows people.",
    "email_not_verified": "What vouches for you does not say that your e-mail address was verified.",
    "too_many_groups": "What vouches for you lists more groups than hoopviewer reads.",
    "inactive": "Your sign-in is good, but your account in hoop is not active.",
    "unknown": "Your sign-in is good, but hoop, whose recordings these are, knows nobody of your e-mail "
    "address.",
}


class Refused(Exception):
    """Somebody is not let in. ``reason`` is a key of SENTENCES; ``detail`` is for the log only and holds
    nothing secret; ``who`` is the issuer and subject, where they were verified."""

    def __init__(self, reason: str, *, detail: str = "", who: tuple[str, str] = ("", "")) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.who = reason, detail, who

    @property
    def sentence(self) -> str:
        return SENTENCES[self.reason]

    @property
    def status(self) -> int:
        """503 where somebody else must mend it first; 429; 401 for nobody and for a token; else 403."""
        if self.reason.startswith("token_") and self.reason != "token_garbled":
            return 401
        return {"nobody": 401, "too_often": 429, "provider_away": 503, "keys_away": 503}.get(self.reason, 403)
