#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs Spoutnik and other engines in turn on the same model files and writes a table and plots.

    bench/side_by_side.py MODEL.gguf... --peer llama.cpp=DIR --peer ik=DIR

Each round runs every engine once (A B C, then C B A, and so on); runs.jsonl in the results folder keeps each finished
run, so the same command goes on where it was stopped. Peers that are not there are left out with a line.
"""
import argparse
import datetime
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import engines, gguf, journal, machine, plot, summary, table  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=DIR",
                        help="llama.cpp=DIR (holds node_modules/node-llama-cpp) or ik=DIR (a built ik_llama.cpp)")
    parser.add_argument("--out", type=Path, default=ROOT / "build/side-by-side", help="results folder (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--depth", default="0,4096,8192", help="tokens in the cache (%(default)s)")
    parser.add_argument("-p", "--prompt", type=int, default=512, help="tokens of prefill (%(default)s)")
    parser.add_argument("-n", "--generate", type=int, default=64, help="tokens of decode (%(default)s)")
    parser.add_argument("-t", "--threads", type=int, default=2, help="(%(default)s)")
    parser.add_argument("-r", "--repeats", type=int, default=1, help="within a run (%(default)s)")
    parser.add_argument("--isa", default="", choices=["", "avx2", "avx512"],
                        help="restrict Spoutnik, and llama.cpp to its library for that instruction set")
    parser.add_argument("--llama-flash", default="on", choices=["on", "off"],
                        help="llama.cpp's flash attention (%(default)s)")
    parser.add_argument("--no-state", action="store_true",
                        help="let llama.cpp compute each depth in each round instead of reading it back")
    parser.add_argument("--cli", type=Path, default=ROOT / "build/release/bin/spoutnik-cli")
    parser.add_argument("--wait-quiet", type=int, default=60, metavar="SECONDS",
                        help="wait so long for the machine to be idle before each run (%(default)s)")
    parser.add_argument("--timeout", type=int, default=3600, metavar="SECONDS", help="for one run (%(default)s)")
    parser.add_argument("--report", action="store_true", help="only write table and plots again from runs.jsonl")
    return parser.parse_args(arguments)


def make_engines(options, settings):
    work = options.out.resolve() / "work"
    work.mkdir(parents=True, exist_ok=True)
    made = [engines.Spoutnik(options.cli.resolve(), settings)]
    for peer in options.peer:
        name, _, folder = peer.partition("=")
        try:
            folder = Path(folder).expanduser().resolve()
            if name == "llama.cpp":
                state = None if options.no_state else work / "state"
                made.append(engines.LlamaCpp(folder, settings, work, options.llama_flash, state))
            elif name == "ik":
                made.append(engines.IkLlamaCpp(folder, settings))
            else:
                raise engines.Unavailable("no such peer is known; known are llama.cpp and ik")
        except engines.Unavailable as reason:
            print(f"{name} is left out: {reason}", flush=True)
    return made


class RunFailed(Exception):
    pass


def run_engine(engine, model, log_path, timeout):
    """The engine's own figures. Whatever it starts ends with it; what it leaves behind stays in the work folder."""
    environment = {**os.environ, **engine.environment()}
    with open(log_path, "wb") as log:
        process = subprocess.Popen(engine.command(model), stdout=subprocess.PIPE, stderr=log, env=environment,
                                   stdin=subprocess.DEVNULL, start_new_session=True, cwd=log_path.parent)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RunFailed(f"not done after {timeout} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    log_text = log_path.read_text(errors="replace")
    if process.returncode != 0:
        said = log_text.strip().splitlines() or [""]
        raise RunFailed(f"exit status {process.returncode}: {said[-1][:300]}")
    try:
        return engine.read(log_text if engine.answers_on_stderr else output.decode("utf-8", "replace"))
    except (engines.BadOutput, KeyError, ValueError) as error:
        raise RunFailed(f"its output was not understood: {error}") from error


def write_report(out, identity, runs, failures):
    plots = {}
    for model in summary.models_of(runs):
        name = f"{Path(model).stem}.{identity['isa_forced'] or 'best'}.svg"
        (out / name).write_text(plot.picture([run for run in runs if run["model"] == model]), encoding="utf-8")
        plots[model] = name
    page = out / f"table.{identity['isa_forced'] or 'best'}.md"
    page.write_text(table.page(runs, failures, plots), encoding="utf-8")
    return page


def measure(options, engine, model, round_number, identity, description):
    """One run as a line for the journal."""
    if not machine.wait_until_quiet(options.wait_quiet):
        print("  the machine is busy; measuring all the same", flush=True)
    machine.warm(model)
    probe = options.cli.resolve().parent / "spoutnik_machine"
    run = {**identity, **description, "model": model.name, "engine": engine.name, "round": round_number,
           "started": datetime.datetime.now().isoformat(timespec="seconds"), "version": engine.version,
           "command": engine.command(model), "environment": engine.environment(), "processor": machine.processor()}
    run["memory_before"] = machine.memory_gb_per_second(probe, options.threads)
    watch = machine.Watch()
    start = time.monotonic()
    run.update(run_engine(engine, model, options.out.resolve() / "work" / f"{engine.name}.log", options.timeout))
    run["seconds"] = round(time.monotonic() - start, 1)
    run.update(watch.stop())
    run["memory_after"] = machine.memory_gb_per_second(probe, options.threads)
    return run


def describe(model):
    traffic = gguf.traffic_of(gguf.Reader(model))
    return {"file_bytes": model.stat().st_size,
            "traffic": {"weight_bytes": traffic.weight_bytes, "operations": traffic.operations,
                        "operations_per_position": traffic.operations_per_position,
                        "cache_bytes_per_position": traffic.cache_bytes_per_position}}


def main():
    options = parse_arguments()
    options.models = [model.resolve() for model in options.models]
    depths = tuple(sorted({int(word) for word in options.depth.split(",")}))
    settings = engines.Settings(depths, options.prompt, options.generate, options.threads, options.repeats, options.isa)
    options.out.mkdir(parents=True, exist_ok=True)
    # What makes runs comparable: only those with the same settings and the same build of ours come into one table.
    identity = {"depths": list(depths), "prompt": options.prompt, "generate": options.generate,
                "threads": options.threads, "repeats": options.repeats, "isa_forced": options.isa,
                "llama_flash": options.llama_flash}
    kept = journal.Journal(options.out / "runs.jsonl")
    build = {"build": journal.fingerprint(options.cli)}

    def comparable():
        names = {model.name for model in options.models}
        return [run for run in kept.runs if run["model"] in names and all(run.get(k) == v for k, v in identity.items())
                and (run["engine"] != summary.OURS or run.get("build") == build["build"])]

    failures = []
    if options.report:
        print(write_report(options.out, identity, comparable(), failures))
        return 0
    team = make_engines(options, settings)
    for model in options.models:
        description = describe(model)
        for round_number in range(options.rounds):
            for engine in team if round_number % 2 == 0 else reversed(team):
                own = build if engine.name == summary.OURS else {}
                same = own or {"version": engine.version}
                if kept.has(**identity, **same, model=model.name, engine=engine.name, round=round_number):
                    continue
                print(f"{model.name}, round {round_number + 1} of {options.rounds}: {engine.name}", flush=True)
                try:
                    run = measure(options, engine, model, round_number, {**identity, **own}, description)
                except RunFailed as error:
                    print(f"  failed: {error}", flush=True)
                    failures.append({"engine": engine.name, "model": model.name, "error": str(error)})
                    continue
                kept.add(run)
                print("  " + "; ".join(f"depth {a['depth']}: prefill {a['prefill_tps']:.1f}, decode {a['decode_tps']:.2f}"
                                       for a in run["at"]) + f" tokens/s; {run['seconds']:.0f} s", flush=True)
                write_report(options.out, identity, comparable(), failures)
    print(write_report(options.out, identity, comparable(), failures))
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except engines.Unavailable as reason:
        sys.exit(f"Spoutnik cannot be measured: {reason}")
    except (gguf.BadFile, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; what had finished is kept, and the same command goes on from there")
