"""Which passwords are good enough: long, not among the ones everybody tries first."""

from functools import cache
from pathlib import Path

from upline.core.errors import FieldInvalid
from upline.core.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH


def require_acceptable(password: str, field: str = "password") -> None:
    """Raises FieldInvalid. Nothing is trimmed or normalised: what is typed is the password."""
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise FieldInvalid(
            field, f"The password must have {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters."
        )
    if password.casefold() in _common():
        raise FieldInvalid(field, "This password is too common.")


@cache
def _common() -> frozenset[str]:
    file = Path(__file__).with_name("common_passwords.txt")
    return frozenset(file.read_text(encoding="utf-8").split())
