"""Countries and their states; seeded by the migrations."""

from sqlalchemy import Boolean, ForeignKey, Index, Integer, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column

from upline.core.db import Base, CountryCode, Currency


class Country(Base):
    """country_id is the ISO 3166 numeric code; published countries are open for business."""

    __tablename__ = "countries"

    country_code: Mapped[CountryCode] = mapped_column(String(2), primary_key=True)
    country_id: Mapped[int] = mapped_column(SmallInteger, unique=True)
    iso3: Mapped[str] = mapped_column(String(3))
    name: Mapped[str] = mapped_column(String(100))
    currency_code: Mapped[Currency]
    is_published: Mapped[bool] = mapped_column(Boolean, server_default=false())


class StateProvince(Base):
    """A first-level subdivision of a country."""

    __tablename__ = "state_provinces"

    state_province_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    country_code: Mapped[CountryCode] = mapped_column(ForeignKey("countries.country_code"))
    abbreviation: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))

    __table_args__ = (
        Index("uq_state_provinces_abbreviation", "country_code", "abbreviation", unique=True),
    )
