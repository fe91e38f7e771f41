"""hoop's words as typed values. Nothing here asks, stores, formats or judges anything.

Every text is what hoop sent: untrusted, and possibly empty where hoop has nothing to say.
A value hoop left out or sent in a shape we cannot read is None (or empty), never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reviewer:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """One group's word. A forced approval appends a group of its own; the asked ones stay PENDING."""

    group: str
    status: str
    reviewed_by: Reviewer | None
    reviewed_at: datetime | None
    forced: bool


@dataclass(frozen=True, slots=True)
class Review:
    """``type`` onetime or jit. ``expires_at`` is hoop's ``revoke_at``: the planned end of a JIT
    access, and for a one-time review the instant of approval. ``access_duration`` is zero for
    one-time. ``time_window`` is (from, to) as HH:MM in UTC. ``min_approvals`` None: hoop is silent."""

    id: str
    type: str
    status: str
    created_at: datetime | None
    expires_at: datetime | None
    access_duration: timedelta
    groups: tuple[ReviewGroup, ...]
    min_approvals: int | None
    rule_name: str
    force_groups: tuple[str, ...]
    time_window: tuple[str, str] | None
    rejection_reason: str


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A guardrail that was hit; it does not always mean that the session was blocked."""

    rule_name: str
    rule_type: str
    direction: str
    matched_words: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class AIStep:
    type: str
    text: str
    tool_name: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class AIAnalysis:
    """``action``: allow_execution, block_execution, require_access_request, or newer."""

    risk_level: str
    title: str
    explanation: str
    action: str
    summary: str
    model: str
    steps: tuple[AIStep, ...]


@dataclass(frozen=True, slots=True)
class Masking:
    """What hoop masked in the output before anybody saw it: how many of which kind. ``errors`` None: not
    counted."""

    redactions: int
    errors: int | None
    info_types: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AnalyzedRequests:
    """What hoop's analyzer said of the requests of an HTTP session, and the worst of them."""

    total: int
    blocked: int
    risks: Mapping[str, int]
    worst_title: str
    worst_explanation: str
    worst_risk: str
    worst_outcome: str
    worst_rule: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """``truncated`` None: an older gateway, which does not say. RDP counts are None elsewhere."""

    truncated: bool | None
    masking: Masking | None
    findings: Mapping[str, int]
    requests: AnalyzedRequests | None
    bitmap_count: int | None
    canvas: tuple[int, int] | None


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """A session as hoop describes it, without its event stream.

    ``script`` None: not sent (a list row, or too large; ``script_size`` tells). ``exit_code`` 254
    is hoop's "abnormal, blocked or disconnected". ``event_size`` counts hoop's stored JSON, not
    payload bytes; it is 0 while the session is open. ``extra`` holds fields of newer gateways."""

    id: str
    org_id: str
    script: str | None
    script_size: int | None
    user: str
    user_id: str
    user_name: str
    identity_type: str
    type: str
    subtype: str
    connection: str
    resource_name: str
    tags: Mapping[str, str]
    verb: str
    status: str
    exit_code: int | None
    event_size: int
    start_date: datetime | None
    end_date: datetime | None
    review: Review | None
    metrics: Metrics | None
    ai_analysis: AIAnalysis | None
    guardrails: tuple[Guardrail, ...]
    labels: Mapping[str, Any]
    metadata: Mapping[str, Any]
    integrations: Mapping[str, Any]
    batch_id: str = ""
    correlation_id: str = ""
    machine_identity_id: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Session({self.id})"

    @property
    def is_finished(self) -> bool:
        """Closed with an end: its recording is fetched once and kept."""
        return self.status == "done" and self.end_date is not None

    @property
    def credential_session(self) -> str:
        """The session whose credentials opened this one, by its metadata, which its owner can change; empty
        where that names none."""
        try:
            return str(UUID(str(self.metadata.get("credential_session", ""))))
        except ValueError:
            return ""

    @property
    def open_seconds(self) -> float | None:
        """From start to end, waiting for approval included; None while open or not known."""
        if self.start_date is None or self.end_date is None:
            return None
        return max(0.0, (self.end_date - self.start_date).total_seconds())

    @property
    def is_settled(self) -> bool:
        """Closed, and no review of it is still waiting: little of it will change."""
        waiting = self.review is not None and self.review.status in ("PENDING", "PROCESSING")
        return self.status == "done" and not waiting

    @property
    def is_terminal(self) -> bool:
        """Keystrokes and their echo, rather than one script and its output."""
        wanted = self.type in ("custom", "command-line", "application")
        return self.verb == "connect" and wanted and not self.is_http

    @property
    def is_http(self) -> bool:
        """Requests and answers through hoop's HTTP proxy, whatever the connection's own type."""
        return self.verb == "connect" and (self.type == "httpproxy" or self.subtype in HTTP_SUBTYPES)


#: Of connections whose traffic hoop records as raw HTTP.
HTTP_SUBTYPES = frozenset(
    ("httpproxy", "http", "grafana", "kibana", "kubernetes", "kubernetes-token", "claude-code", "mcp")
)


@dataclass(frozen=True, slots=True)
class HoopPerson:
    """A user as hoop knows them. ``role``: admin, auditor, standard, unregistered."""

    id: str
    name: str
    email: str
    status: str
    role: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Switches of the gateway that a viewer must obey."""

    version: str
    disable_download: bool
    disable_clipboard: bool


KILLED_TEXT = "session killed by the user"


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is known about the recording that we hold, as counted when it was read.

    ``wire_bytes`` is the JSON of the stream as hoop sent it; ``event_size``, ``status``, ``end_date``
    and ``exit_code`` are of the same answer. ``only_placeholder``: nothing but hoop's own "no log
    found on disk". ``closing_text``: the last event's text when hoop wrote it (kind ``e``).
    ``full_payloads`` are of exactly ``PAYLOAD_CAP`` bytes; None: not counted when it was read.
    ``input_hidden``: what was typed is masked, and ``payload_bytes`` are without it."""

    events: int
    typed_events: int
    output_events: int
    error_events: int
    odd_events: int
    payload_bytes: int
    printed_bytes: int
    stream_seen: bool
    wire_bytes: int
    event_size: int
    status: str
    end_date: datetime | None
    exit_code: int | None
    only_placeholder: bool
    first_seconds: float | None
    last_seconds: float | None
    closing_text: str
    read_at: datetime
    events_sha256: str
    printed_sha256: str
    full_payloads: int | None = None
    input_hidden: bool = False

    @property
    def was_killed(self) -> bool:
        """hoop writes this over every kill, and not by whom."""
        return self.closing_text.strip() == KILLED_TEXT


#: hoop keeps this many bytes of each payload of a TCP connection, and marks no cut.
PAYLOAD_CAP = 5_000
#: hoop writes an open session's stream this often; each time costs its stored form a byte.
FLUSH_SECONDS = 50


def sizes_fit(event_size: int, wire_bytes: int, seconds: float) -> bool:
    """Whether the JSON that hoop sent is all that it says it stored, for a session of ``seconds``: so it
    was on every session that a gateway really closed.

    >>> sizes_fit(411, 411, 1.3), sizes_fit(412, 411, 1.3), sizes_fit(412, 411, 50), sizes_fit(51, 166, 8)
    (True, False, True, False)
    """
    return 0 <= event_size - wire_bytes <= seconds // FLUSH_SECONDS
