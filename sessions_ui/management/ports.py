"""A port as it is typed on a command line."""

from __future__ import annotations

import argparse


def port_number(text: str) -> int:
    """From 1 to 65,535. Raises ArgumentTypeError with a sentence.

    >>> port_number("8001")
    8001
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text} is no port; a port is a number from 1 to 65535.")
    return int(text)
