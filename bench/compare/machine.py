# SPDX-License-Identifier: MIT
"""The machine around a run: how fast its memory is, how busy others keep it, whether the file is in memory."""
import json
import os
import resource
import subprocess
import time
from pathlib import Path


def memory_gb_per_second(program, threads):
    """Reading speed now (the median of a second), or None where the program is not built."""
    if not os.access(program, os.X_OK):
        return None
    out = subprocess.run([str(program), "--memory", "--json", "--threads", str(threads)], capture_output=True, text=True)
    return json.loads(out.stdout)["read_all_threads"] if out.returncode == 0 else None


def warm(path):
    """Reads the file once, so that no engine waits for the disk."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def _ticks():
    """(busy, stolen by the host's other guests, all) in seconds of one core, since the machine started."""
    words = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    tick = os.sysconf("SC_CLK_TCK")
    user, nice, system, idle, wait, interrupt, soft, steal = words
    return (user + nice + system + interrupt + soft) / tick, steal / tick, sum(words) / tick


class Watch:
    """How much of the cores went to others, from its making to stop(): shares of 0 ... 1."""

    def __init__(self):
        self._start, self._children = _ticks(), self._children_seconds()

    @staticmethod
    def _children_seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def stop(self):
        busy, stolen, total = (now - before for now, before in zip(_ticks(), self._start))
        others = busy - (self._children_seconds() - self._children)
        return {"others": max(0.0, others / max(total, 1e-9)), "stolen": stolen / max(total, 1e-9)}


def wait_until_quiet(limit_seconds, busy=0.05):
    """Waits until less than `busy` of the cores is in use, or the limit; tells whether it is quiet."""
    end = time.monotonic() + limit_seconds
    while True:
        watch = Watch()
        time.sleep(1)
        if watch.stop()["others"] <= busy:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(4)
