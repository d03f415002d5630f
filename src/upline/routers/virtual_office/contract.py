"""The documented operations of this family."""

from typing import NamedTuple


class Operation(NamedTuple):
    """A documented operation, with its whole path."""

    method: str
    path: str


OPERATIONS = (
    Operation("POST", "/api/accounts/token"),
    Operation("GET", "/vo.dlv.api/downline/children/user/{periodid}"),
    Operation("GET", "/vo.dlv.api/downline/children/{memberid}/{periodid}"),
    Operation("GET", "/vo.dlv.api/downline/detail/user/{periodid}"),
    Operation("GET", "/vo.dlv.api/downline/detail/{memberid}/{periodid}"),
    Operation("GET", "/vo.dlv.api/downline/qualification/user/{periodid}"),
    Operation("GET", "/vo.dlv.api/commission/check/summary/{periodid}"),
    Operation("GET", "/vo.dlv.api/commission/check/unilevel/{periodid}/{levelnum}"),
    Operation("GET", "/vo.dlv.api/commission/history/{periodid}"),
    Operation("GET", "/api/shopping/essential-rewards/info"),
    Operation("POST", "/vo.dlv.api/reportdata/v2/load"),
    Operation("GET", "/vo.dlv.api/reports/download/{title}/{reportid}/{guid}/1/{culture}"),
    Operation("GET", "/api/accounts/my-profile/my-profile"),
    Operation("GET", "/api/shopping/product-catalog/{culture}/{country}/{customertype}"),
    Operation("GET", "/api/shopping/paypal/express-checkout-token"),
    Operation("POST", "/api/shopping/paypal/add-payment"),
)
