"""From arrays to tables: what a run has found, column by column."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from upline.core.copy import Column, Kind
from upline.engine import labels
from upline.engine.labels import Labels
from upline.engine.result import Result
from upline.engine.snapshot import Snapshot
from upline.services.commission import downline_counts, legs, memories, partitions
from upline.services.commission.partitions import Part
from upline.services.contest.rows import standing_rows
from upline.services.contest.scoring import Scored
from upline.services.rollup.building import Rollups, block_rows, place_columns

# Hardly any plan leaves these behind; the other tables have rows in most runs.
RARE = ("binary_lots", "bonus_memories")

Array = np.ndarray[Any, Any]
Rows = Array | slice
Values = TypeVar("Values", Snapshot, Result)
EVERYBODY = slice(None)


class Labelled(NamedTuple):
    """Labels of the sponsor tree and of the binary one, by position; leg_place: int32[n], where the
    leg figures of each member are kept up."""

    sponsor: Labels
    binary: Labels
    leg_place: Array


def figures_of(
    snapshot: Snapshot,
    result: Result,
    rollups: Rollups,
    contests: Sequence[Scored],
    *,
    numbered: bool,
) -> dict[str, list[Part]]:
    """Everything a run leaves, by table; `numbered` draws check numbers (final runs only)."""
    figures: dict[str, list[Part]] = {table: [] for table in partitions.TABLES if table not in RARE}
    members = member_columns(snapshot, result, label(snapshot))
    for table, part in (
        ("member_periods", [*members, *place_columns(rollups, snapshot)]),
        ("commission_checks", check_columns(snapshot, result, numbered=numbered)),
        ("check_items", item_columns(snapshot, result)),
        ("commission_lines", line_columns(snapshot, result)),
        (downline_counts.TABLE, downline_counts.count_blocks(members)),
        *_carried_on(snapshot, result),
        *block_rows(rollups),
        *standing_rows(contests, snapshot),
    ):
        figures.setdefault(table, []).append(part)
    return figures


def _carried_on(snapshot: Snapshot, result: Result) -> Iterator[tuple[str, Part]]:
    """What the next run reads beside the figures, where there is any."""
    if len(result.lots.member):
        yield "binary_lots", legs.lot_columns(snapshot, result)
    if len(result.memories.member):
        yield "bonus_memories", memories.memory_columns(snapshot, result)


def label(snapshot: Snapshot) -> Labelled:
    """Labels of both trees as a run gives them out."""
    place = np.arange(len(snapshot), dtype=np.int32)
    return Labelled(
        labels.fresh(place, snapshot.end, snapshot.level),
        labels.fresh(snapshot.binary_pre, snapshot.binary_end, snapshot.binary_level),
        snapshot.binary_pre,
    )


def member_columns(
    snapshot: Snapshot, result: Result, labelled: Labelled, rows: Rows = EVERYBODY
) -> list[Column]:
    """Columns of member_periods for all members, or those at some positions."""
    ids = snapshot.customer_id
    place = np.arange(len(ids), dtype=np.int32)[rows]
    (pre, pre_end), (binary_pre, binary_end) = (
        (tree.open[rows], tree.close[rows]) for tree in (labelled.sponsor, labelled.binary)
    )
    snapshot, result = _at(snapshot, rows), _at(result, rows)

    def id_of(name: str, index: Array) -> Column:
        return Column(name, Kind.BIGINT, np.where(index >= 0, ids[index], 0), null=index < 0)

    below = snapshot.binary_end - snapshot.binary_pre - 1
    unplaced = (snapshot.binary_parent < 0) & (below == 0)
    volumes = (
        "pv", "cv", "total_pv", "gv", "ov", "ov_less_2", "ov_less_3", "ov_less_4", "ov_less_5",
        "ov_less_6", "carry_left_out", "carry_right_out",
    )  # fmt: skip
    return [
        Column("customer_id", Kind.BIGINT, snapshot.customer_id),
        Column("customer_type_id", Kind.SMALLINT, snapshot.customer_type),
        Column("status_id", Kind.SMALLINT, snapshot.status),
        id_of("sponsor_id", snapshot.sponsor),
        Column("pre", Kind.BIGINT, pre),
        Column("pre_end", Kind.BIGINT, pre_end),
        Column("downline_count", Kind.INTEGER, snapshot.end - place - 1),
        Column("level", Kind.INTEGER, snapshot.level),
        id_of("enroller_id", snapshot.enroller),
        id_of("binary_parent_id", snapshot.binary_parent),
        Column(
            "binary_position_id",
            Kind.SMALLINT,
            snapshot.binary_position,
            null=snapshot.binary_position == 0,
        ),
        Column("binary_pre", Kind.BIGINT, binary_pre, null=unplaced),
        Column("binary_pre_end", Kind.BIGINT, binary_end, null=unplaced),
        Column("binary_downline_count", Kind.INTEGER, below, null=unplaced),
        Column("leg_place", Kind.INTEGER, labelled.leg_place[rows]),
        Column("binary_level", Kind.INTEGER, snapshot.binary_level, null=unplaced),
        *(Column(name, Kind.NUMERIC, getattr(result, name)) for name in volumes),
        Column("left_volume", Kind.NUMERIC, result.left),
        Column("right_volume", Kind.NUMERIC, result.right),
        Column("carry_left_in", Kind.NUMERIC, snapshot.carry_left),
        Column("carry_right_in", Kind.NUMERIC, snapshot.carry_right),
        Column("rank_id", Kind.SMALLINT, result.rank),
        Column("paid_rank_id", Kind.SMALLINT, result.paid_rank),
        Column("max_rank_id", Kind.SMALLINT, result.max_rank),
        Column("previous_rank_id", Kind.SMALLINT, snapshot.previous_rank),
        *_forced_column(snapshot, rows),
        Column("is_active", Kind.BOOLEAN, result.is_active),
        Column("is_qualified", Kind.BOOLEAN, result.is_qualified),
        *legs.figure_columns(result),
    ]


def _at(figures: Values, rows: Rows) -> Values:
    """The same with what is one value per member cut to `rows`; positions in them stay whole."""
    size = len(figures.pv if isinstance(figures, Result) else figures.customer_id)
    columns: dict[str, Any] = {
        field.name: value[rows]
        for field in fields(figures)
        if isinstance(value := getattr(figures, field.name), np.ndarray) and len(value) == size
    }
    if isinstance(figures, Result) and (sides := figures.leg_figures) is not None:
        columns["leg_figures"] = replace(
            sides,
            new=sides.new[:, rows],
            paid=sides.paid[:, rows],
            flushed=sides.flushed[:, rows],
        )
    return replace(figures, **columns)


def check_columns(snapshot: Snapshot, result: Result, *, numbered: bool) -> list[Column]:
    """Columns of commission_checks, a row a check; `numbered` ones draw their numbers."""
    checks = result.checks
    columns = [
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[checks.payee]),
        Column("total_commission", Kind.NUMERIC, checks.total_commission),
        Column("adjustments", Kind.NUMERIC, checks.adjustments),
        Column("donation", Kind.NUMERIC, checks.donation),
        Column("net", Kind.NUMERIC, checks.net),
        Column("line_count", Kind.INTEGER, checks.lines),
    ]
    if not numbered:
        # Left out, check_id takes the next number of its sequence.
        columns.append(Column("check_id", Kind.BIGINT, np.zeros(len(checks.payee), np.int64)))
    local = result.local
    if len(local.net):
        here = local.currency < 0
        codes = np.array([*snapshot.extras.rates.currencies, ""], "S3")[local.currency]
        columns += [
            Column("currency_code", Kind.TEXT, codes, null=here),
            Column("exchange_rate", Kind.MILLIONTHS, local.rate, null=here),
            Column("local_net", Kind.NUMERIC, local.net, null=here),
        ]
    return columns


def _forced_column(snapshot: Snapshot, rows: Rows) -> list[Column]:
    """The ranks that were given; left out, the table says that none were."""
    forced = snapshot.extras.forced
    return [Column("forced_rank_id", Kind.SMALLINT, forced[rows])] if len(forced) else []


def item_columns(snapshot: Snapshot, result: Result) -> list[Column]:
    """Columns of check_items, numbered from 1."""
    items = result.items
    return [
        Column("item_no", Kind.BIGINT, np.arange(1, len(items.payee) + 1, dtype=np.int64)),
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[items.payee]),
        Column("kind_id", Kind.SMALLINT, items.kind),
        Column("bonus_id", Kind.SMALLINT, items.bonus_id),
        Column("ledger_type_id", Kind.SMALLINT, items.ledger_type),
        Column("level", Kind.SMALLINT, items.level),
        Column("volume", Kind.NUMERIC, items.volume),
        Column("rate", Kind.MILLIONTHS, items.rate),
        Column("amount", Kind.NUMERIC, items.amount),
    ]


def line_columns(snapshot: Snapshot, result: Result) -> list[Column]:
    """Columns of commission_lines, numbered from 1."""
    lines = result.lines
    return [
        Column("line_no", Kind.BIGINT, np.arange(1, len(lines.payee) + 1, dtype=np.int64)),
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[lines.payee]),
        Column("source_id", Kind.BIGINT, snapshot.customer_id[lines.source]),
        Column("entry_id", Kind.BIGINT, lines.entry_id),
        Column("bonus_id", Kind.SMALLINT, lines.bonus_id),
        Column("level", Kind.SMALLINT, lines.level),
        Column("paid_level", Kind.SMALLINT, lines.paid_level),
        Column("base", Kind.NUMERIC, lines.base),
        Column("rate", Kind.MILLIONTHS, lines.rate),
        Column("amount", Kind.NUMERIC, lines.amount),
    ]
