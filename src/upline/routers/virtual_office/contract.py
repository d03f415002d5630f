"""The documented operations of this family; those without a route yet answer 501."""

OPERATIONS = (
    ("POST", "/api/accounts/token"),
    ("GET", "/vo.dlv.api/downline/children/user/{periodid}"),
    ("GET", "/vo.dlv.api/downline/children/{memberid}/{periodid}"),
    ("GET", "/vo.dlv.api/downline/detail/user/{periodid}"),
    ("GET", "/vo.dlv.api/downline/detail/{memberid}/{periodid}"),
    ("GET", "/vo.dlv.api/downline/qualification/user/{periodid}"),
    ("GET", "/vo.dlv.api/commission/check/summary/{periodid}"),
    ("GET", "/vo.dlv.api/commission/check/unilevel/{periodid}/{levelnum}"),
    ("GET", "/vo.dlv.api/commission/history/{periodid}"),
    ("GET", "/api/shopping/essential-rewards/info"),
    ("POST", "/vo.dlv.api/reportdata/v2/load"),
    ("GET", "/vo.dlv.api/reports/download/{title}/{reportid}/{guid}/1/{culture}"),
    ("GET", "/api/accounts/my-profile/my-profile"),
    ("GET", "/api/shopping/product-catalog/{culture}/{country}/{customertype}"),
    ("GET", "/api/shopping/paypal/express-checkout-token"),
    ("POST", "/api/shopping/paypal/add-payment"),
)
