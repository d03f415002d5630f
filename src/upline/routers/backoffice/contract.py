"""The documented operations as data: paths, names and one-line descriptions, typos included."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PREFIX = "/api/v1"

# Parameters whose values are whole numbers. `Encrypted…` ones are not: they travel as opaque ids.
INTEGER_PARAMETERS = frozenset(
    {
        "addressid",
        "categoryid",
        "countryid",
        "customerid",
        "deposithistoryid",
        "downlinecustomerid",
        "genealogytypeid",
        "height",
        "id",
        "languageid",
        "leadid",
        "maxlevel",
        "newsid",
        "payoutmethodid",
        "periodid",
        "pictureid",
        "positionid",
        "productid",
        "recurringpaymentid",
        "storecountryid",
        "width",
    }
)
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One documented operation; `path` is below PREFIX, with the documented spelling."""

    controller: str
    method: str
    path: str
    help_slug: str
    description: str
    query: tuple[str, ...] = ()

    @cached_property
    def key(self) -> tuple[str, str]:
        """What identifies it, whatever the spelling of its parameters."""
        return operation_key(self.method, self.path)


def operation_key(method: str, path: str) -> tuple[str, str]:
    """Method and lower-case path with parameters blanked."""
    return method, _PARAMETER.sub("{}", path).lower()


def path_parameters(path: str) -> list[str]:
    """Names of the parameters of a path, as spelt in it."""
    return _PARAMETER.findall(path)


def _load() -> tuple[dict[str, str], tuple[Operation, ...]]:
    document = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf-8"))
    operations = tuple(
        Operation(
            controller=entry["controller"],
            method=entry["method"],
            path=entry["path"].removeprefix(PREFIX),
            help_slug=entry["help_slug"],
            description=entry["description"],
            query=tuple(entry.get("query", ())),
        )
        for entry in document["operations"]
    )
    return document["controllers"], operations


CONTROLLERS, OPERATIONS = _load()
BY_KEY = {operation.key: operation for operation in OPERATIONS}
