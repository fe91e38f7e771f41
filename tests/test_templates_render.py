"""Every page and fragment with values of every state: what it must say, and what it must not let through."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.utils.html import escape

from sessions_ui.pages import log_shapes, shapes
from sessions_ui.pages.list_shapes import Field, FilterChip, HomeShape, ListShape, Quick, Tick
from tests.pages import AT, ID, fragment_of, log_row, outline, ready_log, render, session_line, session_page

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)> \u202e evil"
ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_it_compiles_every_template(path: Path) -> None:
    assert get_template(str(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_it_keeps_the_house_rules(path: Path) -> None:
    source = (ROOT / "templates" / path).read_text()
    assert path.name.startswith("_") <= ("{% extends" not in source)
    for banned in ("|safe", "autoescape off", "hx-on", "hx-vals='js:", "style=", "javascript:", "N/A"):
        assert banned not in source
    assert not re.search(r"hx-trigger=\"[^\"]*\[", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)


@pytest.mark.parametrize("asset", sorted((ROOT / "static").rglob("*.*")), ids=lambda path: path.name)
def test_it_fetches_nothing_from_elsewhere(asset: Path) -> None:
    source = asset.read_text()
    assert "url(" not in source
    assert "@import" not in source
    assert not re.search(r"https?://(?!www\.w3\.org/)", source)


def test_it_answers_the_three_questions_before_anything_else() -> None:
    html = render("sessions_ui/session.html", page=session_page())
    outline(html)
    places = [
        html.index(text)
        for text in ("<h1>Owen ran", "How did it end?", "Was it approved?", "recording whole?")
    ]
    assert places == sorted(places)
    assert (
        places[-1] < html.index('id="guardrails"') < html.index('id="script"') < html.index('id="event-log"')
    )
    assert html.index('id="event-log"') < html.index('id="review"') < html.index('id="facts"')
    assert "<title>Owen ran a script on pg-payroll · hoopviewer</title>" in html
    assert "Forced by Ada Admin" in html
    assert '<span class="p-k">SELECT</span> 1' in html


def test_it_says_what_is_there_and_leaves_out_what_is_not() -> None:
    html = render(
        "sessions_ui/session.html", page=session_page(script=None, groups=(), banners=(), started_at=None)
    )
    assert 'id="script"' not in html
    assert 'href="#script"' not in html
    assert 'class="banner' not in html
    assert "None" not in html


def test_it_links_metadata_without_a_referrer() -> None:
    html = render("sessions_ui/_facts.html", group=session_page().facts)
    assert '<a href="https://jira.example.com/DATA-17" rel="noreferrer noopener">' in html
    assert "jira.example.com</span>" in html
    assert '<span class="chip-term"><bdi>environment</bdi></span>' in html


@pytest.mark.parametrize(
    ("template", "context"),
    [
        ("_answers.html", {"answers": session_page().answers}),
        ("_facts.html", {"group": session_page().facts}),
        ("_review.html", {"review": session_page().review}),
        (
            "_review.html",
            {"review": shapes.ReviewShape("none", "None on record", (), "hoop does not say why.")},
        ),
        ("_script.html", {"script": session_page().script}),
        ("_log.html", {"log": ready_log()}),
        ("_lines.html", {"lines": (session_line(),)}),
        ("_list.html", {"list": ListShape(lines=(session_line(),), summary="1 session")}),
        ("_list_form.html", {"home": HomeShape()}),
        ("_banners.html", {"banners": session_page().banners}),
        (
            "_problem.html",
            {"problem": shapes.ProblemShape(503, "Gone", "It went.", "Wait.", AT, "/x", "abc")},
        ),
    ],
)
def test_it_makes_a_fragment_that_stands_alone(template: str, context: dict[str, Any]) -> None:
    html = render(f"sessions_ui/{template}", **context)
    assert outline(html.strip()).roots == 1
    assert "<html" not in html


def test_it_shows_rows_with_their_addresses() -> None:
    html = fragment_of(
        ready_log(log_row(1, "i"), log_shapes.PauseShape("12 min 04 s without output"), log_row(2, "e"))
    )
    outline(html)
    assert f'<a class="row-no" href="/sessions/{ID}?e=1">1</a>' in html
    assert 'id="e-2"' in html
    assert '<span class="row-kind">typed</span>' in html
    assert '<li class="pause"><span>12 min 04 s without output</span></li>' in html
    assert 'title="Mon 23 Nov 2026, 12:34:01.079396 UTC">12:34:01.079</time>' in html
    assert "event-log-end" in html


def test_it_marks_the_row_that_was_asked_for() -> None:
    html = fragment_of(ready_log(log_row(1), log_row(2, marked=True)))
    assert re.findall(r'class="row kind-o row-marked" id="(e-\d)" aria-current="true"', html) == ["e-2"]


def test_it_pages_the_log_with_and_without_htmx() -> None:
    html = fragment_of(ready_log())
    link = re.search(r'<a href="([^"]+)" hx-get="([^"]+)" hx-target="#event-log"[^>]*rel="next"', html)
    assert link is not None
    assert link[1] == link[2] == f"/sessions/{ID}?e=201"
    assert 'hx-swap="outerHTML show:top"' in html
    assert '<span class="soft" aria-hidden="true">Previous</span>' in html
    assert 'id="event-log"' in html


def test_it_asks_again_only_while_the_log_arrives() -> None:
    arriving = log_shapes.LogShape(
        "arriving", "84,000 events so far", progress=40, poll_href="/poll?a=1&b=2", reload_href="/again"
    )
    html = fragment_of(arriving)
    assert 'hx-get="/poll?a=1&amp;b=2" hx-trigger="load delay:1s"' in html
    assert '<progress aria-label="How much of the log has arrived" max="100" value="40">' in html
    assert 'aria-live="polite"' in html
    assert '<a href="/again">Reload</a>' in html
    assert "value=" not in fragment_of(replace(arriving, progress=None))
    assert "hx-trigger" not in fragment_of(ready_log())


@pytest.mark.parametrize("state", ["blank", "problem"])
def test_it_says_why_there_is_no_log(state: Any) -> None:
    html = fragment_of(
        log_shapes.LogShape(state, "This session printed nothing.", "That is known.", reload_href="/r")
    )
    assert "This session printed nothing." in html
    assert "That is known." in html
    assert "<ol" not in html
    assert ('role="alert"' in html) == (state == "problem")


def test_it_shows_bytes_that_can_be_scrolled_by_keyboard() -> None:
    html = fragment_of(ready_log(log_row(7, form="hex", folded="and 3,210 more bytes, in the download")))
    assert 'class="row kind-o row-hex"' in html
    assert 'tabindex="0" role="group" aria-label="Bytes of event 7"' in html
    assert "<small>and 3,210 more bytes, in the download</small>" in html


def test_it_escapes_hostile_text_everywhere() -> None:
    value = shapes.FactValue(
        HOSTILE, term=HOSTILE, href="https://x.example/" + HOSTILE, host=HOSTILE, copy=HOSTILE
    )
    fact = shapes.Fact(HOSTILE, (value,))
    group = shapes.FactGroup(
        "facts", HOSTILE, (fact, replace(fact, chips=True)), lead=HOSTILE, paragraphs=(HOSTILE,)
    )
    row = log_row(1, text=HOSTILE, folded=HOSTILE)._replace(
        anchor="e-1" + HOSTILE, href=HOSTILE, offset=HOSTILE, label=HOSTILE, spoken=HOSTILE
    )
    links = (shapes.PagerLink(HOSTILE, HOSTILE),)
    log = replace(
        ready_log(row, log_shapes.PauseShape(HOSTILE), clock_note=HOSTILE, odd_note=HOSTILE),
        summary=HOSTILE,
        range_text=HOSTILE,
        pager=links,
        downloads=links,
        sha256=HOSTILE,
    )
    page = session_page(
        title=HOSTILE,
        sentence=HOSTILE,
        session_id=HOSTILE,
        answers=(shapes.Answer("ending", HOSTILE, "bad", HOSTILE, HOSTILE),),
        facts=group,
        groups=(),
        review=shapes.ReviewShape("warn", HOSTILE, (shapes.Step("warn", HOSTILE, HOSTILE, AT),), HOSTILE),
        script=shapes.ScriptShape(escape(HOSTILE), HOSTILE, HOSTILE, HOSTILE),
        log=log,
        banners=(shapes.Banner("bad", HOSTILE, HOSTILE),),
    )
    line = session_line(
        href=HOSTILE,
        who=HOSTILE,
        connection=HOSTILE,
        tags=(value,),
        what=HOSTILE,
        ending=HOSTILE,
        kind=HOSTILE,
        marks=(("bad", HOSTILE),),
    )
    list_shape = ListShape(
        HOSTILE,
        (line,),
        HOSTILE,
        (HOSTILE,),
        quick=(Quick(HOSTILE, HOSTILE),),
        chips=(FilterChip(HOSTILE, HOSTILE, HOSTILE),),
        exports=links,
        banners=page.banners,
        further=links[0],
        poll_href=HOSTILE,
    )
    field = Field(HOSTILE, HOSTILE, HOSTILE, known=(HOSTILE,), placeholder=HOSTILE)
    choice = Field("review", "Review", HOSTILE, ((HOSTILE, HOSTILE),))
    tick = Tick(HOSTILE, HOSTILE, HOSTILE, True)
    home = HomeShape(HOSTILE, HOSTILE, (field, choice), (field,), (tick,), list=list_shape)
    problem = shapes.ProblemShape(404, HOSTILE, HOSTILE, HOSTILE, AT, HOSTILE, HOSTILE)
    rendered = [
        render("sessions_ui/session.html", page=page),
        render("sessions_ui/log.html", page=page, log=log),
        render("sessions_ui/home.html", home=home),
        render("sessions_ui/home.html", home=replace(home, list=ListShape(message=HOSTILE, advice=HOSTILE))),
        render(
            "sessions_ui/_log.html", log=log_shapes.LogShape("arriving", HOSTILE, HOSTILE, poll_href=HOSTILE)
        ),
        render("problem.html", problem=problem),
        render("entry.html", title=HOSTILE, paragraphs=[HOSTILE]),
        render(
            "sign_in.html",
            people=[SimpleNamespace(name=HOSTILE, email=HOSTILE, sentence=HOSTILE)],
            next=HOSTILE,
        ),
    ]
    for html in rendered:
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert not [a for a in outline(html).attributes if a[1] == "onerror" or a[0] == "img"]


def test_it_lists_the_newest_sessions_under_the_box() -> None:
    shape = HomeShape(list=ListShape(lines=(session_line(), session_line())))
    html = render("sessions_ui/home.html", home=shape)
    assert html.index('name="q"') < html.index('id="list-title"')
    assert html.count('name="q"') == 1
    assert f'<a href="/sessions/{ID}"><bdi>Owen</bdi> ran a script</a>' in html
    assert "20 minutes ago" not in html
    assert "19 minutes ago" in html
    assert html.count("<tr") == 3


def test_it_counts_the_tags_it_does_not_list() -> None:
    tags = tuple(shapes.FactValue(str(n), term="tag") for n in range(20))
    html = render("sessions_ui/_lines.html", lines=(session_line(tags=tags),))
    assert html.count('class="tag-name"') == 3
    assert "and 17 more" in html


def test_it_says_why_the_box_found_nothing() -> None:
    html = render("sessions_ui/home.html", home=HomeShape(query="zzz", query_error="Not an id."))
    assert 'value="zzz"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="box-error" role="alert">.*Not an id\.', html, re.DOTALL)


def test_it_shows_a_problem_with_its_way_out() -> None:
    problem = shapes.ProblemShape(
        503, "hoop cannot be reached", "It refused.", "Try later.", AT, "/again", "4b1c1a"
    )
    html = render("problem.html", problem=problem)
    outline(html)
    for text in (
        "hoop cannot be reached",
        "It refused.",
        "Try later.",
        "19 minutes ago",
        'href="/again"',
        "4b1c1a",
    ):
        assert text in html


def test_it_offers_each_person_a_form() -> None:
    people = [
        SimpleNamespace(name=n, email=f"{n}@example.com", sentence="Sees all.") for n in ("audrey", "owen")
    ]
    html = render("sign_in.html", people=people, next="/sessions/x")
    outline(html)
    assert html.count('method="post"') == html.count("csrfmiddlewaretoken") >= 2
    assert 'name="email" value="owen@example.com"' in html
    assert html.count('name="next" value="/sessions/x"') == 2


def test_it_tells_the_demo_and_the_gateway() -> None:
    html = render("404.html", demo=True, gateway_host="hoop.example.com")
    for text in ("A demonstration", "hoop.example.com", "Audrey", '<html lang="en">'):
        assert text in html
    assert "A demonstration" not in render("404.html")


def test_it_configures_htmx_to_keep_and_run_nothing() -> None:
    html = render("404.html")
    config = re.search(r"<meta name=\"htmx-config\" content='([^']+)'>", html)
    assert config is not None
    for setting in (
        '"historyCacheSize":0',
        '"allowEval":false',
        '"allowScriptTags":false',
        '"selfRequestsOnly":true',
    ):
        assert setting in config[1]


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html", "entry.html", "signed_out.html"])
def test_it_renders_without_any_context(name: str) -> None:
    html = render_to_string(name)
    outline(html)
    assert "<h1>" in html
