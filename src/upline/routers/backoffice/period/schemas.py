"""A period as clients see it."""

from datetime import date

from upline.routers.backoffice.wire import BackOfficeModel


class Period(BackOfficeModel):
    """`EndDate` is the last day; `Status` is Open, Closing, Closed or Paid."""

    period_id: int
    period_type_id: int
    period_type: str
    description: str
    start_date: date
    end_date: date
    pay_date: date | None
    status_id: int
    status: str
    is_current: bool
