from datetime import UTC, datetime

import pytest

from upline.demo.company import draw
from upline.demo.orders import Business

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
ZONE = "America/Denver"


@pytest.fixture
def business() -> Business:
    return draw(NOW, ZONE, members=600, months=6, seed=7)
