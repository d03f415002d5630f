import subprocess
import sys

import pytest

# Page faults of arrays that are made and freed one after the other, in a thread as runs are.
FAULTS = """
import resource, sys, threading
import numpy as np
from upline.core.allocation import keep_pages

def churn():
    for _ in range(8):
        np.ones(12_000_000, np.int64)

kept = sys.argv[1] == "kept" and keep_pages()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(2):
    before = faults()
    thread = threading.Thread(target=churn)
    thread.start()
    thread.join()
print(kept, faults() - before)
"""


def faults(how: str) -> tuple[bool, int]:
    process = subprocess.run(
        [sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True
    )
    kept, count = process.stdout.split()
    return kept == "True", int(count)


def test_freed_pages_are_used_again() -> None:
    kept, count = faults("kept")
    if not kept:
        pytest.skip("this C library cannot be told")
    assert count < faults("given back")[1] / 4
