"""The trail as a Django app of its own, so that its tables can live in a file of their own."""

from __future__ import annotations

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """Who saw what."""

    name = "sessions_ui.trail"
    label = "trail"
    verbose_name = "Access trail"
    default_auto_field = "django.db.models.BigAutoField"
