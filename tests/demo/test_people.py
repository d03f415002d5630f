from dataclasses import fields

import numpy as np
import pytest

from upline.demo.catalogue import load_markets
from upline.demo.people import SLICE, People, describe_people
from upline.engine.units import DISTRIBUTOR
from upline.models.customer import Address, Customer

COLUMNS = {
    "given": Customer.first_name,
    "family": Customer.last_name,
    "company": Customer.company_name,
    "email": Customer.email,
    "phone": Customer.phone,
    "referral_code": Customer.referral_code,
    "language": Customer.language,
    "time_zone": Customer.time_zone,
    "address1": Address.address1,
    "city": Address.city,
    "state": Address.state_province,
    "postal_code": Address.postal_code,
}


@pytest.fixture(scope="module")
def people() -> People:
    country = np.tile(np.arange(len(load_markets()), dtype=np.int8), 500)
    return describe_people(1, SLICE, country, np.full(len(country), DISTRIBUTOR, np.int8))


def test_nobody_shares_an_address_code_or_user_name(people: People) -> None:
    for column in (people.email, people.referral_code, people.username):
        assert len(np.unique(np.strings.lower(column))) == len(column)


def test_no_mail_can_reach_anybody(people: People) -> None:
    domains = {mail.decode("ascii").partition("@")[2] for mail in people.email}
    assert domains <= {"example.com", "example.net", "example.org"}


def test_names_are_written_as_people_write_them(people: People) -> None:
    japan = [market.code for market in load_markets()].index("JP")
    given = {name.decode() for name in people.given[japan :: len(load_markets())]}
    assert "花子" in given
    assert all(not name.isascii() for name in given)


def test_everything_fits_its_column(people: People) -> None:
    for name, column in COLUMNS.items():
        longest = max(len(text.decode()) for text in getattr(people, name))
        assert longest <= column.type.length, name


def test_phones_have_all_their_digits(people: People) -> None:
    for phone in people.phone:
        assert phone.startswith(b"+")
        assert not set(phone) - set(b"+0123456789 ")


def test_a_slice_is_drawn_alike_whatever_came_before(people: People) -> None:
    country = np.tile(np.arange(len(load_markets()), dtype=np.int8), 500)
    again = describe_people(1, SLICE, country, np.full(len(country), DISTRIBUTOR, np.int8))
    assert all(
        (getattr(people, field.name) == getattr(again, field.name)).all()
        for field in fields(People)
    )
