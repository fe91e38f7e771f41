"""What we remember of hoop.

Payloads are bytes as hoop sent them (compressed; ``key_id`` names the key once they are
encrypted, empty until then). The few text columns beside them exist for look-ups only.
"""

from __future__ import annotations

from django.db import models


class SessionRecord(models.Model):
    """A session's own data, as received from the metadata request; never a list row."""

    gateway = models.CharField(max_length=255)
    org_id = models.CharField(max_length=64)
    session_id = models.UUIDField()
    envelope = models.BinaryField()
    key_id = models.CharField(max_length=64, default="")
    gateway_version = models.CharField(max_length=64, default="")
    first_seen_at = models.DateTimeField()
    fetched_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True)
    #: A finished session was found changed at hoop: last seen unchanged, first seen changed.
    changed_after = models.DateTimeField(null=True)
    changed_before = models.DateTimeField(null=True)
    status = models.CharField(max_length=32)
    review_status = models.CharField(max_length=32, default="")
    user_id = models.CharField(max_length=255, default="")
    connection = models.CharField(max_length=255, default="")
    start_date = models.DateTimeField(null=True)
    end_date = models.DateTimeField(null=True)
    exit_code = models.BigIntegerField(null=True)
    event_size = models.BigIntegerField(default=0)
    script_size = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("gateway", "org_id", "session_id", name="session_once_per_organisation")
        ]
        indexes = [
            models.Index(fields=["gateway", "session_id"], name="session_by_id"),
            models.Index(fields=["gateway", "-start_date"], name="session_by_start"),
        ]

    def __str__(self) -> str:
        return f"session {self.session_id}"


class EventLogRecord(models.Model):
    """One reading of a session's event stream. The published one is the log that is shown; ``beside`` it
    may stand what hoop sends now, where that differs. The columns from ``status`` to ``script_size``
    are hoop's words from the very answer that held the stream. ``store`` is the reading whose segments
    this one shares (the first ``events`` of them), None: its own. ``prefix_changed``: an open session's
    stream that no longer began as it had before. ``full_payloads`` None: read before they were counted."""

    class State(models.TextChoices):
        ARRIVING = "arriving"
        PUBLISHED = "published"
        BESIDE = "beside"
        SUPERSEDED = "superseded"
        SWEPT = "swept"
        FAILED = "failed"

    session = models.ForeignKey(SessionRecord, on_delete=models.CASCADE, related_name="logs")
    state = models.CharField(max_length=16, choices=State.choices)
    store = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="readings")
    prefix_changed = models.BooleanField(default=False)
    owner = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=32, default="")
    failure_text = models.CharField(max_length=255, default="")
    received_bytes = models.BigIntegerField(default=0)

    status = models.CharField(max_length=32, default="")
    end_date = models.DateTimeField(null=True)
    exit_code = models.BigIntegerField(null=True)
    event_size = models.BigIntegerField(default=0)
    script_size = models.BigIntegerField(null=True)
    stream_seen = models.BooleanField(default=False)
    wire_bytes = models.BigIntegerField(default=0)

    typed_events = models.BigIntegerField(default=0)
    output_events = models.BigIntegerField(default=0)
    error_events = models.BigIntegerField(default=0)
    other_events = models.BigIntegerField(default=0)
    odd_events = models.BigIntegerField(default=0)
    typed_bytes = models.BigIntegerField(default=0)
    printed_bytes = models.BigIntegerField(default=0)
    other_bytes = models.BigIntegerField(default=0)
    full_payloads = models.BigIntegerField(null=True)
    first_seconds = models.FloatField(null=True)
    last_seconds = models.FloatField(null=True)
    only_placeholder = models.BooleanField(default=False)
    events_sha256 = models.CharField(max_length=64, default="")
    printed_sha256 = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [models.Index(fields=["session", "state", "-started_at"], name="log_by_session")]

    def __str__(self) -> str:
        return f"{self.state} log {self.pk} of {self.session}"

    def stored_segments(self) -> models.QuerySet[SegmentRecord]:
        """The segments that hold its events, and of an open session those of later readings as well: who
        reads stops at ``events``. (A bound here would lead SQLite to walk along it.)"""
        return SegmentRecord.objects.filter(log_id=self.store_id or self.pk)

    @property
    def is_finished(self) -> bool:
        """Read when hoop had closed the session: the first such reading is kept."""
        return self.status == "done" and self.end_date is not None

    @property
    def events(self) -> int:
        return self.typed_events + self.output_events + self.error_events + self.other_events


