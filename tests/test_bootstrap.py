from pathlib import Path

import pytest

from upline.bootstrap import make_keys
from upline.core.keys import MissingKeys
from upline.settings import DatabaseSettings, Settings

SERVER = DatabaseSettings(url="postgresql+psycopg://db/upline")


def test_an_embedded_database_keeps_its_keys_beside_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert make_keys(settings) == make_keys(settings)


def test_a_demo_on_a_server_keeps_its_keys_in_its_folder(tmp_path: Path) -> None:
    settings = Settings(demo=True, data_dir=tmp_path, database=SERVER)
    assert make_keys(settings) == make_keys(settings)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_a_server_of_ones_own_needs_keys_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(MissingKeys, match="UPLINE_SECURITY__TOKEN_KEY"):
        make_keys(Settings(data_dir=tmp_path, database=SERVER))
    assert not any(tmp_path.iterdir())
