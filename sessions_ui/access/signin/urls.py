"""The entrance. The demo mounts its own sign-in before it (``sessions_ui.demo.urls``)."""

from __future__ import annotations

from django.urls import path

from sessions_ui.access.signin import local, views

urlpatterns = [
    path("open/<str:token>", local.enter, name="enter"),
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/callback", views.sign_in_callback, name="sign-in-callback"),
    path("sign-in/back-channel", views.back_channel, name="back-channel"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("signed-out", views.signed_out, name="signed-out"),
]
