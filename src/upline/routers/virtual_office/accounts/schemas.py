"""What a member sends to log in, the token that comes back, and the own profile."""

from typing import Annotated

from pydantic import Field

from upline.core.passwords import MAXIMUM_LENGTH
from upline.routers.virtual_office.wire import CamelModel, DetailMoment

# Numbers and texts alike: clients send whichever their form field gave them.
Name = Annotated[str, Field(max_length=254)] | int | None


class TokenRequest(CamelModel):
    """The account by any of its names; clients put the same value into several of them."""

    member_id: Name = None
    user_name: Name = None
    email: Name = None
    password: Annotated[str, Field(max_length=8 * MAXIMUM_LENGTH)]

    def names(self) -> list[str]:
        """The names given, as text."""
        given = (self.member_id, self.user_name, self.email)
        return [str(name).strip() for name in given if name is not None and str(name).strip()]


class Token(CamelModel):
    """This whole object is the token: send base64 of its JSON in the header `authtoken`."""

    user_id: int
    user_name: str
    display_name: str
    member_id: int
    signature: str


class ProfileAddress(CamelModel):
    """The default address; texts are empty where there is none."""

    address_1: str
    address_2: str
    city: str
    state: str
    postal_code: str
    country: str
    country_id: int


class Profile(CamelModel):
    """The caller's own master data; what proves or pays (tax id, bank, cards) is never part."""

    member_id: int
    first_name: str
    last_name: str
    company_name: str
    display_name: str
    email: str
    phone: str
    customer_type: int
    activity_status_id: int
    language: str
    currency_code: str
    time_zone: str
    country_code: str
    referral_code: str
    avatar_image: str
    opted_out_of_email: bool
    show_contact_name: bool
    date_signed_up: DetailMoment
    date_activated: DetailMoment
    address: ProfileAddress
