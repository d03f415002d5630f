"""The `upline` command."""

import typer

from upline.cli import (
    audit,
    clients,
    contract,
    database,
    imports,
    payout_news,
    payouts,
    periods,
    plans,
    reviews,
    serve,
    taxes,
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
app.command(name="openapi")(contract.openapi)
app.add_typer(database.app, name="db")
app.add_typer(imports.app, name="import")
periods.app.command()(reviews.approve)
periods.app.command()(reviews.reject)
app.add_typer(periods.app, name="period")
app.add_typer(plans.app, name="plan")
app.add_typer(clients.app, name="client")
app.add_typer(users.app, name="user")
payouts.app.command()(payout_news.settle)
payouts.app.command()(payout_news.fail)
payouts.app.command(name="return")(payout_news.take_back)
app.add_typer(payouts.app, name="payout")
app.add_typer(taxes.app, name="tax")
