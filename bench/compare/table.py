# SPDX-License-Identifier: MIT
"""The comparison as a page of Markdown."""
import shlex

from . import summary

MEASURES = (("prefill_tps", "prefill"), ("decode_tps", "decode"))
ROOM_MB = 300  # what an engine may take beside the file and the cache


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def spread_text(spread, digits=None):
    if spread is None:
        return "-"
    show = number if digits is None else lambda value: f"{value:.{digits}f}"
    if spread.count == 1:
        return show(spread.middle)
    return f"**{show(spread.middle)}** ({show(spread.low)} to {show(spread.high)})"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def speed_table(runs):
    engines = summary.engines_of(runs)
    peers = [engine for engine in engines if engine != summary.OURS] if summary.OURS in engines else []
    lines = [row(["tokens/s", "depth", *engines, *(f"{summary.OURS} / {peer}" for peer in peers),
                  "limit", *(f"{engine} of limit" for engine in engines)])]
    lines.append("|" + " --- |" * (len(lines[0].split(" | "))))
    for measure, title in MEASURES:
        for depth in summary.depths_of(runs):
            cells = [title, f"{depth:,}"]
            cells += [spread_text(summary.figures(runs, engine, depth, measure)) for engine in engines]
            cells += [spread_text(summary.ratios(runs, peer, depth, measure), 2) for peer in peers]
            if measure == "decode_tps":
                shares = [summary.limit_shares(runs, engine, depth) for engine in engines]
                limit = summary.spread(summary.limit_tps(run, depth) for run in runs)
                cells.append(number(limit.middle) if limit else "-")
                cells += [f"{100 * share.middle:.0f} %" if share else "-" for share in shares]
            else:
                cells += ["-"] * (1 + len(engines))
            if any(cell != "-" for cell in cells[2:]):
                lines.append(row(cells))
    return lines


def memory_table(runs):
    lines = [row(["engine", "load", "peak memory", "file + KV cache", f"above (at most {ROOM_MB} MB for ours)"]),
             row(["---"] * 5)]
    for engine in summary.engines_of(runs):
        own = [run for run in runs if run["engine"] == engine]
        peak = summary.spread(run.get("peak_mb") for run in own)
        load = summary.spread(run.get("load_ms") for run in own)
        due = summary.spread(due_mb(run) for run in own)
        warm = summary.spread(run.get("warm_ms") for run in own)
        ready = f"{load.middle / 1e3:.2f} s" if load else "-"
        if warm:
            ready += f", all pages after {warm.middle / 1e3:.2f} s"
        lines.append(row([engine, ready,
                          f"{peak.high:,.0f} MB" if peak else "-", f"{due.middle:,.0f} MB",
                          f"{peak.high - due.middle:+,.0f} MB" if peak else "-"]))
    return lines


def due_mb(run):
    """File and f16 cache for every position of the run, MB."""
    deepest = max((at["depth"] for at in run["at"]), default=0) + max(run["prompt"], run["generate"])
    cache = run.get("kv_mb") or deepest * run["traffic"]["cache_bytes_per_position"] / 1e6
    return run["file_bytes"] / 1e6 + cache


def model_section(runs):
    first = runs[0]
    traffic = first["traffic"]
    memory = summary.spread(value for run in runs
                            for value in (run.get("memory_before"), run.get("memory_after")))
    lines = [f"## {first['model']}", ""]
    lines.append(f"File {first['file_bytes'] / 1e9:.2f} GB. One decoded token reads {traffic['weight_bytes'] / 1e6:,.0f} MB "
                 f"of weights and {traffic['cache_bytes_per_position'] / 1e3:.1f} kB for each token before it (f16), and "
                 f"takes {traffic['operations'] / 1e9:.2f} billion operations in its products and "
                 f"{traffic['operations_per_position'] / 1e6:.2f} million in attention for each token before it.")
    if memory:
        lines.append(f"Memory, read by {first['threads']} threads just before and after each run: "
                     f"{spread_text(memory, 1)} GB/s; the limit of decode is that over the bytes.")
    noisy = [run for run in runs if summary.is_noisy(run)]
    if noisy:
        worst = max(max(run.get("others", 0), run.get("stolen", 0)) for run in noisy)
        lines.append(f"**Not quiet:** in {len(noisy)} of {len(runs)} runs other work had over 5 % of the cores "
                     f"(at most {100 * worst:.0f} %); such figures prove nothing.")
    lines += ["", *speed_table(runs), "", *memory_table(runs), ""]
    return lines


def page(runs, failures, plots):
    """All models' sections; `plots` maps a model to the name of its picture."""
    if not runs:
        return "# Side by side\n\nNo run has finished yet.\n"
    first = runs[0]
    rounds = 1 + max(run["round"] for run in runs)
    lines = ["# Side by side", "",
             f"{first['processor']}, {first['threads']} threads, {first['started'][:16]} to {runs[-1]['started'][:16]}. "
             f"Prefill of {first['prompt']} tokens, decode of {first['generate']}, engines in turn, {rounds} rounds: "
             "medians, in brackets the least and the most. Ratios compare runs of the same round.", ""]
    if first["isa_forced"]:
        lines += [f"Restricted to {first['isa_forced']}.", ""]
    for model in summary.models_of(runs):
        lines += model_section([run for run in runs if run["model"] == model])
        if model in plots:
            lines += [f"![Tokens per second of each engine on {model}]({plots[model]})", ""]
    lines += ["## Engines", ""]
    for engine in summary.engines_of(runs):
        run = [run for run in runs if run["engine"] == engine][-1]
        environment = "".join(f"{name}={value} " for name, value in run["environment"].items())
        lines += [f"- **{engine}**: {run['version']}, {run['isa']}", f"  `{environment}{shlex.join(run['command'])}`"]
    if failures:
        lines += ["", "## What failed", ""]
        lines += [f"- {failure['engine']} on {failure['model']}: {failure['error']}" for failure in failures]
    return "\n".join(lines) + "\n"
