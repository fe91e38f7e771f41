"""The Ed25519 key under the checkpoints: in the data directory, or in a file that a setting names.

Who holds it can sign another history: what proves ours then are the checkpoints sent outside.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from sessions_ui.trail.chain import Checkpoint

IsSigned = Callable[[Checkpoint], bool]


class NoKey(Exception):
    """The key's file cannot be used; the message says why, and holds nothing of it."""


def new_key() -> str:
    """A new private key, as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def signing_key() -> Ed25519PrivateKey:
    """The site's own. Raises NoKey."""
    return _read_private(Path(settings.HOOPVIEWER_TRAIL_KEY_FILE))


@lru_cache(maxsize=4)
def _read_private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NoKey(f"The trail's key file {path} cannot be used: {_reason(error)}.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(f"{path} holds no Ed25519 key.")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key in PEM, as ``verify_trail --show-key`` printed it. Raises NoKey."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise NoKey(f"The public key file {path} cannot be used: {_reason(error)}.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey(f"{path} holds no Ed25519 key.")
    return key


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it holds no such key in PEM"


def public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def name_of(key: Ed25519PublicKey) -> str:
    """What a checkpoint calls its key: 16 characters of its SHA-256."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def sign(text: str) -> Checkpoint:
    """Raises NoKey."""
    signature = signing_key().sign(text.encode("ascii"))
    return Checkpoint(text, base64.b64encode(signature).decode("ascii"))


def signed_by(keys: Iterable[Ed25519PublicKey]) -> IsSigned:
    """Tells whether one of these keys signed a checkpoint."""
    known = tuple(keys)

    def is_signed(checkpoint: Checkpoint) -> bool:
        try:
            signature = base64.b64decode(checkpoint.signature, validate=True)
            text = checkpoint.text.encode("ascii")
        except (binascii.Error, ValueError):
            return False
        return any(_verifies(key, signature, text) for key in known)

    return is_signed


def _verifies(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
