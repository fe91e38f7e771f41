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

handler400 = "sessions_ui.problems.bad_request"
handler403 = "sessions_ui.problems.permission_denied"
handler404 = "sessions_ui.problems.page_not_found"
handler500 = "sessions_ui.problems.server_error"
