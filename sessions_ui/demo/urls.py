"""The site's addresses and the demo's sign-in, which takes the place of the one-time address."""

from __future__ import annotations

from django.urls import include, path

from hoopviewer.urls import handler400, handler404
from sessions_ui.demo import signin

__all__ = ["handler400", "handler404", "urlpatterns"]

urlpatterns = [
    path("sign-in", signin.sign_in, name="sign-in"),
    path("sign-out", signin.sign_out, name="sign-out"),
    path("", include("hoopviewer.urls")),
]
