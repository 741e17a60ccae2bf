"""As many worlds as there is patience for, on all processors; the first wrong one is made small and told in words."""

import argparse
import multiprocessing
import os
import sys
import time

from support.identity_check import run
from support.identity_shrink import in_words, shrink
from support.identity_world import random_world

BLOCK = 200


def block(first: int) -> tuple[int, str]:
    """(how many worlds of this block were right, what is wrong with the one after them)"""
    for seed in range(first, first + BLOCK):
        try:
            wrong = run(random_world(seed))
        except Exception as error:
            wrong = [repr(error)]
        if wrong:
            return seed - first, f"world {seed} is wrong: {wrong}"
    return BLOCK, ""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int, default=0, help="number of the first world")
    arguments.add_argument("--worlds", type=int, default=1_000_000)
    arguments.add_argument("--seconds", type=float, default=0, help="no new worlds after so long; 0: all of them")
    arguments.add_argument("--processes", type=int, default=os.cpu_count())
    chosen = arguments.parse_args()
    began, done = time.monotonic(), 0
    with multiprocessing.Pool(chosen.processes) as pool:
        for right, wrong in pool.imap(block, range(chosen.seed, chosen.seed + chosen.worlds, BLOCK)):
            done += right
            if wrong:
                print(f"{done} worlds were right")
                print(wrong)
                print(small(int(wrong.split()[1])))
                return 1
            if done % (50 * BLOCK) == 0:
                print(f"{done} worlds, {time.monotonic() - began:.0f} s", flush=True)
            if chosen.seconds and time.monotonic() - began > chosen.seconds:
                break
    taken = time.monotonic() - began
    print(f"{done} worlds from {chosen.seed} on, none wrong, {taken:.0f} s, {done / taken:.0f} worlds/s")
    return 0


def small(seed: int) -> str:
    """The world as small as it can be, in words."""

    def is_wrong(world):
        try:
            return bool(run(world))
        except Exception:
            return True

    world = shrink(random_world(seed), is_wrong)
    try:
        told = "\n".join(run(world))
    except Exception as error:
        told = repr(error)
    return f"{in_words(world)}\n{told}"


if __name__ == "__main__":
    sys.exit(main())
