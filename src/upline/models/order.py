"""Orders and their items."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, CountryCode, Currency, Small


class Order(Base):
    """order_type_id: 1 standard, 2 autoship, 3 starter kit, 4 premium kit, 5 retail.

    order_status_id 10 pending, 20 processing, 30 complete, 40 cancelled; payment_status_id
    10 pending, 20 authorized, 30 paid, 35 partially refunded, 40 refunded, 50 voided;
    shipping_status_id 10 not required, 20 not yet shipped, 25 partially shipped, 30 shipped,
    40 delivered. Money is in `currency_code`; volumes are plan volumes.
    """

    __tablename__ = "orders"

    order_id: Mapped[BigId]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer_id"))
    order_type_id: Mapped[Small]
    order_status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="30")
    payment_status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="30")
    shipping_status_id: Mapped[Small] = mapped_column(SmallInteger, server_default="20")
    ordered_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    country_code: Mapped[CountryCode]
    currency_code: Mapped[Currency]
    subtotal: Mapped[Amount]
    discount: Mapped[Amount]
    shipping: Mapped[Amount]
    tax: Mapped[Amount]
    total: Mapped[Amount]
    refunded_total: Mapped[Amount]
    pv: Mapped[Amount]
    cv: Mapped[Amount]
    # The amount a sponsor's retail percentage applies to; 0 unless a retail customer bought.
    retail_margin_base: Mapped[Amount]
    autoship_id: Mapped[int | None] = mapped_column(ForeignKey("autoships.autoship_id"))
    # The order's number in the system it was imported from.
    external_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint("refunded_total >= 0 AND refunded_total <= total", name="refunded_total"),
        Index("ix_orders_customer_id_ordered_at", "customer_id", "ordered_at"),
        Index("uq_orders_external_id", "external_id", unique=True),
    )


class OrderItem(Base):
    """One line of an order, with the price and volumes it was sold at."""

    __tablename__ = "order_items"

    order_item_id: Mapped[BigId]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.order_id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[Decimal]
    pv: Mapped[Amount]
    cv: Mapped[Amount]

    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 99999", name="quantity"),
        Index("ix_order_items_order_id", "order_id"),
    )
