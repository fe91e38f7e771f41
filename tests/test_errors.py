from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sessions_ui.gateway import errors

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "cools", "away"),
    [
        (errors.GatewayUnreachable, True, True),
        (errors.GatewaySlow, True, True),
        (errors.GatewayRefused, False, False),
        (errors.GatewayForbidden, False, False),
        (errors.GatewayNotFound, False, False),
        (errors.GatewayGarbled, False, False),
        (errors.GatewayTooBig, False, False),
    ],
)
def test_it_says_whether_hoop_rests_and_whether_a_copy_may_stand_in(
    kind: type[errors.GatewayError], cools: bool, away: bool
) -> None:
    error = kind("what happened", status=503, since=AT, retry_after=7)

    assert isinstance(error, errors.GatewayError)
    assert (error.cools, error.away) == (cools, away)
    assert (str(error), error.status, error.since, error.retry_after) == ("what happened", 503, AT, 7)


def test_it_does_not_extend_the_rest_by_having_obeyed_it() -> None:
    error = errors.GatewayCoolingDown("no connection", until=AT, since=AT)

    assert (error.cools, error.away, error.until, error.since) == (False, True, AT, AT)


def test_it_draws_every_error_in_its_tree() -> None:
    ours = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GatewayError)
    }
    drawn = {line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line}

    assert drawn == ours - {"GatewayError"}
