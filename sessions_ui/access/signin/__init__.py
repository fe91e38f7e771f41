"""Ways in. Each is a middleware that sets ``request.person`` or answers why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])


def open_to_all(view: View) -> View:
    """Marks a view that answers people who are not signed in."""
    view.open_to_all = True  # type: ignore[attr-defined]  # read by Gate
    return view
