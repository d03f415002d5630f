from upline.routers.backoffice.contract import OPERATIONS
from upline.services.customer.referral_codes import RESERVED, is_reserved


def test_every_literal_of_the_documented_paths_is_reserved() -> None:
    segments = {part for operation in OPERATIONS for part in operation.path.split("/")}
    literals = {part.lower() for part in segments if part and "{" not in part}
    assert literals == RESERVED


def test_case_makes_no_difference() -> None:
    assert is_reserved("Status")
    assert not is_reserved("owen1")
