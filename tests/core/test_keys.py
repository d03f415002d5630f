import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from upline.core.keys import FILE_NAME, Keys, MissingKeys, derive

TOKEN = "t" * 32
ID = base64.b64encode(bytes(64)).decode()
FIELD = base64.b64encode(bytes(32)).decode()


def test_missing_keys_are_named() -> None:
    with pytest.raises(MissingKeys, match=r"TOKEN_KEY, .*ID_KEYS, .*FIELD_KEYS"):
        Keys.configured(None, [], [])
    with pytest.raises(MissingKeys, match=r"^set UPLINE_SECURITY__ID_KEYS:"):
        Keys.configured(TOKEN, [], [FIELD])


@pytest.mark.parametrize(
    ("token", "ids", "fields"),
    [
        ("short", [ID], [FIELD]),
        (TOKEN, [FIELD], [FIELD]),
        (TOKEN, [ID], [ID]),
        (TOKEN, ["not base64!"], [FIELD]),
        (TOKEN, [ID, ""], [FIELD]),
    ],
)
def test_unfit_keys_are_refused(token: str, ids: list[str], fields: list[str]) -> None:
    with pytest.raises(MissingKeys):
        Keys.configured(token, ids, fields)


def test_demo_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Keys.generated(folder), range(8)))
    assert len(made) == 1
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_repr_shows_no_key() -> None:
    assert TOKEN not in repr(Keys.configured(TOKEN, [ID], [FIELD]))


def test_the_index_key_survives_a_rotation_of_field_keys() -> None:
    newer = base64.b64encode(b"n" * 32).decode()
    before = Keys.configured(TOKEN, [ID], [FIELD])
    after = Keys.configured(TOKEN, [ID], [newer, FIELD])
    assert before.index_key == after.index_key
    assert derive(bytes(32), "a") != derive(bytes(32), "b")
