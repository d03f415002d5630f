import asyncio

import pytest

from upline.core.together import together


async def test_what_fails_first_is_raised_alone_and_ends_the_others() -> None:
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waiting")

    async def fail() -> None:
        raise LookupError("nothing there") from KeyError("cause")

    async def both() -> None:
        async with together() as group:
            group.create_task(wait())
            group.create_task(fail())

    with pytest.raises(LookupError, match="nothing there") as failed:
        await both()
    assert ended == ["waiting"]
    assert isinstance(failed.value.__cause__, KeyError)


async def test_all_are_done_when_the_block_ends() -> None:
    async with together() as group:
        tasks = [group.create_task(asyncio.sleep(0, result=number)) for number in range(3)]
    assert [task.result() for task in tasks] == [0, 1, 2]
