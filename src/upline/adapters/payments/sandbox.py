"""A provider for demos and tests: everybody approves, nothing leaves the machine.

It keeps nothing: whatever it has to know again is signed into the token, so that any process may
complete what another began.
"""

import hashlib
import hmac
import secrets

from upline.ports.express_checkout import Agreement, PaymentRefused

PREFIX = "EC-SANDBOX-"
# No secret: it only tells tokens of the sandbox from everything else.
_MARK = b"upline sandbox"
_RANDOM, _SIGNED = 16, 12


class SandboxCheckout:
    """Approves every token it made."""

    provider = "sandbox"

    async def begin(self, return_url: str, cancel_url: str) -> str:
        del return_url, cancel_url
        serial = secrets.token_hex(_RANDOM // 2)
        return f"{PREFIX}{serial}{_sign(serial)}"

    async def complete(self, token: str) -> Agreement:
        serial, signature = token[len(PREFIX) :][:_RANDOM], token[len(PREFIX) + _RANDOM :]
        genuine = token.startswith(PREFIX) and hmac.compare_digest(
            signature.encode(), _sign(serial).encode()
        )
        if not genuine:
            raise PaymentRefused
        return Agreement(f"B-{serial}", "sandbox@example.com", "Sandbox", "Payer")


def _sign(serial: str) -> str:
    return hmac.new(_MARK, serial.encode(), hashlib.sha256).hexdigest()[:_SIGNED]
