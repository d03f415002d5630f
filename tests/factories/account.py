"""A member's account record with something in every field."""

from datetime import datetime
from decimal import Decimal

from upline.services.organization.accounts import Account, AutoshipState

ACCOUNT = Account(
    customer_id=7, enroller_id=0, sponsor_id=2, name="COOPER, ANN", contact_name="COOPER, ANN",
    has_multibyte_name=False, has_multibyte_contact_name=False, level=1, pv=Decimal("52.5000"),
    total_pv=Decimal(60), ogv=Decimal("100.0000"), pgv=Decimal("0.0000"), pgv_2_legs=Decimal(0),
    pgv_3_legs=Decimal(0), pgv_4_legs=Decimal(0), pgv_5_legs=Decimal(0), pgv_6_legs=Decimal(0),
    last_order_pv=Decimal("10.2500"), future_autoship_pv=Decimal("50.0000"),
    main_address_1="1 Main Street", main_address_2="", main_city="Lehi", main_state="UT",
    main_zip="84043", main_country="United States", main_phone="8015550100", has_pv_assist=False,
    opted_out_of_email=False, rank_id=2, max_rank_id=2, previous_rank_id=1, is_new_max_rank=True,
    activity_status_id=1, customer_type=2, signup_date=datetime(2015, 10, 3),  # noqa: DTZ001
    last_order_date=None, date_activated=None,
    autoship=AutoshipState(active=True, day=17, pv=Decimal("50.0000"), shipped=True,
                           status="Processed"),
    main_country_id=840, avatar_image="", show_contact_name=True, email="ann@example.com",
    rank_change=1, on_hold=False, hold_reason="", rank_name="Senior Star",
)  # fmt: skip
