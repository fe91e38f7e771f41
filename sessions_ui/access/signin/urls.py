"""The entrance. The demo mounts its own sign-in (``sessions_ui.demo.urls``)."""

from __future__ import annotations

from django.urls import path

from sessions_ui.access.signin import local

urlpatterns = [path("open/<str:token>", local.enter, name="enter")]
