"""Thirty tokens that look good enough to some library; none may open."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from upline.core.errors import Unauthenticated
from upline.core.keys import MissingKeys
from upline.core.tokens import Claims, TokenSigner, new_token_id

KEY = b"k" * 32
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNER = TokenSigner(KEY, "backoffice")
CLAIMS = Claims(new_token_id(), "login:7", NOW, NOW + timedelta(hours=8), 3)
HEADER = {"alg": "HS256", "typ": "JWT"}
PAYLOAD = {
    "iss": "upline",
    "aud": "backoffice",
    "sub": "login:7",
    "jti": CLAIMS.token_id.hex,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 3600,
    "epoch": 3,
}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(
    header: Any = None, payload: Any = None, key: bytes = KEY, algorithm: str = "sha256"
) -> str:
    body = ".".join(
        _b64(part if isinstance(part, bytes) else json.dumps(part).encode())
        for part in (header or HEADER, payload or PAYLOAD)
    )
    return f"{body}.{_b64(hmac.digest(key, body.encode(), algorithm))}"


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAYLOAD.items() if key != name}


def _asymmetric(form: str) -> str:
    """Signed as HS256 with a public key as the secret: algorithm confusion."""
    if form == "ssh":
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        key = public.public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
    else:
        encoding = serialization.Encoding.PEM if form == "pem" else serialization.Encoding.DER
        key = (
            rsa.generate_private_key(65537, 2048)
            .public_key()
            .public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    return _token(key=key)


def _bad_tokens() -> Iterator[tuple[str, str]]:
    good = _token()
    head, body, signature = good.split(".")
    yield "empty", ""
    yield "one part", "abc"
    yield "two parts", f"{head}.{body}"
    yield "no signature", f"{head}.{body}."
    yield "junk behind the signature", good + "!!"
    yield "padding behind the signature", good + "="
    yield "newline behind it", good + "\n"
    yield "blank before it", " " + good
    yield "Bearer before it", "Bearer " + good
    yield "five parts (JWE)", f"{head}.{body}.{body}.{body}.{signature}"
    yield "alg none", _token({"alg": "none", "typ": "JWT"}).rsplit(".", 1)[0] + "."
    yield "alg None signed", _token({"alg": "None"})
    yield "alg HS512", _token({"alg": "HS512", "typ": "JWT"}, algorithm="sha512")
    yield "alg RS256", _token({"alg": "RS256", "typ": "JWT"})
    yield "alg missing", _token({"typ": "JWT"})
    yield (
        "own key in the header",
        _token({**HEADER, "jwk": {"kty": "oct", "k": _b64(b"mine" * 8)}}, key=b"mine" * 8),
    )
    yield "key by URL", _token({**HEADER, "jku": "https://evil.example/keys"}, key=b"x" * 32)
    yield "public key as secret, PEM", _asymmetric("pem")
    yield "public key as secret, DER", _asymmetric("der")
    yield "public key as secret, SSH", _asymmetric("ssh")
    yield "empty key", _token(key=b"")
    yield (
        "other payload under the signature",
        f"{head}.{_b64(json.dumps({**PAYLOAD, 'epoch': 4}).encode())}.{signature}",
    )
    yield "other signature", f"{head}.{body}.{_b64(bytes(32))}"
    yield "payload no object", _token(payload=[1])
    yield "payload no JSON", _token(payload=b"\xff{")
    for claim in ("exp", "iat", "aud", "iss", "sub", "jti", "epoch"):
        yield f"without {claim}", _token(payload=_without(claim))
    yield "audience of another family", _token(payload={**PAYLOAD, "aud": "pay-return"})
    yield "other issuer", _token(payload={**PAYLOAD, "iss": "evil"})
    yield "expired", _token(payload={**PAYLOAD, "exp": int(NOW.timestamp())})
    yield "from the future", _token(payload={**PAYLOAD, "iat": int(NOW.timestamp()) + 60})
    yield "endless", _token(payload={**PAYLOAD, "exp": 1e300})
    yield "exp as text", _token(payload={**PAYLOAD, "exp": "tomorrow"})
    yield "exp null", _token(payload={**PAYLOAD, "exp": None})
    yield "jti no id", _token(payload={**PAYLOAD, "jti": "x"})
    yield "jti a list", _token(payload={**PAYLOAD, "jti": [1]})
    yield "epoch a text", _token(payload={**PAYLOAD, "epoch": "3"})
    yield "sub a number", _token(payload={**PAYLOAD, "sub": 7})
    yield "megabyte", _token(payload={**PAYLOAD, "x": "y" * 1_000_000})
    yield "not ASCII", "é.é.é"


BAD = dict(_bad_tokens())


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_tokens_do_not_open(text: str) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.open(text, NOW + timedelta(seconds=30))


def test_good_tokens_open_until_they_end() -> None:
    text = SIGNER.sign(CLAIMS)
    assert SIGNER.open(text, NOW) == CLAIMS
    assert SIGNER.open(text, CLAIMS.expires_at - timedelta(seconds=1)) == CLAIMS
    assert SIGNER.open(_token(), NOW).token_id == CLAIMS.token_id  # the hand-made good one
    with pytest.raises(Unauthenticated):
        SIGNER.open(text, CLAIMS.expires_at)


def test_keys_and_audiences_do_not_mix() -> None:
    text = SIGNER.sign(CLAIMS)
    for other in (TokenSigner(b"x" * 32, "backoffice"), TokenSigner(KEY, "other")):
        with pytest.raises(Unauthenticated):
            other.open(text, NOW)


def test_short_keys_are_refused() -> None:
    with pytest.raises(MissingKeys):
        TokenSigner(hashlib.sha256().digest()[:31], "backoffice")
