"""A stand-in hoop gateway: a small real HTTP server on loopback that answers as hoop does.

It is held to recordings of a real gateway by a contract test, and shares no code with
the client it tests: standard library only, nothing of ours outside this package.
"""

from __future__ import annotations

from sessions_ui.demo.standin.server import StandIn

__all__ = ["StandIn"]
