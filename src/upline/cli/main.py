"""The `upline` command."""

import typer

from upline.cli import (
    audit,
    carry,
    clients,
    contract,
    database,
    explain,
    imports,
    payout_news,
    payout_show,
    payouts,
    periods,
    plans,
    pledges,
    positions,
    ranks,
    rates,
    restatements,
    reviews,
    serve,
    simulate,
    taxes,
    trees,
    users,
)

app = typer.Typer(
    name="upline",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The back office server for network marketing. Start with: upline demo",
)
app.command()(serve.demo)
app.command()(serve.serve)
app.command()(serve.worker)
app.command()(audit.verify)
app.command()(explain.explain)
app.command()(simulate.simulate)
app.command(name="openapi")(contract.openapi)
app.add_typer(database.app, name="db")
app.add_typer(imports.app, name="import")
for step in (
    reviews.review,
    reviews.approve,
    reviews.reject,
    restatements.restate,
    restatements.rerun,
):
    periods.app.command()(step)
app.add_typer(periods.app, name="period")
app.add_typer(plans.app, name="plan")
app.add_typer(carry.app, name="carry")
app.add_typer(positions.app, name="position")
app.add_typer(pledges.app, name="pledge")
app.add_typer(ranks.app, name="rank")
app.add_typer(rates.app, name="rates")
app.add_typer(clients.app, name="client")
app.add_typer(users.app, name="user")
app.add_typer(trees.app, name="tree")
payouts.app.command()(payout_show.show)
payouts.app.command()(payout_news.settle)
payouts.app.command()(payout_news.fail)
payouts.app.command(name="return")(payout_news.take_back)
app.add_typer(payouts.app, name="payout")
app.add_typer(taxes.app, name="tax")
