"""Steps of a binary: pairs of different sizes, one after the other, that begin again at the end.

A member goes on where the settlement before stopped, told by how many steps he was ever paid.
"""

from upline.engine.jit import njit
from upline.engine.units import I64

__all__ = ["climbed"]


@njit
def climbed(
    steps: I64, low: int, done: int, cycles: int, money: int, forfeits: bool
) -> tuple[int, int, int, int, int, bool]:
    """What a lesser leg of `low` makes: steps paid, the volume they take off each leg, their money;
    steps used up unpaid beyond a cap, with their volume; whether a cap cut something.

    steps: int64[k, 2], (volume, money) of each; done: steps ever paid; cycles, money: what caps
    allow. Once a cap holds back a step, so it does all that follow.
    """
    paid, used, amount = _round(steps, low, cycles, money)
    lost = lost_volume = 0
    cut = False
    place = done % len(steps)
    while True:
        volume, worth = steps[place, 0], steps[place, 1]
        if low - used - lost_volume < volume:
            return paid, used, amount, lost, lost_volume, cut
        if not cut and paid < cycles and amount + worth <= money:
            paid += 1
            used += volume
            amount += worth
        else:
            cut = True
            if not forfeits:
                return paid, used, amount, lost, lost_volume, cut
            if lost == 0:
                lost, lost_volume, _ = _round(steps, low - used, 1 << 61, 1 << 61)
                if low - used - lost_volume < volume:
                    continue
            lost += 1
            lost_volume += volume
        place = (place + 1) % len(steps)


@njit
def _round(steps: I64, low: int, cycles: int, money: int) -> tuple[int, int, int]:
    """All whole rounds that caps allow, at once: a round is the same wherever it begins."""
    volume = amount = 0
    for k in range(len(steps)):
        volume += steps[k, 0]
        amount += steps[k, 1]
    rounds = min(low // volume, cycles // len(steps))
    if amount > 0:
        rounds = min(rounds, money // amount)
    return rounds * len(steps), rounds * volume, rounds * amount
