"""What a mask puts in the place of secrets: typed input, and the values of credential headers.

Typed input becomes ``MASK``, whatever it was and however long. A header's value becomes as many stars,
so that offsets, lengths and lines stay what they are for whoever reads on from there.
"""

from __future__ import annotations

import json
import re
from typing import Any

import re2

#: Stands for the payload of a masked event. Odd events are JSON, and so is what stands for one.
MASK = b"[input hidden]"

_NAMES = (
    rb"(?:proxy-)?authorization|(?:set-)?cookie2?|(?:x-)?api-?key|x-api-token|(?:x-)?access-token"
    rb"|x-auth-(?:token|key)|(?:x-)?csrf-?token|x-xsrf-token|x-amz-security-token|x-vault-token"
    rb"|x-goog-iap-jwt-assertion|cf-access-(?:jwt-assertion|client-secret|token)|x-forwarded-access-token"
    rb"|private-token|x-gitlab-token|x-grafana-[a-z-]*token|authentication-info|x-session-(?:id|token)"
)
#: A header to the end of its value, folded lines included; and the same as a member of a JSON object.
_HEADER = re.compile(rb"(?:" + _NAMES + rb")[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE)
_MEMBER = re.compile(
    rb"(?:" + _NAMES + rb')"\s{0,8}:\s{0,8}(?:\[([^\]]*)|"((?:[^"\\\r\n]|\\.)*))', re.IGNORECASE
)
_SHOWN = re.compile(rb"[^\r\n]")
#: hoop takes no larger head of a request; a line that began longer ago is none.
MAX_HEAD_BYTES = 1024 * 1024
#: Before the name of a header; with more it is none.
MAX_BLANKS = 64
_PRINTED_KINDS = ("o", "e", "h", "b")


def mask_headers(data: bytes, before: bytes = b"") -> bytes:
    r"""The bytes with the values of credential headers starred out; ``before`` are the bytes of the lane
    from the beginning of the header that ``data`` goes on with.

    >>> mask_headers(b"GET / HTTP/1.1\r\nCookie: a=b\r\nHost: c\r\n")
    b'GET / HTTP/1.1\r\nCookie: ***\r\nHost: c\r\n'
    >>> mask_headers(b"ion: Basic QQ==\r\n", b"Authorizat")
    b'ion: **********\r\n'
    """
    whole = before + data
    masked, done = bytearray(), 0
    # RE2 finds the names at the speed of memory; Python's expressions look at those places only.
    for name in _FIND_NAMES.finditer(whole):
        at = name.start()
        if at < done:
            continue
        low = max(0, at - MAX_BLANKS)
        ahead = whole[low:at].rpartition(b"\n")
        if (ahead[1] or not low) and not ahead[2].strip(b" \t"):
            found = _HEADER.match(whole, at)
        else:
            found = _MEMBER.match(whole, at) if whole[at - 1 : at] == b'"' else None
        if found is not None:
            start, end = found.span(found.lastindex or 0)
            masked += whole[done:start] + _SHOWN.sub(b"*", whole[start:end])
            done = end
    return bytes(masked[len(before) :] + whole[max(done, len(before)) :]) if done > len(before) else data


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


def _finder() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    return re2.compile(b"(?i)" + _NAMES, options)


_FIND_NAMES = _finder()
