"""The worker protocol: one JSON object a line, each answered by one line.

    {"cmd":"prepare","net":"resnet18","task":"full","batch":32,"threads":2}
    {"cmd":"round","seconds":4,"min_steps":2}
        -> {"ok":true,"steps":n,"seconds":s,"best_step":s,"images":n*batch,"rss":bytes,"peak_rss":bytes,...}
    {"cmd":"drop"}    {"cmd":"quit"}

A failure is answered by {"ok":false,"error":"..."}; the worker lives on. Answers go to the
first standard output; what libraries print goes to standard error.
"""

import json
import os
import sys
import time

import memory


def serve(prepare):
    """Answers commands until quit or end of input.

    prepare(request) returns (step, info): step() runs once and returns a number that must
    be finite (a loss, or one output); info is joined to the answer. Before the answer it
    has run once, so that memory is there and a failure is seen.
    """
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    job = None
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            request = json.loads(line)
            command = request.get("cmd")
            if command == "quit":
                break
            if command == "prepare":
                job = None
                memory.trim()
                memory.reset_peak()
                base, _ = memory.now()
                step, info = prepare(request)
                step()
                job = (step, int(request["batch"]))
                answer = {"ok": True, "base_rss": base, **info}
            elif command == "round":
                answer = run(job, float(request.get("seconds", 1)), int(request.get("min_steps", 1)))
            elif command == "drop":
                job = None
                memory.trim()
                answer = {"ok": True}
            else:
                raise ValueError(f"unknown command {command!r}")
        except Exception as e:  # the driver is told, whatever it was
            answer = {"ok": False, "error": f"{type(e).__name__}: {e}"}
        step = None  # a dropped job must not be kept alive from here
        print(json.dumps(answer), file=out)


def run(job, seconds, min_steps):
    """Steps until both the time and the number are reached."""
    if job is None:
        raise RuntimeError("nothing is prepared")
    step, batch = job
    n, best, value = 0, float("inf"), 0.0
    faults = memory.faults()
    start = now = time.perf_counter()
    while n < max(1, min_steps) or now - start < seconds:
        before = now
        value = step()
        now = time.perf_counter()
        best = min(best, now - before)
        n += 1
    if value != value or abs(value) == float("inf"):
        raise ArithmeticError(f"the step gave {value}")
    rss, peak = memory.now()
    return {"ok": True, "steps": n, "seconds": now - start, "best_step": best, "images": n * batch,
            "rss": rss, "peak_rss": peak, "faults": memory.faults() - faults, "value": value}
