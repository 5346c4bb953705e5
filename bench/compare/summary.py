# SPDX-License-Identifier: MIT
"""From runs to figures: medians over the rounds, ratios of the same round, shares of the memory's limit."""
from dataclasses import dataclass
from statistics import median

OURS = "Spoutnik"


@dataclass
class Spread:
    middle: float
    low: float
    high: float
    count: int


def spread(values):
    values = [value for value in values if value is not None]
    return Spread(median(values), min(values), max(values), len(values)) if values else None


def speed_at(run, depth, measure):
    for row in run["at"]:
        if row["depth"] == depth:
            return row[measure] or None
    return None


def figures(runs, engine, depth, measure):
    return spread(speed_at(run, depth, measure) for run in runs if run["engine"] == engine)


def ratios(runs, peer, depth, measure):
    """Ours over the peer's, a value a round in which both ran."""
    values = []
    for run in runs:
        if run["engine"] != OURS:
            continue
        mine = speed_at(run, depth, measure)
        for other in runs:
            if other["engine"] == peer and other["round"] == run["round"]:
                theirs = speed_at(other, depth, measure)
                if mine and theirs:
                    values.append(mine / theirs)
    return spread(values)


def memory_speed(run):
    """Bytes per second around the run: the mean of before and after."""
    known = [value for value in (run.get("memory_before"), run.get("memory_after")) if value]
    return 1e9 * sum(known) / len(known) if known else None


def limit_tps(run, depth):
    """Tokens/s at which decode would do nothing but read, at the memory speed measured around this run."""
    memory = memory_speed(run)
    if memory is None:
        return None
    traffic = run["traffic"]
    position = depth + run["generate"] / 2
    return memory / (traffic["weight_bytes"] + position * traffic["cache_bytes_per_position"])


def limits(runs, engine, depth):
    return spread(limit_tps(run, depth) for run in runs if run["engine"] == engine)


def limit_shares(runs, engine, depth):
    values = []
    for run in runs:
        if run["engine"] == engine:
            speed, limit = speed_at(run, depth, "decode_tps"), limit_tps(run, depth)
            if speed and limit:
                values.append(speed / limit)
    return spread(values)


def engines_of(runs):
    """Names in order of appearance, ours first."""
    names = list(dict.fromkeys(run["engine"] for run in runs))
    return sorted(names, key=lambda name: name != OURS)


def models_of(runs):
    return list(dict.fromkeys(run["model"] for run in runs))


def depths_of(runs):
    return sorted({row["depth"] for run in runs for row in run["at"]})


def is_noisy(run, others=0.05):
    return run.get("others", 0) > others or run.get("stolen", 0) > others
