"""Reading a plan text: TOML, then schema, then names; every problem with its line and field."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ValidationError

from upline.engine.limits import settlements
from upline.engine.measures import measure_names
from upline.services.plan.locate import Path, locate
from upline.services.plan.problems import PlanError, Problem
from upline.services.plan.reading import read_toml
from upline.services.plan.schema import Calendar, FeeRule, Meta, Payout, PlanSchema, PointsTable
from upline.services.plan.schema_bonuses import AnyBonus
from upline.services.plan.schema_ranks import Rank
from upline.services.plan.wording import told

__all__ = [
    "PlanDocument",
    "builtin_cases",
    "context_of",
    "field_of",
    "line_of",
    "load_builtin",
    "parse",
    "problems_of",
]

BUILTIN = ("essential", "binary", "hybrid")
TREES = ("sponsor", "enroller", "binary")
NAMED = ("parts", "teams", "sums")
COMPUTED = ("left", "right", "lesser_leg", "lesser_legs", "customers", "active")
SHAPES = {"list_type", "dict_type", "model_type", "int_type"}


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A valid plan with its text; `content` holds the tables, volumes as integers of 1e-4."""

    name: str
    text: str
    content: PlanSchema
    lines: dict[Path, int]

    @property
    def plan(self) -> Meta:
        """Key, name and currency."""
        return self.content.plan

    @property
    def calendar(self) -> Calendar:
        """The period and its pay day."""
        return self.content.calendar

    @property
    def ranks(self) -> list[Rank]:
        """Ranks, lowest first."""
        return self.content.ranks

    @property
    def bonuses(self) -> list[AnyBonus]:
        """Bonuses in the order in which they are paid."""
        return self.content.bonuses

    @property
    def fees(self) -> list[FeeRule]:
        """Fees taken from checks."""
        return self.content.fees

    @property
    def payout(self) -> Payout:
        """Minimum and cost of a payment."""
        return self.content.payout

    @property
    def points(self) -> list[PointsTable]:
        """Loyalty tables, several by key where they changed over time."""
        return self.content.points

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at a path of this document."""
        return Problem(line_of(self.lines, path), field_of(path), message)


def parse(text: str, name: str) -> PlanDocument:
    """Read and validate a plan; raises PlanError with everything that is wrong."""
    text = text.removeprefix("\ufeff")  # some editors mark UTF-8 so
    raw = read_toml(text, name)
    lines = locate(text)
    try:
        content = PlanSchema.model_validate(raw, context=context_of(raw))
    except ValidationError as error:
        raise PlanError(name, problems_of(raw, lines, error)) from None
    document = PlanDocument(name, text, content, lines)
    problems = [*_repeated(document), *_out_of_order(document), *_second_binary(document)]
    if problems:
        raise PlanError(name, problems)
    return document


def load_builtin(name: str) -> PlanDocument:
    """One of the plans that come with the package: essential, binary, hybrid."""
    source = files("upline") / "plans" / f"{name}.toml"
    if not source.is_file():
        told = f"there is no such file, and no plan of that name comes along: {', '.join(BUILTIN)}"
        raise PlanError(name, [Problem(1, "", told)])
    return parse(source.read_text(encoding="utf-8"), f"{name}.toml")


def builtin_cases(name: str) -> str:
    """The golden cases kept beside a built-in plan."""
    return (files("upline") / "plans" / f"{name}.cases.toml").read_text(encoding="utf-8")


def context_of(raw: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The names that a plan defines, by what they stand for."""
    return {
        "rank": _names(raw.get("ranks"), "key"),
        "bonus": _names(raw.get("bonuses"), "code"),
        "tree": (*TREES, *_names(raw.get("trees"), "key")),
        **_volume_names(raw.get("volumes")),
    }


def problems_of(
    raw: Any, lines: dict[Path, int], error: ValidationError, root: type[BaseModel] = PlanSchema
) -> list[Problem]:
    """Every field that did not validate, by line; `root` is the model that was validated."""
    found: dict[Path, Any] = {}
    for detail in error.errors(include_url=False):
        path = _real_path(raw, detail["loc"], detail["type"] == "missing")
        if detail["type"].startswith("union_tag"):
            path = (*path, "kind")
        # Of a value that may be a number or a table every form complains: the nearest one is told.
        if path not in found or found[path]["type"] in SHAPES:
            found[path] = detail
    return [
        Problem(line_of(lines, path), field_of(path), told(detail, root))
        for path, detail in found.items()
        if not any(path == other[: len(path)] != other for other in found)
    ]


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Line of a path or, where a key is missing, of the nearest table around it; of a table that
    has no header of its own, where it begins."""
    while path and path not in lines:
        inside = [line for other, line in lines.items() if other[: len(path)] == path]
        if inside:
            return min(inside)
        path = path[:-1]
    return lines.get(path, 1)


def field_of(path: Path) -> str:
    """`bonuses[2].rates[0]` for ('bonuses', 2, 'rates', 0)."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _names(tables: Any, key: str) -> tuple[str, ...]:
    """Keys of an array of tables of which nothing is known yet."""
    if not isinstance(tables, list):
        return ()
    found = (table.get(key) for table in tables if isinstance(table, dict))
    return tuple(name for name in found if isinstance(name, str))


