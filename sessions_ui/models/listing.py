"""What we remember of hoop's list: its rows, and how much of it they cover."""

from __future__ import annotations

from django.db import models

#: In the order of the list, and with what most filters look at: what few rows fit, and how many, is found
#: without reading the rows.
ROW_SCAN = [
    *("gateway", "start_date", "session_id", "status", "verb", "exit_code", "forced", "review_status"),
    *("marks", "ai_risk", "opened", "read", "killed", "changed"),
]


class ListRowRecord(models.Model):
    """A row of hoop's list, as received; never a session's own data, which says more. The columns are for
    look-ups only; ``tags``, ``groups`` (those asked to review) and ``marks`` hold fingerprints, each
    between bars. ``access_until``: of a just-in-time access that was given, when it ends at
    the latest (far in the future while it is waited for). What
    our copies of the session add: ``ai_risk``, ``killed``, ``changed``; ``opened`` and ``read``: we hold the
    finished session's own answer, and its recording."""

    gateway = models.CharField(max_length=255)
    session_id = models.UUIDField()
    row = models.BinaryField()
    key_id = models.CharField(max_length=64, default="")
    fetched_at = models.DateTimeField()
    start_date = models.DateTimeField()
    status = models.CharField(max_length=32)
    verb = models.CharField(max_length=32, default="")
    type = models.CharField(max_length=64, default="")
    exit_code = models.BigIntegerField(null=True)
    user_id = models.CharField(max_length=255, default="")
    user = models.CharField(max_length=255, default="")
    user_name = models.CharField(max_length=255, default="")
    connection = models.CharField(max_length=255, default="")
    batch_id = models.CharField(max_length=255, default="")
    correlation_id = models.CharField(max_length=255, default="")
    review_status = models.CharField(max_length=32, default="")
    forced = models.BooleanField(default=False)
    tags = models.TextField(default="")
    groups = models.TextField(default="")
    marks = models.TextField(default="")
    access_until = models.DateTimeField(null=True)
    ai_risk = models.CharField(max_length=32, default="")
    opened = models.BooleanField(default=False)
    read = models.BooleanField(default=False)
    killed = models.BooleanField(default=False)
    changed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("gateway", "session_id", name="list_row_once")]
        indexes = [
            models.Index(fields=ROW_SCAN, name="list_row_scan"),
            models.Index(
                fields=["gateway", "user_id", "connection", "access_until"],
                name="list_row_by_access",
                condition=models.Q(access_until__isnull=False),
            ),
            models.Index(fields=["gateway", "user_id", "start_date"], name="list_row_by_person"),
            models.Index(fields=["gateway", "batch_id"], name="list_row_by_batch"),
            models.Index(fields=["gateway", "correlation_id"], name="list_row_by_correlation"),
        ]

    def __str__(self) -> str:
        return f"list row of session {self.session_id}"


class ListSpanRecord(models.Model):
    """How much of hoop's list the rows cover: all that started after ``since`` (None: from the very first)
    up to ``until``. ``place``: where the walk into the past goes on. ``counted``: how many hoop said there
    are in it, and ``checked`` how many we had then."""

    gateway = models.CharField(max_length=255, primary_key=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    place = models.CharField(max_length=160, default="")
    walked_at = models.DateTimeField()
    counted = models.BigIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    checked = models.BigIntegerField(default=0)
    crowded = models.CharField(max_length=32, default="")
    trouble = models.CharField(max_length=32, default="")

    def __str__(self) -> str:
        return f"span of the list of {self.gateway}"
