import pytest

from upline.core.errors import Throttled
from upline.core.passwords import PasswordHasher
from upline.core.rate_limits import RateLimiter
from upline.services.auth.guard import REMEMBERED_SECONDS, Guard, VerifiedPasswords

PASSWORD = "correct horse"


class Timer:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class CountingHasher(PasswordHasher):
    """Counts how often the slow work was done."""

    count = 0

    def _verify(self, password, stored):  # type: ignore[no-untyped-def]
        self.count += 1
        return super()._verify(password, stored)


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def guard(timer: Timer) -> Guard:
    hasher, limiter = CountingHasher(), RateLimiter(timer=timer)
    return Guard(hasher, limiter, "5/15 minutes", "8/15 minutes", VerifiedPasswords(timer))


@pytest.fixture(scope="module")
def stored() -> str:
    return PasswordHasher().hash_now(PASSWORD)


async def _statuses(guard: Guard, account: str, peer: str, password: str, stored: str, times: int):  # type: ignore[no-untyped-def]
    statuses = []
    for _ in range(times):
        try:
            statuses.append((await guard.check(account, peer, password, stored)).ok)
        except Throttled:
            statuses.append(None)
    return statuses


async def test_repeated_logins_hash_once(guard: Guard, stored: str, timer: Timer) -> None:
    assert await _statuses(guard, "a", "p", PASSWORD, stored, 20) == [True] * 20
    assert guard.passwords.count == 1  # type: ignore[attr-defined]
    timer.seconds += REMEMBERED_SECONDS
    assert (await guard.check("a", "p", PASSWORD, stored)).ok
    assert guard.passwords.count == 2  # type: ignore[attr-defined]


async def test_a_new_epoch_forgets_the_old_password(guard: Guard, stored: str) -> None:
    other = PasswordHasher().hash_now("another one")
    assert (await guard.check("a", "p", PASSWORD, stored, epoch=1)).ok
    assert not (await guard.check("a", "p", PASSWORD, other, epoch=2)).ok


async def test_remembered_passwords_do_not_answer_guesses(guard: Guard, stored: str) -> None:
    assert (await guard.check("a", "p", PASSWORD, stored)).ok
    assert await _statuses(guard, "a", "p", "wrong", stored, 6) == [False] * 5 + [None]
    assert await _statuses(guard, "a", "p", PASSWORD, stored, 1) == [None]


async def test_strangers_do_not_lock_the_owner_out(guard: Guard, stored: str) -> None:
    assert await _statuses(guard, "a", "stranger", "wrong", stored, 6) == [False] * 5 + [None]
    assert await _statuses(guard, "a", "home", PASSWORD, stored, 1) == [True]


async def test_an_address_that_tries_many_accounts_is_stopped(guard: Guard, stored: str) -> None:
    results = [await _statuses(guard, f"a{n}", "p", "wrong", stored, 1) for n in range(9)]
    assert results == [[False]] * 8 + [[None]]


async def test_an_account_that_does_not_exist_costs_the_same_work(guard: Guard) -> None:
    assert not (await guard.check("nobody", "p", PASSWORD, None)).ok
    assert guard.passwords.count == 1  # type: ignore[attr-defined]
