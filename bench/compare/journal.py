# SPDX-License-Identifier: MIT
"""Finished runs, one JSON object a line, written as they end: a comparison that was stopped goes on where it was."""
import hashlib
import json
import os
from pathlib import Path


def fingerprint(path):
    """Short hash of a program's bytes: figures of two builds are never mixed."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if Path(path).is_file() else ""


class Journal:
    def __init__(self, path):
        self._path = Path(path)
        self.runs = []
        if self._path.is_file():
            for line in self._path.read_text().splitlines():
                try:
                    self.runs.append(json.loads(line))
                except json.JSONDecodeError:
                    pass  # the line that was being written when the machine went down

    def add(self, run):
        self.runs.append(run)
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def has(self, **wanted):
        return any(all(run.get(key) == value for key, value in wanted.items()) for run in self.runs)
