import asyncio

import pytest
from passlib.context import CryptContext

from upline.core.passwords import DECOY, PasswordHasher, TooBusy


async def test_a_password_is_proven_by_its_hash_alone() -> None:
    hasher = PasswordHasher()
    stored = await hasher.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await hasher.verify("correct horse", stored)).ok
    assert not (await hasher.verify("correct horsf", stored)).ok
    assert not (await hasher.verify("correct horse", None)).ok


async def test_weaker_hashes_are_replaced() -> None:
    old = CryptContext(["argon2"], argon2__memory_cost=1024, argon2__time_cost=1).hash(
        "correct horse"
    )
    result = await PasswordHasher().verify("correct horse", old)
    assert result.ok
    assert result.new_hash is not None
    assert "m=19456,t=2,p=1" in result.new_hash
    assert (await PasswordHasher().verify("wrong", old)).new_hash is None


def test_the_decoy_costs_what_a_real_hash_costs() -> None:
    real = PasswordHasher().hash_now("x" * 8)
    assert DECOY.split("$")[1:4] == real.split("$")[1:4]


async def test_work_beyond_the_queue_is_refused_at_once() -> None:
    hasher = PasswordHasher(workers=1, waiting=1)
    results = await asyncio.gather(
        *(hasher.verify("a password", None) for _ in range(5)), return_exceptions=True
    )
    assert [type(result).__name__ for result in results].count("Verified") == 2
    assert sum(isinstance(result, TooBusy) for result in results) == 3
    assert not (await hasher.verify("a password", None)).ok  # and there is room again


async def test_very_long_passwords_are_not_hashed_whole() -> None:
    hasher = PasswordHasher()
    assert not (await hasher.verify("x" * 1_000_000, await hasher.hash("x" * 128))).ok


@pytest.mark.parametrize("password", ["pass\0word", "pässwörd", "密码密码密码密码", " leading"])
async def test_passwords_are_taken_as_typed(password: str) -> None:
    hasher = PasswordHasher()
    stored = await hasher.hash(password)
    assert (await hasher.verify(password, stored)).ok
    assert not (await hasher.verify(password.strip("\0 ") + "x", stored)).ok
