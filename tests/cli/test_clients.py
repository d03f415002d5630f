from tests.cli.conftest import Upline


async def test_a_client_is_created_listed_and_revoked(upline: Upline) -> None:
    created = await upline("client", "create", "shop", "--scope", "funnel", "--name", "The shop")
    assert created.exit_code == 0, created.output
    assert "ClientSecret: " in created.output
    listed = await upline("client", "list")
    assert "The shop" in listed.output
    assert "funnel" in listed.output
    assert (await upline("client", "revoke", "shop")).exit_code == 0


async def test_a_client_needs_a_known_scope(upline: Upline) -> None:
    refused = await upline("client", "create", "shop", "--scope", "everything")
    assert refused.exit_code == 2
    assert "everything" in refused.output


async def test_a_client_exists_once(upline: Upline) -> None:
    await upline("client", "create", "shop", "--scope", "funnel")
    again = await upline("client", "create", "shop", "--scope", "funnel")
    assert again.exit_code == 1
    assert "exists" in again.output


async def test_an_unknown_client_cannot_be_revoked(upline: Upline) -> None:
    assert (await upline("client", "revoke", "nobody")).exit_code == 1
