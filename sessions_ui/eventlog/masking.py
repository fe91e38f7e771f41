"""What a mask puts in the place of secrets: typed input, and the values of credential headers.

Typed input becomes ``MASK``, whatever it was and however long. A header's value becomes as many stars,
so that offsets, lengths and lines stay what they are for whoever reads on from there.
"""

from __future__ import annotations

import json
import re

#: Stands for the payload of a masked event. Odd events are JSON, and so is what stands for one.
MASK = b"[input hidden]"

_NAMES = (
    rb"(?:proxy-)?authorization|(?:set-)?cookie2?|(?:x-)?api-?key|x-api-token|(?:x-)?access-token"
    rb"|x-auth-(?:token|key)|(?:x-)?csrf-?token|x-xsrf-token|x-amz-security-token|x-vault-token"
    rb"|x-goog-iap-jwt-assertion|cf-access-(?:jwt-assertion|client-secret|token)|x-forwarded-access-token"
    rb"|private-token|x-gitlab-token|x-grafana-[a-z-]*token|authentication-info|x-session-(?:id|token)"
)
#: A header to the end of its value, folded lines included; or the same as a member of a JSON object.
_CREDENTIAL = re.compile(
    rb"^[ \t]*(?:" + _NAMES + rb")[ \t]*:[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
    rb'|"(?:' + _NAMES + rb')"\s{0,8}:\s{0,8}(?:\[(?P<list>[^\]]*)|"(?P<text>(?:[^"\\\r\n]|\\.)*))',
    re.IGNORECASE | re.MULTILINE,
)
_SHOWN = re.compile(rb"[^\r\n]")
#: hoop takes no larger head of a request; a line that began longer ago is none.
MAX_HEAD_BYTES = 1024 * 1024
_PRINTED_KINDS = ("o", "e", "h", "b")


def mask_headers(data: bytes, before: bytes = b"") -> bytes:
    r"""The bytes with the values of credential headers starred out; ``before`` are the bytes of the lane
    from the beginning of the header that ``data`` goes on with.

    >>> mask_headers(b"GET / HTTP/1.1\r\nCookie: a=b\r\nHost: c\r\n")
    b'GET / HTTP/1.1\r\nCookie: ***\r\nHost: c\r\n'
    >>> mask_headers(b"ion: Basic QQ==\r\n", b"Authorizat")
    b'ion: **********\r\n'
    """
    return _CREDENTIAL.sub(_starred, before + data)[len(before) :]


def header_start(data: bytes) -> int:
    """Where the header begins that what follows ``data`` may go on with; -1: before ``data``. A line that
    begins with a blank goes on with the one before it."""
    # Behind a line end may come a folded line of the header above it.
    end = len(data) - data.endswith(b"\n")
    while (at := data.rfind(b"\n", 0, end)) >= 0:
        if data[at + 1 : at + 2] not in (b" ", b"\t"):
            return at + 1
        end = at
    return -1


def mask_odd(payload: bytes) -> bytes:
    """An odd event's own JSON, unless it may hold what was typed: then a text of stars as long as it.

    >>> mask_odd(b'["1","i","aGk"]'), mask_odd(b'[0.6,"o"]'), mask_odd(b"null")
    (b'"*************"', b'[0.6,"o"]', b'null')
    """
    return payload if _is_harmless(payload) else b'"' + b"*" * (len(payload) - 2) + b'"'


def _is_harmless(payload: bytes) -> bool:
    if len(payload) < 2:
        return True
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    if isinstance(value, list):
        return len(value) < 2 or value[1] in _PRINTED_KINDS
    return value is None


def _starred(match: re.Match[bytes]) -> bytes:
    group = match.lastgroup or "value"
    start = match.start(group) - match.start()
    return match[0][:start] + _SHOWN.sub(b"*", match[group])
