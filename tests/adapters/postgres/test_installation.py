"""Other accounts may pass through the folders on the way, and see no more than before."""

import stat
from pathlib import Path

from upline.adapters.postgres.installation import let_pass, open_to_all


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_passing_through_is_not_listing(tmp_path: Path) -> None:
    private = tmp_path / "private"
    inner = private / "inner"
    inner.mkdir(parents=True)
    private.chmod(0o700)
    inner.chmod(0o755)
    let_pass(inner)
    assert _mode(private) == 0o711
    assert _mode(inner) == 0o755


def test_programs_installed_for_one_become_readable_for_all(tmp_path: Path) -> None:
    program, library = tmp_path / "bin" / "postgres", tmp_path / "bin" / "libpq.so"
    program.parent.mkdir()
    for path, mode in ((program, 0o700), (library, 0o600)):
        path.touch()
        path.chmod(mode)
    program.parent.chmod(0o700)
    open_to_all(program.parent)
    assert [_mode(path) for path in (program.parent, program, library)] == [0o755, 0o755, 0o644]


def test_a_missing_folder_is_left_alone(tmp_path: Path) -> None:
    open_to_all(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []
