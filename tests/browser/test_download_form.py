"""The download form in the system's Chromium: what it says while it is filled in, and what comes of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.recordings import printed, recorded


def test_it_says_at_once_what_a_file_would_hold(audrey: Page) -> None:
    session_id = recorded("bash-failed/session.json")["id"]
    audrey.goto(audrey.url.rstrip("/") + f"/sessions/{session_id}")
    audrey.get_by_role("link", name="Choose…").click()
    panel = audrey.locator("#log-download #download")
    expect(panel.locator("#download-completeness")).to_contain_text("All that hoop stored")
    figures = panel.locator("#download-sum")
    size = len(printed("bash-failed"))
    expect(figures).to_contain_text(f"{size} bytes 5 events of 6: output and errors")
    # Another file has other usual kinds; the boxes are out of the way until some are chosen.
    panel.get_by_role("radio", name="NDJSON Loses").check()
    expect(figures).to_contain_text("6 events of 6: input, output and errors")
    expect(panel.locator(".download-only")).to_be_hidden()
    expect(panel.get_by_text("Time before each event")).to_be_hidden()
    panel.get_by_role("radio", name="Only these").check()
    expect(figures).to_contain_text("5 events of 6: output and errors")
    panel.get_by_role("checkbox", name="Output").uncheck()
    expect(figures).to_contain_text("1 event of 6: errors")
    panel.get_by_role("checkbox", name="Errors").uncheck()
    expect(figures.get_by_role("alert")).to_contain_text("is not a choice among")
    panel.get_by_role("checkbox", name="Input").check()
    expect(figures).to_contain_text("1 event of 6: input")
    panel.get_by_label("Events", exact=True).fill("7-9")
    expect(figures.get_by_role("alert")).to_contain_text("within the recording's 6 events")
    panel.get_by_label("Events", exact=True).fill("1-2")
    expect(figures.get_by_role("link")).to_have_attribute(
        "href", f"/sessions/{session_id}/download?format=ndjson&kinds=i&e=1-2"
    )
    with audrey.expect_download() as started:
        panel.get_by_role("button", name="Download").click()
    assert started.value.suggested_filename.endswith(f"{session_id}_only-i_events-1-2.ndjson")
    assert Path(started.value.path()).read_bytes().count(b"\n") == 2
