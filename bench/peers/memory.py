"""Memory of this process, in bytes, as Linux counts it."""

import ctypes
import gc
import resource


def now():
    """Returns (VmRSS, VmHWM)."""
    found = {}
    with open("/proc/self/status") as f:
        for line in f:
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                found[key] = int(value.split()[0]) * 1024
    return found["VmRSS"], found["VmHWM"]


def faults():
    """Page faults so far, minor and major."""
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_minflt + u.ru_majflt


def reset_peak():
    """Starts VmHWM again from VmRSS where the kernel allows it."""
    try:
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
    except OSError:
        pass


def trim():
    """Collects garbage and gives freed memory back, so that one job does not count the last one's."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        pass
