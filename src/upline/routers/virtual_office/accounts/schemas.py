"""What a member sends to log in, and the token that comes back."""

from typing import Annotated

from pydantic import Field

from upline.core.passwords import MAXIMUM_LENGTH
from upline.routers.virtual_office.wire import CamelModel

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
