"""What is sold: its price and volume by country, to whom, on what terms, in what words."""

from decimal import Decimal

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    false,
    text,
    true,
)
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


class ProductTerms(Base):
    """How a product is sold; one without a row has the defaults and a stock nobody counts.

    is_nfr: may be bought for one's own use only (not for resale). is_recurring: may be part of an
    autoship. stock_quantity: NULL when it is not counted.
    """

    __tablename__ = "product_terms"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    is_nfr: Mapped[bool] = mapped_column(Boolean, server_default=false())
    is_recurring: Mapped[bool] = mapped_column(Boolean, server_default=false())
    minimum_quantity: Mapped[int] = mapped_column(Integer, server_default="1")
    maximum_quantity: Mapped[int] = mapped_column(Integer, server_default="99999")
    stock_quantity: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint(
            "minimum_quantity >= 1 AND maximum_quantity BETWEEN minimum_quantity AND 99999",
            name="quantity",
        ),
        CheckConstraint("stock_quantity >= 0", name="stock_quantity"),
    )


class ProductOffer(Base):
    """That customers of a type see a product; without an offer they do not.

    price_kind_id: 1 wholesale, 2 retail. With points it is bought at `loyalty_points` of the price.
    """

    __tablename__ = "product_offers"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    customer_type_id: Mapped[Small] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False
    )
    price_kind_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    can_purchase: Mapped[bool] = mapped_column(Boolean, server_default=true())
    can_purchase_with_points: Mapped[bool] = mapped_column(Boolean, server_default=false())

    __table_args__ = (
        CheckConstraint("customer_type_id BETWEEN 1 AND 3", name="customer_type_id"),
        CheckConstraint("price_kind_id BETWEEN 1 AND 2", name="price_kind_id"),
    )


class ProductPrice(Base):
    """Price and volume of a product in one country, and what it costs in points (0: not sold)."""

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
    loyalty_points: Mapped[Amount]


class ProductTranslation(Base):
    """A product's texts in a culture ("de-at") or, for all that speak it, a language ("de")."""

    __tablename__ = "product_translations"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    culture: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, server_default="")

    __table_args__ = (
        CheckConstraint("culture = lower(culture)", name="culture"),
        Index("ix_product_translations_culture", "culture"),
    )


class Category(Base):
    """A node of the catalogue of a program: 1 local market, 2 not for resale (as autoships)."""

    __tablename__ = "categories"

    category_id: Mapped[BigId]
    code: Mapped[str] = mapped_column(String(64))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.category_id"))
    program_id: Mapped[Small] = mapped_column(SmallInteger, server_default="1")
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(Integer, server_default="0")
    is_published: Mapped[bool] = mapped_column(Boolean, server_default=true())

    __table_args__ = (
        CheckConstraint("parent_id <> category_id", name="own_parent"),
        CheckConstraint("program_id BETWEEN 1 AND 2", name="program_id"),
        Index("uq_categories_code", "program_id", text("lower(code)"), unique=True),
        Index("ix_categories_parent_id", "parent_id"),
    )


class CategoryTranslation(Base):
    """A category's name in a culture or a language, as ProductTranslation."""

    __tablename__ = "category_translations"

    category_id: Mapped[int] = mapped_column(ForeignKey("categories.category_id"), primary_key=True)
    culture: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))

    __table_args__ = (CheckConstraint("culture = lower(culture)", name="culture"),)


class ProductCategory(Base):
    """That a product is found in a category, and where in it."""

    __tablename__ = "product_categories"

    category_id: Mapped[int] = mapped_column(ForeignKey("categories.category_id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.product_id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, server_default="0")

    __table_args__ = (Index("ix_product_categories_product_id", "product_id"),)
