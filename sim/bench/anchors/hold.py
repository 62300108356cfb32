"""The HOLD model on SimPy: a process per pending event.

usage: hold.py <pending> <events> <repetitions> <table file>     (table: 8191 doubles, little endian)
prints: {"seconds": <median CPU time>, "hash": <order hash>, "now": <final time>}
"""
import array
import json
import sys
import time

import simpy

TABLE = 8191


def hold(pending, events, table):
    env = simpy.Environment()
    state = {"cursor": 0, "acc": 0, "left": pending + events}

    def process(argument):
        handler = argument & 3
        delay = table[argument % TABLE]
        while True:
            yield env.timeout(delay)
            state["acc"] = (state["acc"] * 31 + argument + handler) & 0xFFFFFFFF
            delay = table[state["cursor"]]
            state["cursor"] = (state["cursor"] + 1) % TABLE

    for argument in range(pending):
        env.process(process(argument))
    # A process starts with an event of its own, which the model does not have.
    for _ in range(pending):
        env.step()
    for _ in range(pending):
        env.step()
    start = time.process_time()
    for _ in range(events):
        env.step()
    return time.process_time() - start, state["acc"], env.now


def main():
    pending, events, repetitions = (int(text) for text in sys.argv[1:4])
    table = array.array("d")
    with open(sys.argv[4], "rb") as file:
        table.fromfile(file, TABLE)
    runs = [hold(pending, events, table) for _ in range(repetitions + 1)][1:]
    runs.sort()
    seconds, acc, now = runs[len(runs) // 2]
    print(json.dumps({"seconds": seconds, "hash": acc, "now": now}))


main()
