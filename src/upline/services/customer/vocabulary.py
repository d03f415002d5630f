"""What the codes of a customer are called; the codes are those of the Back Office vocabulary."""

from enum import IntEnum


class CustomerType(IntEnum):
    """What somebody is to the company."""

    PREFERRED = 1
    DISTRIBUTOR = 2
    RETAIL = 3


CUSTOMER_TYPES = {1: "Preferred customer", 2: "Distributor", 3: "Retail customer"}
CUSTOMER_STATUSES = {1: "Active", 2: "Inactive", 3: "On hold", 4: "Terminated"}