def _volume_names(table: Any) -> dict[str, tuple[str, ...]]:
    """Names of volumes; a plan may have further kinds."""
    found = table.get("kinds") if isinstance(table, dict) else None
    kinds = [kind for kind in found if isinstance(kind, str)] if isinstance(found, list) else []
    kinds = ["pv", "cv", *kinds]
    parts, teams, sums = (
        tuple(found) if isinstance(found, dict) else ()
        for found in (table.get(key) if isinstance(table, dict) else None for key in NAMED)
    )
    measured = (*measure_names((*kinds, *parts)), *teams, *sums)
    return {
        "volume of orders": ("margin", *kinds),
        "kind of volume": (*kinds, *parts),
        "volume before ranks": measured,
        "volume": ("commission", "own", "gv", *measured, *COMPUTED),
    }


def _real_path(raw: Any, location: tuple[int | str, ...], missing: bool) -> Path:
    """The path in the text: the location without the steps that only the validator knows."""
    path: list[str | int] = []
    here = raw
    for position, part in enumerate(location):
        last = position == len(location) - 1
        if isinstance(here, dict) and isinstance(part, str):
            if part in here:
                here = here[part]
                path.append(part)
            elif last and missing:
                path.append(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
            path.append(part)
    return tuple(path)


def _repeated(document: PlanDocument) -> Iterable[Problem]:
    """Ids, keys and codes that must be unique within the plan."""
    content = document.content
    for table, fields, rows in (
        ("ranks", ("id", "key"), content.ranks),
        ("bonuses", ("id", "code"), content.bonuses),
        ("contests", ("id", "key"), content.contests),
        ("trees", ("key",), content.trees),
    ):
        for field in fields:
            seen: set[object] = set(TREES) if table == "trees" else set()
            for index, row in enumerate(rows):
                value = getattr(row, field)
                if value in seen:
                    yield document.problem((table, index, field), f"{value!r} is used twice")
                seen.add(value)
    dated: set[object] = set()
    for index, points in enumerate(content.points):
        if (points.key, points.effective) in dated:
            yield document.problem(("points", index, "effective"), "two tables from the same day")
        dated.add((points.key, points.effective))


def _out_of_order(document: PlanDocument) -> Iterable[Problem]:
    """Bonuses paid on what other bonuses paid must stand below them, and below all the bonuses
    that are capped together with those, unless they are capped with them."""
    place = {bonus.code: index for index, bonus in enumerate(document.bonuses)}
    settled = settlements([bonus.code for bonus in document.bonuses], _capped(document))
    for index, bonus in enumerate(document.bonuses):
        for path, code in _paid_on(bonus):
            where = ("bonuses", index, *path)
            if place[code] >= index:
                yield document.problem(where, f"{code!r} must be paid earlier: move it above")
            elif index < settled[place[code]] != settled[index]:
                last = document.bonuses[settled[place[code]]].code
                yield document.problem(where, f"{code!r} is capped with {last!r}: move this below")


def _second_binary(document: PlanDocument) -> Iterable[Problem]:
    """Legs carry one balance, so that a second binary bonus would count their volume again."""
    binaries = [k for k, bonus in enumerate(document.bonuses) if bonus.kind == "binary"]
    for index in binaries[1:]:
        yield document.problem(("bonuses", index, "kind"), "a plan has one binary bonus")


def _capped(document: PlanDocument) -> list[tuple[str, ...]]:
    return [tuple(rule.bonuses) for rule in document.content.limits]


def _paid_on(bonus: AnyBonus) -> Iterable[tuple[Path, str]]:
    """Codes of bonuses that this one is paid on, with where they stand in its table."""
    for place, code in enumerate(getattr(bonus, "on", [])):
        yield ("on", place), code
    for index, part in enumerate(getattr(bonus, "parts", [])):
        for place, code in enumerate(part.on):
            yield ("parts", index, "on", place), code
