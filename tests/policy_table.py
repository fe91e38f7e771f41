"""The policy as data: who sees how much of which session, and what each address shows at each level.

hoop's rule, by which the rows were filled in (``canAccessSession`` and the routes' role lists, as measured
at a gateway: ``payroll-ran/as-*.json``, ``list/as-*.json``):

1. Who is in hoop's admin or auditor group sees every session.
2. Who owns a session, by hoop's id byte for byte and never blank, sees all of it.
3. Who is in a group that its review asks sees it without its event stream; hoop leaves that out with a 200.
4. Anybody else gets a 403. hoop lists nobody a session whose page would be one.
5. Ours: a session that hoop no longer has is there for rule 1 alone; to others it is what hoop says, a 404.
6. Ours: who is inactive or unknown at hoop, or not signed in, is not let in at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessions_ui.access.signin.identities import Identity

#: All of it; without what comes of the stream; nothing (403); hoop no longer has it (404); not let in.
ALL, DETAILS, NONE, GONE, OUT = "ADNG-"

#: What the sessions are: whose, and which group reviews them.
SESSIONS = {
    "own": "Owen's, asked of dba-reviewers",
    "bare": "Owen's, without a review",
    "other": "Dora's, whose id at hoop is not her e-mail, without a review",
    "both": "Dora's, asked of dba-reviewers, of whom she is one",
    "former": "under Dora's e-mail address, but of its former holder's id",
    "machine": "a machine's: no e-mail, an id of its own",
    "gone": "Owen's, asked of dba-reviewers; hoop no longer has it",
    "changed": "Owen's, asked of dba-reviewers; hoop destroyed its recording after we read it",
    "pending": "Owen's, waiting for dba-reviewers; it never ran",
    "listed": "Owen's, without a review, of which hoop's list row alone is known",
    "cased": "of the id Case@example.com",
    "nameless": "of a blank id",
}

RIGHTS = """
                own bare other both former machine gone changed pending listed cased nameless
operator         A   A    A     A     A      A      A     A       A      A      A      A
admin            A   A    A     A     A      A      A     A       A      A      A      A
auditor          A   A    A     A     A      A      A     A       A      A      A      A
outside-auditor  A   A    A     A     A      A      A     A       A      A      A      A
owner            A   A    N     N     N      N      G     A       A      A      N      N
owner-reviewer   D   N    A     A     N      N      G     D       D      N      N      N
reviewer         D   N    N     D     N      N      G     D       D      N      N      N
outside-reviewer D   N    N     D     N      N      G     D       D      N      N      N
stranger         N   N    N     N     N      N      N     N       N      N      N      N
cased            N   N    N     N     N      N      N     N       N      N      A      N
twin             N   N    N     N     N      N      N     N       N      N      N      N
inactive         -   -    -     -     -      -      -     -       -      -      -      -
blank            -   -    -     -     -      -      -     -       -      -      -      -
unknown          -   -    -     -     -      -      -     -       -      -      -      -
nobody           -   -    -     -     -      -      -     -       -      -      -      -
"""

#: Whom the program's door meets: in hoop's list of people (``at_hoop``), by what the sign-in says.
WAY = "test"
GROUP_MAP = {"ext-audit": "auditor", "ext-dba": "dba-reviewers"}
AT_HOOP: tuple[dict[str, object], ...] = (
    {"id": "7d3c-dora", "name": "Dora", "email": "dora@example.com", "groups": ["dba-reviewers"]},
    {"id": "Case@example.com", "name": "Cased", "email": "cased@example.com"},
    {"id": "case@example.com", "name": "Twin", "email": "twin@example.com"},
    {
        "id": "ines@example.com",
        "name": "Ines",
        "email": "ines@example.com",
        "groups": ["auditor"],
        "status": "inactive",
    },
    {"id": "", "name": "Blanche", "email": "blanche@example.com", "groups": ["auditor"]},
)
#: None: nobody is signed in. The operator comes in by the one-time address.
IDENTITIES: dict[str, Identity | None] = {
    name: Identity(WAY, "issuer", name, f"{email}@example.com", name, groups)
    for name, email, groups in (
        ("admin", "admin", ()),
        ("auditor", "audrey", ()),
        ("outside-auditor", "out", ("ext-audit",)),
        ("owner", "owen", ()),
        ("owner-reviewer", "dora", ()),
        ("reviewer", "rita", ()),
        ("outside-reviewer", "outer", ("ext-dba",)),
        # Groups of a token never count for people whom hoop knows, nor without the map.
        ("stranger", "olga", ("ext-audit", "auditor")),
        ("cased", "cased", ()),
        ("twin", "twin", ()),
        ("inactive", "ines", ("ext-audit",)),
        ("blank", "blanche", ()),
        ("unknown", "nobody", ("auditor", "admin", "dba-reviewers")),
    )
} | {"nobody": None}
#: Programs, by whose token, and whether it may see input: pages take no token.
TOKENS = {
    "token-auditor": ("auditor", False),
    "token-input": ("auditor", True),
    "token-reviewer": ("reviewer", True),
    "token-stranger": ("stranger", True),
}


def level(person: str, session: str) -> str:
    return _LEVELS[person][session]


def _read() -> dict[str, dict[str, str]]:
    head, *lines = (line.split() for line in RIGHTS.strip().splitlines())
    assert head == list(SESSIONS)
    return {name: dict(zip(head, levels, strict=True)) for name, *levels in lines}


_LEVELS = _read()
PEOPLE = list(_LEVELS)


@dataclass(frozen=True)
class Door:
    """An address of a session's (``{id}``). ``details``: the status for who sees no stream; 200 is an answer
    of hoop's metadata and script alone. ``takes_token``: a program gets in as well."""

    path: str
    details: int = 200
    post: dict[str, str] | None = None
    takes_token: bool = False
    #: Who sees all of a session may still not do this.
    auditors_only: bool = False
    fragment: bool = False
    #: Its answer says nothing of the session but its log.
    bare: bool = False


