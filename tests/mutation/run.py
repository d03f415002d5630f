"""Tests of the tests: change a line of the money's code, and see whether a test notices.

`python tests/mutation/run.py engine --count 300 --seed 7` tries so many of the mutants that
cosmic-ray finds, drawn at random, in a copy of the checkout, prints every change that survived and
the ratio of those killed. `--again` tries only those that survived a run of the same seed.
Survivors that no test can kill stand in equivalent.txt and are left out.
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
import tomllib
from pathlib import Path

from lines import Record
from mutants import Mutant, find
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
    parser.add_argument("--only", default="", help="a pattern of path:line, such as pool.py:18")
    parser.add_argument("--again", action="store_true", help="only what survived before")
    options = parser.parse_args()
    config = tomllib.loads((HERE / f"{options.part}.toml").read_text())
    base = ROOT / "build" / "mutation"
    work, results = (
        base / f"{options.part}-{options.seed}",
        base / f"{options.part}-{options.seed}.jsonl",
    )
    copy(work)
    os.chdir(work)
    os.environ |= {"NUMBA_DISABLE_JIT": "1", EXAMPLES: str(config["examples"][0])}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading takes longer than many a test
    sys.path[:0] = [str(work), str(work / "src")]
    found = find(work, config["modules"], config["excluded"])
    found = [m for m in found if m.path not in config["omitted"]]
    paths = sorted({m.path for m in found})
    found = [m for m in found if re.search(options.only, f"{m.path}:{m.number}")]
    chosen = random.Random(options.seed).sample(found, min(options.count, len(found)))
    print(f"{options.part}: {len(chosen)} of {len(found)} mutants, seed {options.seed}", flush=True)
    if options.again:
        survived = earlier(results)
        chosen = [m for m in chosen if (m.path, m.line, m.operator) in survived]
    known = record(work, paths, config["arguments"], config["tests"])
    import_warmly(known.modules)
    clones = cloned(options.jobs) if config["database"] else [None] * options.jobs
    if chosen:
        prove_children_sound(work, chosen[0].path, config["arguments"], known, clones[0])
    left, unjudged = chosen, []
    for examples in config["examples"]:
        os.environ[EXAMPLES] = str(examples)
        print(f"{len(left)} mutants, {examples} of the examples of the suite", flush=True)
        times = examples / config["examples"][0]
        left, hung = tried(left, work, config["arguments"], known, times, clones)
        unjudged += hung
    results.write_text("".join(json.dumps([m.path, m.line, m.operator]) + "\n" for m in left))
    judged = len(chosen) - len(unjudged)
    killed = judged - len(left)
    print(f"{judged} mutants tried, {killed} killed: {killed / max(judged, 1):.1%}", end="")
    print(f"; {len(unjudged)} hung" if unjudged else "")
    sys.exit(killed < 0.9 * judged)


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


def earlier(results: Path) -> set[tuple[str, ...]]:
    """What survived the last run."""
    return {tuple(json.loads(line)) for line in results.read_text().splitlines()}


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
    times: float,
    clones: list[str | None],
) -> tuple[list[Mutant], list[Mutant]]:
    """Those that survived so many times the fewest examples, told as they are found, and those that
    neither ended nor used up their processor time: a busy machine would make that happen, too.
    clones: of the database, one for each mutant that is tried at the same time."""
    waiting, running, survived, hung = mutants[::-1], {}, [], []
    free = clones.copy()
    while waiting or running:
        if waiting and free:
            mutant = waiting.pop()
            source = (work / mutant.path).read_text()
            tests = known.covering(mutant.path, source, mutant.number, widely=times > 1)
            if tests:
                changed, log = mutant.mutated(source), work / mutant.log
                seconds = {test: times * known.seconds[test] for test in tests}
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
            hung.append(mutant)
            print(f"hung: {mutant}")
        if code > INTERRUPTED:
            sys.exit(f"{mutant} could not be tried: {(work / mutant.log).read_text()}")
        if not code:
            survived.append(mutant)
            print(f"survived: {mutant}\n{mutant.difference((work / mutant.path).read_text())}")
        sys.stdout.flush()
    return survived, hung


if __name__ == "__main__":
    main()
