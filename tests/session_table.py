"""What the page of each recorded session must say, written down from the recordings.

The table was made by reading the recorded answers as an auditor would; figures are counted from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.recordings import DOCUMENT

NO_REVIEW = ("No approval on record", "none")


@dataclass(frozen=True)
class Expected:
    """``rows`` maps numbers to what stands in that row; ``blank`` is the reason for no log."""

    title: str
    sentence: str
    ending: tuple[str, str]
    approval: tuple[str, str]
    whole: tuple[str, str]
    facts: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    script: str = ""
    events: int = 0
    rows: dict[int, str] = field(default_factory=dict)
    blank: str = ""


SALARIES = "name\tsalary\nEmployee 1\t50001\nEmployee 2\t50002\nEmployee 3\t50003\n"
SUCCEEDED = ("Finished with exit code 0", "good")
ALL = ("All that hoop stored", "good")
NEVER = ("It never ran", "none")
NOT_YET = ("It has not run yet", "none")
REACHED = "Needed approvals reached holds by hoop's status: 2 of 2."
PAYROLL = ("Owen asked for approval, under the rule “payroll”", "2 approvals needed")
JIT = ("Owen asked for approval, under the rule “jit-shell”", "1 approval needed")
EXPECTED = {
    "bash-ok": Expected(
        "Owen ran a script on bash-prod",
        "Finished with exit code 0 after 0.07 s. All that hoop stored: 5 events, 238 bytes.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        facts=(
            "owen@example.com",
            "environment prod",
            "tier backend",
            "One script",
            "23 Nov 2026, 12:33:57.828 UTC",
        ),
        groups=("reason disk check", "ticket OPS-4711", "env prod"),
        script="echo 'hello from prod'; uname -sr;",
        events=5,
        rows={
            2: "hello from prod",
            4: "warning: disk 91% full",
            5: "/dev/vda        252G   15G   77G  17% /",
        },
    ),
    "bash-failed": Expected(
        "Owen ran a script on bash-prod",
        "Failed with exit code 3 after 1.3 s. All that hoop stored: 6 events, 210 bytes.",
        ("Failed with exit code 3", "bad"),
        NO_REVIEW,
        ALL,
        script="exit 3",
        events=6,
        rows={2: "restarting api", 5: "mailer: connection refused", 6: "exit status 3"},
    ),
    "bash-hostile": Expected(
        "Olga ran a script on bash-prod",
        "Finished with exit code 0 after 0.09 s. All that hoop stored: 8 events, 20.8 kB.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        script="<script>alert(1)</script>",
        events=8,
        rows={2: "<script>alert(1)</script> <img src=x onerror=alert(2)>", 3: "AAAA"},
    ),
    "pg-200": Expected(
        "Owen ran a script on pg-orders",
        "Finished with exit code 0 after 0.14 s. All that hoop stored: 2 events, 12.7 kB.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        facts=("Postgres", "team orders"),
        script="SELECT * FROM orders ORDER BY id LIMIT 200;",
        events=2,
        rows={2: "200\tCustomer 200\tc200@shop.example"},
    ),
    "pg-error": Expected(
        "Olga ran a script on pg-orders",
        "Failed with exit code 3 after 0.12 s. All that hoop stored: 4 events, 198 bytes.",
        ("Failed with exit code 3", "bad"),
        NO_REVIEW,
        ALL,
        script="SELECT * FROM no_such_table;",
        events=4,
        rows={3: 'ERROR:  relation "no_such_table" does not exist', 4: "exit status 3"},
    ),
    "payroll-pending": Expected(
        "Owen asked to run a script on pg-payroll",
        "Not started: waiting for approval.",
        ("Not started: waiting for approval", "busy"),
        ("Waiting for approval", "busy"),
        NOT_YET,
        facts=("not started", "pii true"),
        review=(*PAYROLL, "dba-reviewers and security-reviewers have not decided yet"),
        script="SELECT name, salary FROM payroll",
        blank="It waits for approval, so nothing has run yet.",
    ),
    "payroll-approved": Expected(
        "Owen asked to run a script on pg-payroll",
        "Approved and not yet run.",
        ("Approved and not yet run", "busy"),
        ("Approved by Rita and Raj", "good"),
        NOT_YET,
        review=(*PAYROLL, "Rita approved it for dba-reviewers", "Raj approved it for security-reviewers"),
        script="SELECT name, salary FROM payroll",
        blank="It is approved and has not run yet.",
    ),
    "payroll-ran": Expected(
        "Owen ran a script on pg-payroll",
        "Finished with exit code 0. Approved by Rita and Raj. All that hoop stored: 2 events, 175 bytes.",
        SUCCEEDED,
        ("Approved by Rita and Raj", "good"),
        ALL,
        review=(
            *PAYROLL,
            "Rita approved it for dba-reviewers",
            "Raj approved it for security-reviewers",
            "Allowed to run once",
            "It ran hoop does not record when a session that waited began: its first event came between",
            REACHED,
            "Approved before it ran holds by hoop's status: The clock cannot tell: its first event came",
            "between 0.18 s before and 0.19 s after the approval. But hoop runs a request after its approval",
            "What ran is what was approved holds by hoop's record",
            "Who pressed run, hoop does not record.",
        ),
        script="SELECT name, salary FROM payroll",
        events=2,
        rows={2: SALARIES},
    ),
    "payroll-forced": Expected(
        "Owen ran a script on pg-payroll",
        "Finished with exit code 0. Forced by Ada Admin. All that hoop stored: 2 events, 178 bytes.",
        SUCCEEDED,
        ("Forced by Ada Admin", "warn"),
        ALL,
        review=(
            *PAYROLL,
            "Ada Admin forced the approval as a member of admin",
            "dba-reviewers and security-reviewers had not decided",
            "Needed approvals reached does not hold by hoop's status: 0 of 2: a forced approval does not",
            "Not forced does not hold by hoop's status: Forced by Ada Admin: 0 of 2 were given without.",
            "Decided by somebody else holds by hoop's status: Forced by Ada Admin, whose id is not that",
        ),
        script="SELECT name, salary FROM payroll",
        events=2,
        rows={2: SALARIES},
    ),
    "payroll-rejected": Expected(
        "Owen asked to run a script on pg-payroll",
        "Rejected. It never ran.",
        ("Rejected", "bad"),
        ("Rejected by Raj", "bad"),
        NEVER,
        review=(
            *PAYROLL,
            "Raj rejected it for security-reviewers",
            "dba-reviewers had not decided",
            "Reason: “Salaries of named people: use the aggregated view.”",
            "It never ran",
            "Not run after rejection or revocation holds by hoop's status: Nothing ran.",
        ),
        script="SELECT name, salary FROM payroll",
        blank="It was rejected, so nothing ran. A file of it holds hoop's own line, “no log found on disk”.",
    ),
    # Its name is what was tried: hoop refused to revoke it.
    "payroll-revoked": Expected(
        "Owen asked to run a script on pg-payroll",
        "Approved and not yet run.",
        ("Approved and not yet run", "busy"),
        ("Approved by Rita and Raj", "good"),
        NOT_YET,
        review=PAYROLL,
        script="SELECT name, salary FROM payroll",
        blank="It is approved and has not run yet.",
    ),
    "jit-approved": Expected(
        "Owen opened a terminal on bash-jit",
        "Finished with exit code 0. Revoked by Rita, after an approval. "
        "All that hoop stored: 7 events, 82 bytes besides hidden input.",
        SUCCEEDED,
        ("Revoked by Rita, after an approval", "warn"),
        ALL,
        review=(
            *JIT,
            "Approved Who approved cannot be known: the revocation took that place in hoop's record. "
            "The moment is worked out from the end of the access less its 45 min. "
            "Mon 23 Nov 2026, 12:41:13.113 UTC",
            "Access for 45 min It was to last until Mon 23 Nov 2026, 13:26:13.113 UTC",
            "It ran: its first event Mon 23 Nov 2026, 12:41:13.132 UTC",
            "Rita revoked the approval for dba-reviewers",
            "Needed approvals reached cannot be known",
            "Approved before it ran holds by the clock: Approved 0.02 s before its first event.",
            "Not run after rejection or revocation holds by the clock: It had ended 47.3 s before.",
        ),
        events=7,
        rows={3: "whoami; date -u +%F; exit", 5: "root", 6: "2026-11-23"},
    ),
    "jit-rejected": Expected(
        "Owen asked to open a terminal on bash-jit",
        "Rejected. It never ran.",
        ("Rejected", "bad"),
        ("Rejected by Rita", "bad"),
        NEVER,
        review=(*JIT, "Rita rejected it for dba-reviewers", "Reason: “Use the read replica.”"),
        events=1,
        rows={1: "Access to connection has been denied\n  Reason: Use the read replica."},
    ),
    "jit-abandoned": Expected(
        "Owen asked to open a terminal on bash-jit",
        "Closed before anybody decided. It never ran.",
        ("Closed before anybody decided", "none"),
        ("Never decided", "none"),
        NEVER,
        review=("never decided", *JIT, "dba-reviewers had not decided", "Asked for 45 min of access."),
        events=1,
        rows={1: "context canceled"},
    ),
    "jit-window": Expected(
        "Owen opened a terminal on bash-jit",
        "Finished with exit code 0. Approved by Rita. "
        "All that hoop stored: 8 events, 82 bytes besides hidden input.",
        SUCCEEDED,
        ("Approved by Rita", "good"),
        ALL,
        review=(
            *JIT,
            "Rita approved it for dba-reviewers",
            "Access for 45 min, daily, 09:00–23:30 UTC until Mon 23 Nov 2026, 13:28:06.209 UTC",
            "Within the hours of the day holds by the clock: From begin to end between 09:00 and 23:30 UTC.",
        ),
        events=8,
        rows={8: "exit"},
    ),
    "killed": Expected(
        "Owen ran a script on bash-prod",
        "Killed by hand after 3 s. All that hoop stored: 3 events, 57 bytes.",
        ("Killed by hand", "bad"),
        NO_REVIEW,
        ALL,
        script="echo started; sleep 300",
        events=3,
        rows={2: "started", 3: "session killed by the user"},
    ),
    "tty-shell": Expected(
        "Owen opened a terminal on bash-prod",
        "Ended with exit code 4 after 8.9 s. All that hoop stored: 76 events, 2.6 kB besides hidden input.",
        ("Ended with exit code 4", "none"),
        NO_REVIEW,
        ALL,
        facts=("A connection to work in", "Command line"),
        events=76,
        rows={
            3: "export PS1='prod$ '",
            40: "ls -la /etc/hosst⟨backspace⟩",
            57: "⟨input hidden⟩",
            69: "seq 1 300",
            71: "\n100\n101\n",
            76: "exit status 4",
        },
    ),
    "tty-vi": Expected(
        "Owen opened a terminal on bash-prod",
        "Finished with exit code 0 after 6.1 s. "
        "All that hoop stored: 61 events, 4.2 kB besides hidden input.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        events=61,
        rows={
            4: "vi /tmp/demo.conf",
            50: 'Full-screen program: 49 events, 3.9 s; it printed last: “"demo.conf" [New] 1L, 17B written”',
            60: "listen = 0.0.0.0",
        },
    ),
    "guardrail-blocked": Expected(
        "Owen tried to run a script on pg-orders",
        "Blocked by a guardrail. It never ran.",
        ("Blocked by a guardrail", "bad"),
        NO_REVIEW,
        NEVER,
        groups=(
            "1 guardrail hit",
            "Rule “no-drop” matched in what was sent",
            "Matched: DROP",
            "Message: Ask the DBA team",
        ),
        script="drop table customers;",
        events=3,
        rows={2: "blocked by guardrails", 3: "Blocked by the following Guardrails rule: Ask the DBA team"},
    ),
    "ai-blocked": Expected(
        "Owen tried to run a script on pg-orders",
        "Blocked by the AI analysis. It never ran.",
        ("Blocked by the AI analysis", "bad"),
        NO_REVIEW,
        NEVER,
        groups=(
            "High risk: it was stopped before it ran.",
            "Removes every row of payments.",
            "No WHERE clause; table has 2.1M rows.",
            "Unbounded delete",
            "claude-x",
            "1. Thought Check table size first.",
            '2. Asked a tool row_estimate: {"table":"payments"}',
            "3. Tool answered row_estimate: 2100000",
        ),
        script="delete from payments;",
        blank="The AI analysis stopped it before it ran.",
    ),
    "rdp": Expected(
        "Owen opened a desktop on rdp-office",
        "Finished with exit code 0 after 8.2 s. Its recording cannot be compared with hoop's figures.",
        SUCCEEDED,
        NO_REVIEW,
        ("Cannot be compared", "none"),
        facts=("Remote desktop",),
        groups=("3 pictures of a screen of 1280 × 720", "email address 2"),
        events=4,
        rows={1: "03 00 00 13 0e d0", 2: "bitmap 64×64 at 0,0, 16 bits", 4: "bitmap 64×64 at 0,64, 16 bits"},
    ),
    "http-proxy": Expected(
        "Owen connected to grafana",
        "Finished with exit code 0 after 8.2 s. All that hoop stored: 4 events, 325 bytes.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        facts=("Grafana",),
        groups=(
            "1 request blocked while the session went on.",
            "2 analysed, 1 blocked",
            "Query with admin scope",
            "Reads every series.",
        ),
        events=4,
        rows={1: "GET /api/dashboards/home HTTP/1.1\nHost: grafana.internal", 4: "HTTP/1.1 403 Forbidden"},
    ),
    "pg-native": Expected(
        "Owen connected to pg-orders",
        "Finished with exit code 0 after 8.2 s. All that hoop stored: 10 events, 437 bytes.",
        ("Finished with exit code 0", "warn"),
        NO_REVIEW,
        ("All that hoop stored", "none"),
        events=10,
        rows={
            1: "query SELECT id, customer FROM orders WHERE id < 3;",
            5: "WHERE customer LIKE",
            6: "command complete UPDATE 11111",
            7: "bind $1 = '7'",
            10: "command complete COMMIT",
        },
    ),
    "masked": Expected(
        "Owen ran a script on pg-orders",
        "Finished with exit code 0 after 8.2 s. All that hoop stored: 2 events, 107 bytes. 1 masking error.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        groups=(
            "6 values",
            "credit card 3",
            "email address 3",
            "1 masking error: something may have stayed in clear",
        ),
        script="select email, card from customers limit 3;",
        events=2,
        rows={2: "email\tcard\n****@****\t****"},
    ),
    "truncated": Expected(
        "Owen ran a script on pg-orders",
        "Finished with exit code 0 after 8.2 s. Cut at hoop's cap.",
        SUCCEEDED,
        NO_REVIEW,
        ("Cut at hoop's cap", "warn"),
        script="select * from huge;",
        events=2,
        rows={2: "id\n0\n1\n2\n"},
    ),
    "runbook": Expected(
        "Owen ran a runbook on pg-orders",
        "Finished with exit code 0 after 8.2 s. All that hoop stored: 2 events, 62 bytes.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        facts=("batch-2026-11-20", "req-77"),
        groups=("Runbook team/orders/show.runbook.sql", '{"order_id":"42"}', "Jira OPS-9 jira.example"),
        script="SELECT * FROM orders WHERE id = 42;",
        events=2,
        rows={2: "id\tcustomer\n42\tCustomer 42"},
    ),
    "machine": Expected(
        "reporting (a machine) ran a script on pg-orders",
        "Finished with exit code 0 after 8.2 s. All that hoop stored: 2 events, 11 bytes.",
        SUCCEEDED,
        NO_REVIEW,
        ALL,
        facts=("reporting (a machine)", "svc-reporting", "7104c8c5-a3e9-4fad-ae0c-2e2f4a359644"),
        script="select 1;",
        events=2,
        rows={2: "1"},
    ),
    "nulls": Expected(
        "owen@example.com sent a script to gone-connection",
        "Closed without an exit code. hoop holds no recording of it, and no figures to compare.",
        ("Closed without an exit code", "none"),
        NO_REVIEW,
        ("Cannot be compared", "none"),
        facts=("Ended not recorded by hoop", "Command line"),
        blank="hoop holds no recording of this session.",
    ),
    "bad-base64": Expected(
        "Owen ran a script on pg-orders",
        "Finished with exit code 0 after 8.2 s. All that hoop stored, 6 of 8 events malformed.",
        SUCCEEDED,
        NO_REVIEW,
        ("All that hoop stored, 6 of 8 events malformed", "warn"),
        script="echo hi",
        events=8,
        rows={
            2: '[0.2,"o","!!!not base64!!!"]payload is not base64',
            3: "hi",
            4: "future kindunknown kind “x”",
            5: "time as textits time is text",
            6: '[0.6,"o"]no payload',
            7: "nullnot an event",
            8: '[0.7,"e",null]no payload',
        },
    ),
    DOCUMENT: Expected(
        "John Wick asked to connect to pgdemo",
        "Not started: waiting for approval.",
        ("Not started: waiting for approval", "busy"),
        ("Waiting for approval", "busy"),
        NOT_YET,
        facts=("team banking", "environment prod", "25 Jul 2024, 15:56:35.361 UTC"),
        review=("John Wick asked for approval", "John Wick approved it for sre"),
        script="SELECT NOW()",
        events=1,
        rows={1: "123not an event"},
    ),
}
