"""Which key signed the trail last: where it is another than ours, an auditor would take it for a crime."""

from __future__ import annotations

from contextlib import suppress

from sessions_ui.trail import keys
from sessions_ui.trail.chain import Checkpoint
from sessions_ui.trail.models import CheckpointRecord


def find_other_signer() -> str | None:
    """The name of the key of the last checkpoint (``keys.name_of``), where it is not this site's own; None
    where it is, or there is no checkpoint yet. Raises NoKey."""
    ours = keys.name_of(keys.signing_key().public_key())
    last = CheckpointRecord.objects.order_by("-number").first()
    if last is None:
        return None
    signer = ""
    with suppress(ValueError):
        signer = Checkpoint(last.text, last.signature).facts().key
    return None if signer == ours else signer or "it does not say which"