S = "/sessions/{id}"
#: What each route shows of a session. A sentence instead says why it shows nothing of any.
ROUTES: dict[str, tuple[Door, ...] | str] = {
    "session": (Door(S), Door(f"{S}?e=2-5&h=0123456789ab")),
    "session-log": (Door(f"{S}/log"), Door(f"{S}/log?from=900", fragment=True, bare=True)),
    "session-citation": (Door(f"{S}/citation?e=1-1000", 403),),
    "session-search": (Door(f"{S}/search?q=closing:", 403),),
    "session-review": (Door(f"{S}/review", 286, fragment=True),),
    "session-covering-approval": (Door(f"{S}/covering-approval", 302),),
    "session-related": (Door(f"{S}/related", fragment=True),),
    "session-reveal": (Door(f"{S}/reveal?e=1", 403, post={"reason": "Ticket 17"}, auditors_only=True),),
    "session-download": (Door(f"{S}/download?format=csv", 403),),
    "session-download-form": (Door(f"{S}/download/form", 403),),
    "session-api": (
        Door(f"/api{S}?expand=event_stream", takes_token=True),
        Door(f"/api{S}?extension=csv", 403, takes_token=True),
    ),
    "home": "test_it_lists_what_somebody_may_open",
    "list-covering": "test_it_lists_what_somebody_may_open",
    "list-export": "test_it_lists_what_somebody_may_open",
    "link": "test_it_gives_a_file_to_its_maker_alone",
    "trail": "test_it_shows_auditors_alone_who_saw_what",
    "trail-export": "test_it_shows_auditors_alone_who_saw_what",
    "people": "test_it_shows_auditors_alone_who_may_see_what",
    "people-export": "test_it_shows_auditors_alone_who_may_see_what",
    "tokens": "test_it_shows_nobody_elses_tokens",
    "token-revoke": "test_it_shows_nobody_elses_tokens",
    "enter": "lets in whoever holds the one-time address; tests/test_local_entry.py",
    "sign-in": "before anybody is known; tests/test_oidc.py",
    "sign-in-callback": "before anybody is known; tests/test_oidc.py",
    "back-channel": "takes the provider's word and shows nothing; tests/test_back_channel.py",
    "sign-out": "says only that somebody left",
    "signed-out": "says only that somebody left",
    "openapi": "describes the API, and no session",
    "healthz": "says only that the process lives",
    "readyz": "says only that the site can work",
}
