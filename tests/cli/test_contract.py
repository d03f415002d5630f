import json

from tests.cli.conftest import Upline

from upline.routers.backoffice.contract import OPERATIONS

# The statement as PDF and the two explanations.
BEYOND_THE_DOCUMENTED = 3


async def test_the_description_holds_every_operation(upline: Upline) -> None:
    described = json.loads((await upline("openapi")).output)
    assert described["openapi"].startswith("3.1")
    (statement,) = [path for path in described["paths"] if path.endswith("statement.pdf")]
    answer = described["paths"][statement]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["application/pdf"]
    operations = sum(len(methods) for methods in described["paths"].values())
    assert len(OPERATIONS) == 167
    assert operations == 167 + BEYOND_THE_DOCUMENTED


async def test_what_is_missing_is_listed(upline: Upline) -> None:
    listed = await upline("openapi", "--missing")
    assert listed.exit_code == 0
    assert "documented operations are still to come" in listed.output
