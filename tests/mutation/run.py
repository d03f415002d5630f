"""Tests of the tests: change a line of the money's code, and see whether a test notices.

`python tests/mutation/run.py engine --share 0.02 --seed 7` mutates a random share of what
cosmic-ray finds in a copy of the checkout, prints every change that survived and the ratio of
those killed. Survivors that no test can kill stand in equivalent.txt and are left out.
"""

import argparse
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkItem, WorkResult

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main() -> None:
    """Copy, choose, mutate, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["engine", "ledger"])
    parser.add_argument("--share", type=float, default=0.02, help="of all mutants")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--tell", action="store_true", help="only report what was found so far")
    options = parser.parse_args()
    work = ROOT / "build" / "mutation" / f"{options.part}-{options.seed}"
    session, config = str(work / "session.sqlite"), str(HERE / f"{options.part}.toml")
    print(f"{options.part}: share {options.share}, seed {options.seed}")
    if not options.tell:
        copy(work)
        # Unchanged code has to pass; this also leaves compiled files, which mutants then share.
        tests = tomllib.loads(Path(config).read_text())["cosmic-ray"]["test-command"]
        call(work, *shlex.split(tests))
        cosmic_ray(work, "init", config, session)
        with use_db(session) as found:
            narrow(found, config, work, options.share, options.seed)
        cosmic_ray(work, "exec", config, session)
    with use_db(session, WorkDB.Mode.open) as found:
        sys.exit(tell(found, work))


def copy(work: Path) -> None:
    """What git knows of the checkout, as it is now, where mutants disturb nobody."""
    shutil.rmtree(work, ignore_errors=True)
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, work / name)


def cosmic_ray(work: Path, *arguments: str) -> None:
    """Let the tool do its part in the copy."""
    call(work, str(Path(sys.executable).with_name("cosmic-ray")), *arguments)


def call(work: Path, *program: str) -> None:
    """Kernels as plain Python, few examples, and code from the copy only."""
    more = {
        "NUMBA_DISABLE_JIT": "1",
        "UPLINE_TEST_EXAMPLES": "0.05",
        "PYTHONPATH": str(work / "src"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run(program, cwd=work, check=True, env=os.environ | more)


def narrow(found: WorkDB, config: str, work: Path, share: float, seed: int) -> None:
    """Skip excluded operators, known equivalents, and all but a share of the rest."""
    filters = tomllib.loads(Path(config).read_text())["cosmic-ray"]["filters"]
    excluded = re.compile("|".join(filters["operators-filter"]["exclude-operators"]))
    known = {
        tuple(part.strip() for part in line.split(" | ")[:3])
        for line in (HERE / "equivalent.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    draw = random.Random(seed)
    skipped = [
        item.job_id
        for item in sorted(found.pending_work_items, key=_order)
        if draw.random() >= share
        or excluded.match(item.mutations[0].operator_name)
        or described(item, work)[:3] in known
    ]
    reason = WorkResult(output="", worker_outcome=WorkerOutcome.SKIPPED)
    found.set_multiple_results(skipped, reason)


def _order(item: WorkItem) -> tuple[str, str, int]:
    mutation = item.mutations[0]
    return str(mutation.module_path), mutation.operator_name, mutation.occurrence


def described(item: WorkItem, work: Path) -> tuple[str, str, str, int]:
    """File, line as it stands, operator, and line number of a mutant."""
    mutation = item.mutations[0]
    number = mutation.start_pos[0]
    line = (work / mutation.module_path).read_text().splitlines()[number - 1].strip()
    return str(mutation.module_path), line, mutation.operator_name.removeprefix("core/"), number


def tell(found: WorkDB, work: Path) -> int:
    """Print survivors and the ratio; 1 if fewer than nine in ten were killed."""
    counts: Counter[str] = Counter()
    for item, result in found.completed_work_items:
        if result.worker_outcome == WorkerOutcome.SKIPPED:
            continue
        outcome = "none" if result.test_outcome is None else result.test_outcome.value
        counts[outcome] += 1
        if outcome == "survived":
            path, line, operator, number = described(item, work)
            print(f"{path} | {line} | {operator} | line {number}")
            print(
                "\n".join(x for x in result.diff.splitlines() if x[:1] in "+-" and x[1:2] != x[0])
            )
    tried = counts["killed"] + counts["survived"]
    print(f"{found.num_work_items} mutants, {tried} tried, {counts['killed']} killed", dict(counts))
    return int(counts["killed"] < 0.9 * tried)


if __name__ == "__main__":
    main()
