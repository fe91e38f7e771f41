"""Who may open the door: sign-ins, their limits, personal tokens, links to files. Tokens are hashes."""

from __future__ import annotations

from django.db import models


class LocalEntryRecord(models.Model):
    """A one-time address printed at start, as a hash; ``opened_at`` once it was used."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"entry of {self.created_at}"


class SignInRecord(models.Model):
    """A person who was let in. By a browser's cookie, of which a hash is kept; or on the word of a proxy,
    which comes with every request: then there is no hash, and one row a person, renewed hourly.

    The person is ``issuer`` and ``subject``; an e-mail can be given to somebody else. ``groups`` are those
    of the token's that the site's map names. ``id_token`` is sealed with the cookie, which we do not hold;
    ``provider_session`` is what the provider calls its own (``sid``), by which it may end this one."""

    token_hash = models.CharField(max_length=64, null=True, unique=True)
    way = models.CharField(max_length=16)
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=255, default="")
    groups = models.JSONField(default=list)
    id_token = models.BinaryField(default=b"")
    provider_session = models.CharField(max_length=255, default="")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "subject", "-created_at"], name="sign_in_by_person"),
            models.Index(fields=["email"], name="sign_in_by_email"),
        ]

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class SignInAttemptRecord(models.Model):
    """A browser on its way to the provider and back: hashes of the state and of the cookie that both
    halves must bring, and where it wanted to go."""

    state_hash = models.CharField(max_length=64, unique=True)
    browser_hash = models.CharField(max_length=64)
    following = models.CharField(max_length=2048)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"attempt of {self.created_at}"


class RateRecord(models.Model):
    """How often something was done by somebody within a stretch of time, the ``window``-th of its length."""

    kind = models.CharField(max_length=32)
    key_hash = models.CharField(max_length=64)
    window = models.BigIntegerField()
    used = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "key_hash", "window", name="rate_once_a_window")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.window}"


class TokenRecord(models.Model):
    """A personal token for the API, as a hash; ``beginning`` is what its owner knows it by. The owner is
    ``issuer`` and ``subject``; whatever else is known of them comes from their newest sign-in."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    token_hash = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    may_see_input = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["issuer", "subject", "-created_at"], name="token_by_owner")]

    def __str__(self) -> str:
        return f"token {self.pk}"


class LinkRecord(models.Model):
    """A link to one file, as a hash, with everything that decides what is in the file. ``token``: the
    personal token that made it, without which it opens nothing."""

    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    token = models.ForeignKey(TokenRecord, null=True, on_delete=models.CASCADE, related_name="links")
    link_hash = models.CharField(max_length=64, unique=True)
    session_id = models.UUIDField()
    extension = models.CharField(max_length=16)
    kinds = models.CharField(max_length=4)
    with_times = models.BooleanField()
    with_new_lines = models.BooleanField()
    is_script = models.BooleanField()
    shows_input = models.BooleanField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["issuer", "subject"], name="link_by_owner")]

    def __str__(self) -> str:
        return f"link {self.pk}"
