"""The list at ``/``: its filters, whose list it is, how far it reaches, and what it says of that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from sessions_ui.archive import list_filling, list_walk, listing
from sessions_ui.archive.leases import take_lease
from sessions_ui.archive.list_filling import fill_rows, find_coverage
from sessions_ui.archive.list_filter import ListFilter
from sessions_ui.archive.list_matching import View
from sessions_ui.archive.list_rows import count_rows, kept_rows
from sessions_ui.demo.standin import StandIn
from sessions_ui.models import ListRowRecord, ListSpanRecord
from sessions_ui.pages.list_query import REVIEWS
from tests.crowds import BEGIN, SECOND, add_crowd, reading_held
from tests.recordings import FIXTURES, Part, read_page
from tests.waiting import LONG

EVERYTHING = View(everything=True)


def page_of(client: Client, path: str, status: int = 200, **headers: str) -> Part:
    response = client.get(path, headers=headers)
    assert response.status_code == status, response.content.decode()[:2000]
    return read_page(response.content)


def ids_on(page: Part) -> list[str]:
    table = page.some("tbody")
    rows = table.every("tr") if table else []
    return [row.every("a")[0].attributes["href"].removeprefix("/sessions/") for row in rows]


def whole_list(client: Client, path: str) -> list[str]:
    """Page by page, as a person goes."""
    found: list[str] = []
    while path:
        page = page_of(client, path)
        found += ids_on(page)
        older = [link for link in page.every("a") if link.attributes.get("rel") == "next"]
        path = older[0].attributes["href"] if older else ""
    return found


def read_ahead(client: Client) -> None:
    """Let the rows be all there, however long that takes; new ones are looked for after ten seconds."""
    client.get("/?verb=exec")
    list_filling.finish_filling()


def ids_of(hoop: StandIn, *cases: str) -> set[str]:
    return {hoop.id_of(case) for case in cases}


@pytest.mark.database
@pytest.mark.parametrize(
    ("query", "cases"),
    [
        ("connection=bash-jit", {"jit-approved", "jit-abandoned", "jit-rejected", "jit-window"}),
        ("type=httpproxy", {"http-proxy"}),
        ("review=Rejected", {"payroll-rejected", "jit-rejected"}),
        ("review=Forced", {"payroll-forced"}),
        ("review=undecided", {"jit-abandoned"}),
        ("review_status=executed", {"payroll-ran", "payroll-forced"}),
        ("review=approved&review_status=EXECUTED", {"payroll-ran"}),
        ("review=undecided&verb=connect", {"jit-abandoned"}),
        ("review=needed", {"payroll-pending"}),
        ("person=svc-reporting", {"machine"}),
        ("exit=3", {"bash-failed", "pg-error"}),
        ("forced=1", {"payroll-forced"}),
        ("mark=guardrail", {"guardrail-blocked"}),
        ("mark=truncated", {"truncated"}),
        ("mark=masked", {"masked"}),
        ("status=ready", {"payroll-approved", "payroll-revoked"}),
        ("tag=pii%3Dtrue&exit=0&forced=1", {"payroll-forced"}),
    ],
)
def test_it_filters(query: str, cases: set[str], hoop: StandIn, operator: Client) -> None:
    assert set(ids_on(page_of(operator, f"/?{query}"))) == ids_of(hoop, *cases)


@pytest.mark.database
@pytest.mark.parametrize("further", ["", "&verb=exec"])
def test_it_filters_approvals_by_the_words_of_their_column(
    further: str, hoop: StandIn, operator: Client
) -> None:
    """Asked of hoop, and of the rows."""
    newer = hoop.session(hoop.id_of("payroll-revoked")).envelope
    newer["review"] = {**newer["review"], "status": "POSTPONED"}
    read_ahead(operator)
    for word, label in REVIEWS.items():
        page = page_of(operator, f"/?review={word.upper()}{further}")
        beginning = (label, "Covered by another") if word == "none" else (label,)
        told = [cell.text for cell in page.every(css="line-review")]
        assert told or further, word
        assert [each for each in told if not each.startswith(beginning)] == []
    counted = sum(len(ids_on(page_of(operator, f"/?review={word}{further}"))) for word in REVIEWS)
    assert counted == len(ids_on(page_of(operator, f"/?{further.lstrip('&')}")))


def test_it_takes_a_newer_status_that_a_row_has(hoop: StandIn, operator: Client) -> None:
    newer = hoop.session(hoop.id_of("payroll-revoked")).envelope
    newer["review"] = {**newer["review"], "status": "POSTPONED"}
    assert "POSTPONED" in page_of(operator, "/?review_status=POSTPONED", 400).text
    read_ahead(operator)
    page = page_of(operator, "/?review_status=POSTPONED")
    assert ids_on(page) == [hoop.id_of("payroll-revoked")]
    assert "Status of review POSTPONED" in page.one(css="filters-active").text


def test_it_asks_hoop_once_for_a_page(hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/?connection=bash-prod&from=2026-11-01&type=custom")
    (seen,) = hoop.requests("/api/*")
    asked = {name: values[0] for name, values in parse_qs(seen.query).items()}
    assert asked["start_date"] == "2026-11-01T00:00:00Z"
    assert (asked["connection"], asked["type"], asked["limit"]) == ("bash-prod", "custom", "50")
    page_of(operator, "/?mark=guardrail")
    hoop.forget_requests()
    page_of(operator, "/?mark=guardrail")
    assert hoop.requests() == []


@pytest.mark.database
def test_it_pages_through_everything_once(hoop: StandIn, operator: Client) -> None:
    add_crowd(hoop, [BEGIN + SECOND * (number // 60) for number in range(130)])
    expected = [session.id for session in hoop.state.newest_first()]
    hoop.forget_requests()
    assert whole_list(operator, "/") == expected
    assert len(hoop.requests("/api/*")) == -(-len(expected) // 50)
    assert whole_list(operator, "/?verb=exec") == [
        session.id for session in hoop.state.newest_first() if session.envelope["verb"] == "exec"
    ]


def test_it_says_which_rows_of_how_many(hoop: StandIn, operator: Client) -> None:
    count = len(hoop.state.newest_first())
    add_crowd(hoop, [BEGIN] * 80)
    page = page_of(operator, "/")
    assert f"1–50 of {count + 80} sessions" in page.one(css="list-sum").text
    older = next(link for link in page.every("a") if link.text == "Older")
    assert (
        f"51–100 of {count + 80} sessions"
        in page_of(operator, older.attributes["href"]).one(css="list-sum").text
    )


@pytest.mark.database
@pytest.mark.parametrize(
    ("recording", "email"), [("as-owen", "owen@example.com"), ("as-rita", "rita@example.com")]
)
def test_it_lists_for_a_person_what_hoop_does(
    recording: str, email: str, hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    """Against hoop's own answers to these people (of Owen's the first 20 were recorded)."""
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    for row in json.loads((FIXTURES / "list/too-many.json").read_bytes())["data"]:
        hoop.add_session(row, None, as_it_is=True)
    theirs = json.loads((FIXTURES / f"list/{recording}.json").read_bytes())
    client = as_person(email)
    hoop.forget_requests()
    found = whole_list(client, "/")
    assert found[: len(theirs["data"])] == [row["id"] for row in theirs["data"]]
    assert len(found) == theirs["total"]
    assert not [seen for seen in hoop.requests("/api/sessions") if "user=" in seen.query]


def test_it_tells_a_standard_person_no_number_of_all(
    hoop: StandIn, as_person: Callable[[str], Client]
) -> None:
    text = page_of(as_person("olga@example.com"), "/").one(id="session-list").text
    assert "were looked through for yours" in text
    assert str(len(hoop.state.newest_first())) not in text.split("looked through")[1]


def test_it_leaves_the_reading_to_the_process_that_has_begun(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WAIT_SECONDS", 0.3)
    assert take_lease(list_filling.lease_name(), "another process", seconds=60)
    page = page_of(operator, "/?exit=failed")
    assert hoop.requests("/api/sessions") == []
    assert "Nothing so far" in page.text
    assert page.one(id="session-list").attributes["hx-get"] == "/?exit=failed"


def test_it_names_the_span_it_checked(hoop: StandIn, operator: Client) -> None:
    count = len(hoop.state.newest_first())
    text = page_of(operator, "/?exit=failed").one(id="session-list").text
    assert f"Checked {count} of {count} sessions from hoop's first session to" in text


@pytest.mark.parametrize(
    ("counted", "words"),
    [(99, "counts more than it gave"), (1, "some were deleted there"), (None, "sessions, from hoop's first")],
)
def test_it_says_when_hoop_counts_another_number(
    counted: int | None, words: str, hoop: StandIn, operator: Client
) -> None:
    page_of(operator, "/?exit=failed")
    ListSpanRecord.objects.update(counted=counted)
    assert words in page_of(operator, "/?exit=failed").one(id="session-list").text


def test_it_names_a_second_that_cannot_be_walked_through(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hoop.state.limits = replace(hoop.state.limits, offset=100)
    monkeypatch.setattr(list_walk, "MAX_OFFSET", 100)
    add_crowd(hoop, [BEGIN + SECOND / 2] * 250)
    for path in ("/?exit=0", "/?to=2026-11-01T08:00:01"):
        pages, words = path, []
        while pages:
            page = page_of(operator, pages)
            words += [note.text for note in page.every(css="panel-note")]
            older = [link for link in page.every("a") if link.attributes.get("rel") == "next"]
            pages = older[0].attributes["href"] if older else ""
        assert any("More sessions began in the second before" in note for note in words), path


def test_it_stops_where_another_process_took_over(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_filling, "renew_lease", lambda *args, **kwargs: False)
    assert "so far" in page_of(operator, "/?exit=failed").text
    assert hoop.requests("/api/sessions") == []
    assert ListSpanRecord.objects.get().trouble == ""


def test_it_reads_on_while_the_page_waits(
    hoop: StandIn, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_crowd(hoop, [timezone.now() - timedelta(hours=number) for number in range(400)])
    monkeypatch.setattr(listing, "WAIT_SECONDS", 0.2)
    with reading_held():
        page = page_of(operator, "/?verb=exec")
    assert "so far" in page.one(id="session-list").text
    assert page.one(id="session-list").attributes["hx-get"] == "/?verb=exec"
    done = page_of(operator, "/?verb=exec", hx_request="true").one(id="session-list")
    assert "hx-get" not in done.attributes
    assert "so far" not in done.text


def test_it_reads_no_further_back_than_asked(hoop: StandIn, operator: Client, settings: Any) -> None:
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    now = timezone.now()
    ids = add_crowd(hoop, [now - timedelta(days=number) for number in range(400)])
    settings.HOOPVIEWER_LIST_DAYS = 30
    page = page_of(operator, "/?verb=exec&exit=0")
    coverage = find_coverage()
    assert coverage
    assert coverage.since
    assert coverage.since < now - timedelta(days=30)
    assert count_rows(EVERYTHING, ListFilter()) < 200
    further = next(
        link for link in page_of(operator, "/?verb=exec&exit=3").every("a") if "further back" in link.text
    )
    assert further.attributes["href"].startswith("/?from=20")
    assert len(ids_on(page)) == 50
    assert whole_list(operator, f"/?verb=exec&from={now - timedelta(days=500):%Y-%m-%d}") == ids


def test_it_looks_again_at_what_was_not_settled(hoop: StandIn, operator: Client) -> None:
    pending = hoop.id_of("payroll-pending")
    assert pending in ids_on(page_of(operator, "/?status=open"))
    hoop.settle_review(pending, "REJECTED")
    hoop.session(pending).envelope["status"] = "done"
    long_ago = timezone.now() - timedelta(days=2)
    ListRowRecord.objects.update(fetched_at=long_ago)
    ListSpanRecord.objects.update(until=timezone.now() - timedelta(seconds=30))
    assert pending not in ids_on(page_of(operator, "/?status=open"))


@pytest.mark.database
def test_it_drops_what_hoop_no_longer_lists(hoop: StandIn, operator: Client) -> None:
    pending = hoop.id_of("payroll-pending")
    page_of(operator, "/?status=open")
    hoop.state.remove(pending)
    ListRowRecord.objects.update(fetched_at=timezone.now() - timedelta(days=2))
    ListSpanRecord.objects.update(until=timezone.now() - timedelta(seconds=30))
    assert pending not in ids_on(page_of(operator, "/?status=open"))
    assert not ListRowRecord.objects.filter(session_id=pending).exists()


def test_it_reads_all_once_more_after_a_day(hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/?exit=failed")
    old = timezone.now() - timedelta(days=1, minutes=1)
    ListSpanRecord.objects.update(walked_at=old)
    hoop.session(hoop.id_of("bash-failed")).envelope["exit_code"] = 0
    assert hoop.id_of("bash-failed") not in ids_on(page_of(operator, "/?exit=failed"))
    assert ListSpanRecord.objects.get().walked_at > old


def test_it_drops_then_what_hoop_lists_no_longer(hoop: StandIn, operator: Client) -> None:
    ids = add_crowd(hoop, [BEGIN + SECOND * (number // 40) for number in range(300)])
    page_of(operator, "/?exit=failed")
    gone = {ids[0], ids[55], ids[299], hoop.id_of("bash-failed")}
    for session_id in gone:
        hoop.state.remove(session_id)
    ListSpanRecord.objects.update(walked_at=timezone.now() - timedelta(days=1, minutes=1))
    assert gone & set(ids_on(page_of(operator, "/?exit=failed"))) == set()
    assert {str(each) for each in ListRowRecord.objects.values_list("session_id", flat=True)} == {
        session.id for session in hoop.state.newest_first()
    }


def test_it_says_that_the_key_sees_nothing(hoop: StandIn, operator: Client, settings: Any) -> None:
    settings.HOOP_API_KEY = hoop.key_for("raj@example.com")
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    text = page_of(operator, "/").one(id="session-list").text
    assert "hoop lists no sessions" in text
    assert "its role at hoop is “standard”" in text


def test_it_finds_each_session_once_in_the_rows(hoop: StandIn) -> None:
    for session in hoop.state.newest_first():
        hoop.state.remove(session.id)
    ids = add_crowd(hoop, [BEGIN + SECOND * (number // 150) for number in range(900)])
    fill_rows(BEGIN - timedelta(days=1), wait_seconds=LONG)
    list_filling.finish_filling()
    assert count_rows(EVERYTHING, ListFilter()) == len(ids)
    coverage = find_coverage()
    assert coverage
    assert (coverage.checked, coverage.counted, coverage.since) == (900, 900, None)


@pytest.mark.database
@pytest.mark.parametrize(
    ("typed", "cases"),
    [("OLGA", 4), ("olga@example.com", 4), ("svc-reporting", 1), ("nobody", 0), ("rita", 0)],
)
def test_it_knows_people_by_name_and_email(typed: str, cases: int, hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/")
    page = page_of(operator, f"/?person={typed}")
    wanted = [each for each in hoop.state.newest_first() if each.user_id.startswith(typed.casefold())]
    assert ids_on(page) == [session.id for session in wanted]


def test_it_asks_hoop_for_an_email_it_has_not_seen(hoop: StandIn, operator: Client) -> None:
    known = hoop.state.people.find("rita@example.com")
    assert known
    known.id = "f2b1"
    response = operator.get("/?person=rita@example.com&type=custom")
    assert (response.status_code, response["Location"]) == (302, "/?person=f2b1&type=custom")
    hoop.forget_requests()
    assert "No session fits" in page_of(operator, response["Location"]).text
    assert len(hoop.requests("/api/*")) == 1


def test_it_takes_several_people_of_one_name(hoop: StandIn, operator: Client) -> None:
    ids = add_crowd(hoop, [BEGIN], user_id="other-owen", user_name="Owen", user="o2@example.com")
    page_of(operator, "/?exit=failed")
    page = page_of(operator, "/?person=Owen&from=2026-11-01&to=2026-11-01")
    assert ids_on(page) == ids
    assert "2 people: " in page.one(css="filters-active").text


def test_it_asks_for_more_of_a_name_that_many_have(hoop: StandIn, operator: Client) -> None:
    for number in range(11):
        add_crowd(hoop, [BEGIN], user_id=f"id-{number}", user_name=f"Many {number}")
    page_of(operator, "/?exit=failed")
    assert "more than 9 people" in page_of(operator, "/?person=many", 400).text


@pytest.mark.parametrize(
    "query",
    [
        "status=closed",
        "statu=open",
        "verb=run",
        "exit=x",
        "exit=03",
        "forced=0",
        "mark=blue",
        "review=pending",
        "review=USED",
        "review_status=USED",
        "review_status=a%25",
        "from=yesterday",
        "from=2026-11-23T10:00:00%2B05:00",
        "to=2026-11-23&from=2026-11-24",
        "from=0001-01-01",
        "after=2",
        "person=a%00b",
        "connection=" + "x" * 256,
        "type=custom&type=tcp",
        "&".join(f"tag=t{number}" for number in range(9)),
    ],
)
def test_it_refuses_what_it_cannot_take(query: str, hoop: StandIn, operator: Client) -> None:
    text = page_of(operator, f"/?{query}", 400).text
    assert query.split("=")[0] in text
    assert ("undecided, approved, forced, rejected" in text) == query.startswith("review=")
    assert hoop.requests("/api/sessions") == []


def test_it_gives_a_form_the_address_to_share(hoop: StandIn, operator: Client) -> None:
    response = operator.get("/?person=&connection=pg-200&review=&from=&to=&tag=&tag=x")
    assert (response.status_code, response["Location"]) == (302, "/?connection=pg-200&tag=x")
    part = operator.get("/?person=&connection=pg-200", headers={"HX-Request": "true"})
    assert "/?connection=pg-200&amp;exit=failed" in part.content.decode()
    wrong = operator.get("/?from=soon", headers={"HX-Request": "true"})
    assert wrong.status_code == 400
    assert "“from=soon” is not a day" in read_page(wrong.content).one(id="session-list").text
    assert part["HX-Push-Url"] == "/?connection=pg-200"
    assert part.content.lstrip().startswith(b"<section")


def test_it_keeps_the_form_and_takes_filters_away_one_by_one(hoop: StandIn, operator: Client) -> None:
    page = page_of(operator, "/?connection=bash-prod&exit=failed&tag=tier%3Dbackend&tag=environment")
    chips = page.one(css="filters-active").every("a")
    assert [chip.attributes["href"] for chip in chips] == [
        "/?exit=failed&tag=tier%3Dbackend&tag=environment",
        "/?connection=bash-prod&tag=tier%3Dbackend&tag=environment",
        "/?connection=bash-prod&exit=failed&tag=environment",
        "/?connection=bash-prod&exit=failed&tag=tier%3Dbackend",
        "/",
    ]
    values = {
        part.attributes["name"]: part.attributes.get("value")
        for part in page.one("form", css="filters").every("input")
    }
    assert values["connection"] == "bash-prod"
    quick = {link.text: link for link in page.one(css="filters-quick").every("a")}
    assert quick["Failed or stopped , active: remove"].attributes["aria-current"] == "true"
    assert "Mine" not in quick


def test_it_offers_the_last_day_as_a_moment(hoop: StandIn, operator: Client) -> None:
    link = next(each for each in page_of(operator, "/").every("a") if each.text == "Last 24 h")
    query = parse_qs(urlsplit(link.attributes["href"]).query)
    assert list(query) == ["from"]
    assert "Last 24 h , active: remove" in page_of(operator, link.attributes["href"]).text


@pytest.mark.database
def test_it_lists_its_copies_while_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/?connection=bash-prod")
    operator.get(f"/sessions/{hoop.id_of('pg-200')}")
    hoop.faults.set("refuse")
    page = page_of(operator, "/")
    shown = [
        session for session in hoop.state.newest_first() if session.envelope["connection"] == "bash-prod"
    ]
    opened = hoop.session(hoop.id_of("pg-200"))
    assert ids_on(page) == [
        each.id for each in sorted([*shown, opened], key=lambda one: (one.started, one.id), reverse=True)
    ]
    assert "hoop cannot be reached" in page.one(css="banners").text
    assert "from hoopviewer's own copies" in page.text
    assert ids_on(page_of(operator, "/?connection=pg-200-nobody", 503)) == []
    assert ids_on(page_of(operator, f"/?person={opened.user_id}&exit=0&type=database")) == [opened.id]


def test_it_shows_nothing_when_hoop_refuses(hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/")
    page_of(operator, "/?exit=failed")
    hoop.faults.set("401")
    ListSpanRecord.objects.update(until=timezone.now() - timedelta(seconds=30))
    for path in ("/", "/?exit=failed"):
        page = page_of(operator, path, 502)
        assert ids_on(page) == []
        assert "hoop refuses hoopviewer's key" in page.text


def test_it_keeps_answering_from_the_rows_while_hoop_is_away(hoop: StandIn, operator: Client) -> None:
    before = ids_on(page_of(operator, "/?exit=failed"))
    hoop.faults.set("refuse")
    ListSpanRecord.objects.update(until=timezone.now() - timedelta(seconds=30))
    page = page_of(operator, "/?exit=failed")
    assert ids_on(page) == before != []
    assert "as hoop gave them before" in page.one(css="banners").text


@pytest.mark.database
def test_it_knows_the_rule_and_the_risk_once_a_session_was_opened(hoop: StandIn, operator: Client) -> None:
    blocked, forced = hoop.id_of("ai-blocked"), hoop.id_of("payroll-forced")
    assert blocked not in ids_on(page_of(operator, "/?mark=ai"))
    assert "not known before they are opened here" in page_of(operator, "/").text
    for session_id in (blocked, forced):
        operator.get(f"/sessions/{session_id}")
    page = page_of(operator, "/?mark=ai")
    assert blocked in ids_on(page)
    assert "AI: high risk" in page.one("tbody").text
    ListRowRecord.objects.all().delete()
    ListSpanRecord.objects.all().delete()
    assert blocked in ids_on(page_of(operator, "/?mark=ai"))


@pytest.mark.parametrize("digits", [8, 12, 35])
def test_it_opens_a_session_by_the_beginning_of_its_id(digits: int, hoop: StandIn, operator: Client) -> None:
    session_id = hoop.id_of("pg-200")
    assert "knows no session" in page_of(operator, f"/?q={session_id[:digits]}", 404).text
    # That page lists the newest sessions, so it is known from now on.
    response = operator.get(f"/?q={session_id[:digits].upper()}")
    assert (response.status_code, response["Location"]) == (302, f"/sessions/{session_id}")


@pytest.mark.database
def test_it_lets_one_choose_among_ids_that_begin_alike(
    hoop: StandIn, operator: Client, as_person: Callable[[str], Client]
) -> None:
    ids = [f"abcdef12-0000-4000-8000-00000000000{number}" for number in range(3)]
    for number, session_id in enumerate(ids):
        add_crowd(hoop, [timezone.now() - SECOND * number], id=session_id)
    page_of(operator, "/")
    page = page_of(operator, "/?q=abcdef12")
    assert ids_on(page) == ids
    assert "Which of these?" in page.text
    assert "knows no session" in page_of(as_person("olga@example.com"), "/?q=abcdef12", 404).text


@pytest.mark.database
def test_it_keeps_a_view_to_what_its_person_may_see(hoop: StandIn, operator: Client) -> None:
    page_of(operator, "/?exit=failed")
    blank = View(everything=False, user_id=" ", groups=("", " "))
    assert kept_rows(blank, ListFilter(), None, limit=10) == []
    reviewer = View(everything=False, user_id="", groups=("security-reviewers",))
    rows = kept_rows(reviewer, ListFilter(), None, limit=99)
    assert rows
    assert all(reviewer.holds(row.session) for row in rows)
    everybody = kept_rows(EVERYTHING, ListFilter(), None, limit=99)
    assert len(rows) == sum(reviewer.holds(row.session) for row in everybody)


def test_it_says_of_how_many_a_filter_cannot_be_answered(hoop: StandIn, operator: Client) -> None:
    """hoop's rows leave the AI analysis out; a session that was opened since its end is decided."""
    text = page_of(operator, "/?mark=ai").one(id="session-list").text
    undecided = len(hoop.state.newest_first()) - 1
    assert f"1 session; {undecided} cannot be decided" in text
    assert f"Of {undecided} further sessions it cannot be said whether they fit" in text
    assert f"UTC. {undecided} of them could not be decided." in text
    assert operator.get(f"/sessions/{hoop.id_of('ai-blocked')}").status_code == 200
    assert operator.get(f"/sessions/{hoop.id_of('bash-failed')}").status_code == 200
    text = page_of(operator, "/?mark=ai").one(id="session-list").text
    assert f"2 sessions; {undecided - 2} cannot be decided" in text
    assert "cannot be decided" not in page_of(operator, "/?mark=masked").text


