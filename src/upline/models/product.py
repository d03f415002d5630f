"""What is sold, and at which price and volume in each country."""

from decimal import Decimal

from sqlalchemy import Boolean, ForeignKey, Index, SmallInteger, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Amount, Base, BigId, CountryCode, Currency, Small


class Product(Base):
    """product_type_id: 1 standard, 3 starter kit, 4 premium kit (as the order types they make)."""

    __tablename__ = "products"

    product_id: Mapped[BigId]
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, server_default="")
    product_type_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    is_published: Mapped[bool] = mapped_column(Boolean, server_default=true())

    __table_args__ = (Index("uq_products_sku", text("lower(sku)"), unique=True),)


class ProductPrice(Base):
    """Price and volume of a product in one country."""

    __tablename__ = "product_prices"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    country_code: Mapped[CountryCode] = mapped_column(
        ForeignKey("countries.country_code"), primary_key=True
    )
    currency_code: Mapped[Currency]
    retail_price: Mapped[Decimal]
    wholesale_price: Mapped[Decimal]
    pv: Mapped[Amount]
    cv: Mapped[Amount]
