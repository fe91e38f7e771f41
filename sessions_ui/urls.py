"""The product's addresses. ``/sessions/<id>`` is the same path as in hoop's own web app."""

from __future__ import annotations

from django.urls import path

from sessions_ui.api.links import api_link
from sessions_ui.api.openapi import api_openapi
from sessions_ui.api.sessions import api_session
from sessions_ui.pages.citation import session_citation
from sessions_ui.pages.covering import session_covering_approval
from sessions_ui.pages.download import session_download, session_download_form
from sessions_ui.pages.home import home
from sessions_ui.pages.list_covering import list_covering
from sessions_ui.pages.list_export import list_export
from sessions_ui.pages.people import people, people_export
from sessions_ui.pages.related import session_related
from sessions_ui.pages.reveal import session_reveal
from sessions_ui.pages.review import session_review
from sessions_ui.pages.search import session_search
from sessions_ui.pages.session import session_detail, session_log
from sessions_ui.pages.tokens import token_revoke, tokens
from sessions_ui.pages.trail import trail, trail_export

urlpatterns = [
    path("", home, name="home"),
    path("export", list_export, name="list-export"),
    path("covering", list_covering, name="list-covering"),
    path("sessions/<str:session_id>", session_detail, name="session"),
    path("sessions/<str:session_id>/log", session_log, name="session-log"),
    path("sessions/<str:session_id>/citation", session_citation, name="session-citation"),
    path("sessions/<str:session_id>/review", session_review, name="session-review"),
    path(
        "sessions/<str:session_id>/covering-approval",
        session_covering_approval,
        name="session-covering-approval",
    ),
    path("sessions/<str:session_id>/related", session_related, name="session-related"),
    path("sessions/<str:session_id>/reveal", session_reveal, name="session-reveal"),
    path("sessions/<str:session_id>/search", session_search, name="session-search"),
    path("sessions/<str:session_id>/download", session_download, name="session-download"),
    path("sessions/<str:session_id>/download/form", session_download_form, name="session-download-form"),
    path("trail", trail, name="trail"),
    path("trail/export", trail_export, name="trail-export"),
    path("people", people, name="people"),
    path("people/export", people_export, name="people-export"),
    path("tokens", tokens, name="tokens"),
    path("tokens/<int:number>/revoke", token_revoke, name="token-revoke"),
    path("api/sessions/<str:session_id>", api_session, name="session-api"),
    path("api/openapi.json", api_openapi, name="openapi"),
    path("dl/<str:token>", api_link, name="link"),
]
