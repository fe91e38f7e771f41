"""What can go wrong at a provider, as a Refused with its reason.

Authlib has four families of errors: joserfc's, OAuth's, that of a state it keeps (a kind of OAuth's; we keep
ours ourselves), and requests'. Besides, a provider's answer can be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from authlib.integrations.base_client import OAuthError
from joserfc import errors as jose

from sessions_ui.access.signin.refusals import Refused

#: What is wrong, by the claim that is.
CLAIM_REASONS = {
    "iss": "issuer",
    "aud": "audience",
    "azp": "audience",
    "nonce": "nonce",
    "iat": "not_yet",
    "nbf": "not_yet",
    "exp": "expired",
}


@contextmanager
def refusing() -> Iterator[None]:
    """Turns what Authlib, joserfc, requests and a nonsensical answer raise into a Refused."""
    try:
        yield
    except Refused:
        raise
    except jose.ExpiredTokenError:
        raise Refused("expired") from None
    except (jose.InvalidClaimError, jose.MissingClaimError) as error:
        claim = str(getattr(error, "claim", ""))
        raise Refused(CLAIM_REASONS.get(claim, "claim"), detail=claim) from None
    except jose.BadSignatureError:
        raise Refused("signature") from None
    except (jose.UnsupportedAlgorithmError, jose.InvalidKeyTypeError) as error:
        raise Refused("algorithm", detail=type(error).__name__) from None
    except (jose.InvalidKeyIdError, jose.MissingKeyError) as error:
        raise Refused("key", detail=type(error).__name__) from None
    except jose.ExceededSizeError:
        raise Refused("too_big") from None
    except jose.JoseError as error:
        raise Refused("token_garbled", detail=type(error).__name__) from None
    except OAuthError as error:
        raise Refused("provider_error", detail=error_code(error.error)) from None
    except OSError as error:
        # All errors of requests are. Their text holds addresses, and some a code.
        raise Refused("provider_away", detail=type(error).__name__) from None
    except (ValueError, TypeError, LookupError, AttributeError, RuntimeError) as error:
        raise Refused("provider_away", detail=f"garbled: {type(error).__name__}") from None


def error_code(text: object) -> str:
    """An OAuth error code, for the log; what does not look like one is not repeated.

    >>> error_code("access_denied"), error_code("a b\\n")
    ('access_denied', 'other')
    """
    if isinstance(text, str) and len(text) <= 40 and text.replace("_", "").isalpha() and text.isascii():
        return text
    return "other"
