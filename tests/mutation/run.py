"""Tests of the tests: change a line of the money's code, and see whether a test notices.

`python tests/mutation/run.py engine --count 300 --seed 7` tries so many of the mutants that
cosmic-ray finds, drawn at random, in a copy of the checkout, prints every change that survived and
the ratio of those killed. `--again` tries only those that survived the run before of this seed.
Survivors that no test can kill stand in equivalent.txt and do not count.
"""

import argparse
import importlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from lines import Record
from mutants import Mutant, equivalents, find
from trial import EXAMPLES, begin, import_warmly, record

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INTERRUPTED = 2  # pytest ends with 1 if tests fail, with 2 if they cannot even be imported


def main() -> None:
    """Copy, choose, mutate, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["engine", "ledger"])
    parser.add_argument("--count", type=int, default=10**6, help="mutants to try at most")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--jobs", type=int, default=1, help="mutants at the same time")
    parser.add_argument("--minutes", type=float, default=10**6, help="begin none after so long")
    parser.add_argument("--only", default="", help="a pattern of path:line, such as pool.py:18")
    parser.add_argument("--again", action="store_true", help="only what survived before")
    options = parser.parse_args()
    config = tomllib.loads((HERE / f"{options.part}.toml").read_text())
    work = ROOT / "build" / "mutation" / f"{options.part}-{options.seed}"
    results = work.with_suffix(".jsonl")
    copy(work)
    os.chdir(work)
    os.environ |= {"NUMBA_DISABLE_JIT": "1", EXAMPLES: str(config["examples"])}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading takes longer than many a test
    sys.path[:0] = [str(work), str(work / "src")]
    found = find(work, config["modules"], config["excluded"])
    found = [m for m in found if m.path not in config["omitted"]]
    paths = sorted({m.path for m in found})
    found = [m for m in found if re.search(options.only, f"{m.path}:{m.number}")]
    before = earlier(results) if options.again else {}
    if options.again:
        chosen = [m for m in found if key(m) in before]
    else:
        chosen = random.Random(options.seed).sample(found, min(options.count, len(found)))
    print(f"{options.part}: {len(chosen)} of {len(found)} mutants, seed {options.seed}", flush=True)
    same = [m for m in chosen if (m.path, m.line, m.operator) in equivalents()]
    waiting = [m for m in chosen if m not in same and not before.get(key(m))]
    known = record(work, paths, config["arguments"], config["tests"])
    import_warmly(known.modules)
    clones = cloned(options.jobs) if config["database"] else [None] * options.jobs
    if waiting:
        prove_children_sound(work, waiting[0].path, config["arguments"], known, clones[0])
    until = time.monotonic() + 60 * options.minutes
    survived, unjudged = tried(waiting, work, config["arguments"], known, clones, until)
    lines = [json.dumps([*key(m), m not in survived and m not in unjudged]) for m in chosen]
    results.write_text("\n".join(lines))
    judged = len(chosen) - len(same) - len(unjudged)
    killed = judged - len(survived)
    print(f"{judged} mutants tried, {killed} killed: {killed / max(judged, 1):.1%}; ", end="")
    print(f"{len(unjudged)} not judged, {len(same)} change nothing")
    sys.exit(not judged or killed < 0.9 * judged)


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


def cloned(count: int) -> list[str | None]:
    """Databases that last as long as this process: whoever tests next removes them."""
    server = importlib.import_module("tests.database").TestServer()
    return [server.clone() for _ in range(count)]


def key(mutant: Mutant) -> tuple[str, str, str, int]:
    """What tells a mutant from others, though lines may have come before it."""
    return mutant.path, mutant.line, mutant.operator, mutant.occurrence


def earlier(results: Path) -> dict[tuple[str, str, str, int], bool]:
    """What was tried in the last run, and whether a test noticed."""
    rows = (json.loads(line) for line in results.read_text().splitlines())
    return {(path, line, operator, number): killed for path, line, operator, number, killed in rows}


def prove_children_sound(
    work: Path, path: str, arguments: list[str], known: Record, clone: str | None
) -> None:
    """Nothing but a change may make tests fail in a child: unchanged, they have to pass. What could
    fail is importing, so one test of each module will do."""
    source, log = (work / path).read_text(), work / "unchanged.log"
    slowest_first = sorted(known.seconds, key=known.seconds.__getitem__, reverse=True)
    fastest = {test.split("::")[0]: test for test in slowest_first}
    seconds = {test: known.seconds[test] for test in fastest.values()}
    begin(work / path, source, arguments, seconds, log, clone)
    if os.wait()[1]:
        sys.exit(f"unchanged code fails in a child: {log.read_text()}")


def tried(
    mutants: list[Mutant],
    work: Path,
    arguments: list[str],
    known: Record,
    clones: list[str | None],
    until: float,
) -> tuple[list[Mutant], list[Mutant]]:
    """Those that survived, told as they are found, and those of which nobody knows: they were not
    begun `until` then, or neither ended nor used up their processor time on a busy machine.

    clones: of the database, one for each mutant that is tried at the same time.
    """
    waiting, running, survived, unjudged = mutants[::-1], {}, [], []
    free = clones.copy()
    while waiting or running:
        if waiting and time.monotonic() > until:
            unjudged += waiting
            waiting.clear()
            continue
        if waiting and free:
            mutant = waiting.pop()
            source = (work / mutant.path).read_text()
            seconds = known.covering(mutant.path, source, mutant.number)
            if seconds:
                changed, log = mutant.mutated(source), work / mutant.log
                clone = free.pop()
                child = begin(work / mutant.path, changed, arguments, seconds, log, clone)
                running[child] = mutant, clone
            else:
                survived.append(mutant)
                print(f"no test: {mutant}", flush=True)
            continue
        child, status = os.wait()
        mutant, clone = running.pop(child)
        free.append(clone)
        code = os.waitstatus_to_exitcode(status)  # negative: ended by a limit
        if code == -signal.SIGALRM:
            unjudged.append(mutant)
            print(f"hung: {mutant}")
        if code > INTERRUPTED:
            sys.exit(f"{mutant} could not be tried: {(work / mutant.log).read_text()}")
        if not code:
            survived.append(mutant)
            print(f"survived: {mutant}\n{mutant.difference((work / mutant.path).read_text())}")
        sys.stdout.flush()
    return survived, unjudged


if __name__ == "__main__":
    main()
