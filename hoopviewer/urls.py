"""Mounts the product, the entrance and the health pages; names the error pages."""

from __future__ import annotations

from django.urls import include, path

from hoopviewer import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("sessions_ui.access.signin.urls")),
    path("", include("sessions_ui.urls")),
]

# 403 and 500 are Django's own views over the templates of these names.
handler400 = "sessions_ui.problems.bad_request"
handler404 = "sessions_ui.problems.not_found"