def test_it_never_says_that_none_fits_where_that_is_not_known(hoop: StandIn, operator: Client) -> None:
    text = page_of(operator, "/?mark=ai&connection=bash-jit").one(id="session-list").text
    assert "No session is known to fit" in text


def test_it_calls_no_approval_fine_that_the_page_does_not(hoop: StandIn, operator: Client) -> None:
    """An admin approved the own request: the name alone looks like an approval."""
    session_id = hoop.id_of("jit-window")
    hoop.session(session_id).envelope["user_id"] = "rita@example.com"
    operator.get(f"/sessions/{session_id}")
    page = page_of(operator, "/")
    row = page.one("tbody").every("tr")[ids_on(page).index(session_id)]
    assert "Approved by Rita" in row.text
    assert row.every(css="tone-bad")


def test_it_explains_its_rows_and_praises_none_of_them(hoop: StandIn, operator: Client) -> None:
    ran = hoop.id_of("payroll-ran")
    operator.get(f"/sessions/{ran}")
    rows = page_of(operator, "/?review=approved")
    assert ran in ids_on(rows)
    # Opened or not: what the approval rests on is on the session's page.
    assert [
        part for cell in rows.every("td", css="line-review") for part in cell.every("span", css="tone-good")
    ] == []
    # An approval on record is told apart from none on record all the same.
    assert len(rows.every("span", css="approved")) == len(rows.every("td", css="line-review")) > 2
    assert page_of(operator, "/?review=none").every("span", css="approved") == []
    assert page_of(operator, "/?review=forced").every("span", css="approved") == []
    needed = page_of(operator, "/?review=needed").text
    assert "1 session; 1 of hoop's 2 pending was closed undecided" in needed
    undecided = page_of(operator, "/?review=undecided").text
    assert "1 session; 1 of hoop's 2 pending is still waiting" in undecided
    looser = page_of(operator, "/?review=approved&review_status=EXECUTED").text
    assert "1 session; 1 of the 2 that hoop gave does not fit exactly" in looser
    assert "No approval on record means none of its own." in page_of(operator, "/?review=none").text
    assert "A connection is found by its whole name." in page_of(operator, "/?connection=pg-pay").text
