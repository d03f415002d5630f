"""Only exact origins; whatever browsers may read differently is refused."""

import pytest

from upline.core.errors import FieldInvalid
from upline.services.payment.return_addresses import require_allowed

ORIGINS = ["https://shop.example", "http://localhost:8000"]


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example:443/a?b=c#d",
        "HTTPS://SHOP.example/",
        "http://localhost:8000/back",
    ],
)
def test_allowed(url: str) -> None:
    require_allowed("returnUrl", url, ORIGINS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/back",
        "//shop.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://shop.example.evil.example/",
        "https://evil.example/https://shop.example/",
        "https://shop.example@evil.example/",
        "https://evil.example\\@shop.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example:443@evil.example/",
        "https://shop.example\t.evil.example/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example:port/",
        "https://[shop.example/",
        "javascript:alert(1)//https://shop.example",
        "https://shop.example/" + "a" * 2_000,
        "https://ѕhop.example/",  # the first letter is Cyrillic
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(FieldInvalid) as refused:
        require_allowed("returnUrl", url, ORIGINS)
    assert refused.value.field == "returnUrl"


def test_an_origin_that_is_none_allows_nothing() -> None:
    with pytest.raises(FieldInvalid):
        require_allowed("returnUrl", "not an address", ["not an address", "*"])
