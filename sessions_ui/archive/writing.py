"""Segments into the database: by COPY on PostgreSQL, by a bulk insert on SQLite.

The caller holds the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from sessions_ui.models import SegmentRecord


def write_segments(segments: Sequence[SegmentRecord]) -> None:
    """Insert them; their own ids stay unknown."""
    if connection.vendor != "postgresql":
        SegmentRecord.objects.bulk_create(segments)
        return
    fields = [field for field in SegmentRecord._meta.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(SegmentRecord._meta.db_table)
    # Binary: as text, every payload byte would travel as two.
    with (
        connection.cursor() as cursor,
        # A failure within the copy would come as psycopg's own error, not as Django's.
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types([str(field.db_type(connection)).partition("(")[0] for field in fields])
        for segment in segments:
            copy.write_row([getattr(segment, field.attname) for field in fields])