class SegmentRecord(models.Model):
    """A stretch of a log in original order: ``columns`` (seconds, kind, length of each row), and the
    payload bytes in lanes. ``first_event`` is the number of the first row's event; ``continues``
    says that this row goes on with the payload of the segment before. The ``before_…`` columns count
    what all earlier segments hold, so that any place is found by an index and none is walked to. ``errors``
    repeats what the printed lane holds of them, None where it does not (many, or an earlier release)."""

    log = models.ForeignKey(EventLogRecord, on_delete=models.CASCADE, related_name="segments")
    sequence = models.PositiveIntegerField()
    first_event = models.BigIntegerField()
    continues = models.BooleanField(default=False)
    rows = models.PositiveIntegerField()
    first_seconds = models.FloatField()
    before_typed = models.BigIntegerField()
    before_output = models.BigIntegerField()
    before_error = models.BigIntegerField()
    before_other = models.BigIntegerField()
    before_typed_bytes = models.BigIntegerField()
    before_printed_bytes = models.BigIntegerField()
    before_other_bytes = models.BigIntegerField()
    columns = models.BinaryField()
    typed = models.BinaryField()
    printed = models.BinaryField()
    other = models.BinaryField()
    errors = models.BinaryField(null=True)
    key_id = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint("log", "sequence", name="segment_once")]
        indexes = [
            models.Index(fields=["log", "first_event", "sequence"], name="segment_by_event"),
            models.Index(fields=["log", "before_typed", "sequence"], name="segment_by_typed"),
            models.Index(fields=["log", "before_output", "sequence"], name="segment_by_output"),
            models.Index(fields=["log", "before_error", "sequence"], name="segment_by_error"),
            models.Index(fields=["log", "before_other", "sequence"], name="segment_by_other"),
            models.Index(fields=["log", "before_printed_bytes", "sequence"], name="segment_by_printed_bytes"),
            models.Index(fields=["log", "first_seconds", "sequence"], name="segment_by_seconds"),
        ]

    def __str__(self) -> str:
        return f"segment {self.sequence} of log {self.log_id}"


class FileLengthRecord(models.Model):
    """How many bytes a file of a log has, by the file's ETag, found out when one was written to its end."""

    log = models.ForeignKey(EventLogRecord, on_delete=models.CASCADE, related_name="file_lengths")
    etag = models.CharField(max_length=64)
    length = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("log", "etag", name="file_length_once")]

    def __str__(self) -> str:
        return f"length of a file of log {self.log_id}"


class LeaseRecord(models.Model):
    """Who does a piece of work for the whole deployment, and until when that counts."""

    name = models.CharField(max_length=128, primary_key=True)
    owner = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class GatewayTroubleRecord(models.Model):
    """A gateway that failed: since when, and until when it is left alone. No row: no trouble known."""

    gateway = models.CharField(max_length=255, primary_key=True)
    since = models.DateTimeField()
    cooling_until = models.DateTimeField()
    reason = models.CharField(max_length=255)

    def __str__(self) -> str:
        return self.gateway


class ServerRecord(models.Model):
    """What a gateway last said of itself, and when some process of the deployment heard it."""

    gateway = models.CharField(max_length=255, primary_key=True)
    version = models.CharField(max_length=64)
    disable_download = models.BooleanField()
    disable_clipboard = models.BooleanField()
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"what {self.gateway} says of itself"


class PersonRecord(models.Model):
    """hoop's user of an e-mail, kept for a minute; ``answer`` empty: hoop has none."""

    gateway = models.CharField(max_length=255)
    email = models.CharField(max_length=254)
    answer = models.BinaryField()
    key_id = models.CharField(max_length=64, default="")
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("gateway", "email", name="person_once_per_gateway")]

    def __str__(self) -> str:
        return f"person {self.pk}"
