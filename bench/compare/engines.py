# SPDX-License-Identifier: MIT
"""How each engine is started and what its output means. All measure the same: `prompt` tokens of prefill and `generate`
of decode with `depth` tokens in the cache, after a warm-up, `threads` threads, f16 cache, flash attention."""
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from math import gcd
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    depths: tuple = (0, 4096, 8192)
    prompt: int = 512
    generate: int = 64
    threads: int = 2
    repeats: int = 1  # within a run, for the engines that can
    isa: str = ""  # "", "avx2" or "avx512"


class Unavailable(Exception):
    """The engine cannot take part; the text says why."""


class BadOutput(Exception):
    """The engine ran, but said nothing that can be read."""


def speeds(rows):
    return [{"depth": int(depth), "prefill_tps": float(prefill), "decode_tps": float(decode)}
            for depth, prefill, decode in rows]


def commit_of(folder):
    done = subprocess.run(["git", "-C", str(folder), "rev-parse", "--short=9", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()


def last_json_line(text):
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    raise BadOutput("no JSON object in its output")


class Spoutnik:
    name = "Spoutnik"
    answers_on_stderr = False

    def __init__(self, program, settings):
        self._program, self._settings = str(program), settings
        if not os.access(self._program, os.X_OK):
            raise Unavailable(f"{self._program} is not there; build it with: cmake --preset release && "
                              "cmake --build --preset release --target spoutnik-cli spoutnik_machine")
        text = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = f"spoutnik-cli {text.strip()} {commit_of(BENCH)}".strip()

    def command(self, model):
        s = self._settings
        return [self._program, "bench", str(model), "-p", str(s.prompt), "-n", str(s.generate),
                "--depth", ",".join(map(str, s.depths)), "-t", str(s.threads), "-r", str(s.repeats), "--json"]

    def environment(self):
        return {"SPOUTNIK_ISA": self._settings.isa} if self._settings.isa else {}

    def read(self, text):
        said = last_json_line(text)
        return {"isa": said["isa"], "load_ms": said["load_ms"], "warm_ms": said["warm_ms"], "peak_mb": said["peak_mb"],
                "kv_mb": said["kv_mb"], "at": speeds((a["depth"], a["prefill_tps"], a["decode_tps"]) for a in said["at"])}


class LlamaCpp:
    """llama.cpp as the npm package node-llama-cpp ships it; it picks one of its CPU libraries by itself."""

    name = "llama.cpp"
    answers_on_stderr = False

    def __init__(self, folder, settings, work, flash="on", state=None):
        self._settings, self._flash, self._state = settings, flash, state
        if not shutil.which("node"):
            raise Unavailable("node is not installed")
        self._folder = Path(folder)
        package = self._folder / "node_modules/node-llama-cpp/package.json"
        if not package.is_file():
            raise Unavailable(f"{folder} has no node_modules/node-llama-cpp; there: "
                              "npm i node-llama-cpp@3.22.1 --ignore-scripts")
        release = self._folder / "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/_nlcBuildMetadata.json"
        self.version = "node-llama-cpp " + json.loads(package.read_text())["version"]
        if release.is_file():
            self.version += ", llama.cpp " + json.loads(release.read_text())["buildOptions"]["llamaCpp"]["release"]
        if settings.isa == "avx2":
            self._folder = self._copy_with(work / "llama.cpp-haswell", lambda variant: variant == "haswell")
        elif settings.isa == "avx512":
            self._folder = self._copy_with(work / "llama.cpp-icelake", lambda variant: variant == "icelake")
        elif "amx_int8" in Path("/proc/cpuinfo").read_text():
            # Its AMX library aborts on DeepSeek files.
            self._folder = self._copy_with(work / "llama.cpp-no-amx", lambda variant: variant != "sapphirerapids")

    def _copy_with(self, copy, wanted):
        """A copy (hard links where they are possible) that holds only the wanted CPU libraries."""
        shutil.rmtree(copy, ignore_errors=True)

        def left_out(folder, names):
            others = [n for n in names if Path(folder).name == "@node-llama-cpp" and n != "linux-x64"]
            for name in names:
                found = re.fullmatch(r"libggml-cpu-(.+)\.so", name)
                if found and not wanted(found[1]):
                    others.append(name)
            return others

        def link(source, target):
            try:
                os.link(source, target)
            except OSError:
                shutil.copy2(source, target)

        shutil.copytree(self._folder / "node_modules", copy / "node_modules", symlinks=True, ignore=left_out,
                        copy_function=link)
        return copy

    def command(self, model):
        s = self._settings
        command = ["node", str(BENCH / "llama_cpp.mjs"), "--package", str(self._folder), "--model", str(model),
                   "--prompt", str(s.prompt), "--generate", str(s.generate), "--depth", ",".join(map(str, s.depths)),
                   "--threads", str(s.threads), "--repeats", str(s.repeats), "--flash", self._flash]
        return command + (["--state", str(self._state)] if self._state else [])

    def environment(self):
        return {}

    def read(self, text):
        said = last_json_line(text)
        return {"isa": said["isa"], "load_ms": said["load_ms"], "peak_mb": said["peak_mb"],
                "at": speeds((a["depth"], a["prefill_tps"], a["decode_tps"]) for a in said["at"])}


class IkLlamaCpp:
    """ik_llama.cpp, by its llama-sweep-bench: decode, then prefill, at each multiple of the stride."""

    name = "ik_llama.cpp"
    answers_on_stderr = True

    def __init__(self, folder, settings):
        self._settings = settings
        self._program = Path(folder) / "build/bin/llama-sweep-bench"
        if settings.isa:
            raise Unavailable("its instruction set is fixed when it is built, so it sits out with --isa")
        if not os.access(self._program, os.X_OK):
            raise Unavailable(f"{self._program} is not there; in {folder}: cmake -B build -DGGML_NATIVE=ON -DLLAMA_CURL=OFF "
                              "-DCMAKE_BUILD_TYPE=Release && cmake --build build --target llama-sweep-bench")
        depths = [depth for depth in settings.depths if depth]
        if any(depth % settings.prompt for depth in depths):
            raise Unavailable(f"its depths must be multiples of the {settings.prompt} prompt tokens")
        self._stride = gcd(*depths) // settings.prompt if depths else 1 << 20
        self.version = "ik_llama.cpp " + (commit_of(folder) or "unknown commit")

    def command(self, model):
        from . import gguf
        s = self._settings
        latent = gguf.Reader(model).keys["general.architecture"] == "deepseek2"
        # The warm-up batch (-wb) stays in the cache beside a first token: one prompt of room more than is measured.
        # Fused experts (-fmoe 1 of llama-bench) are what this program does unless told otherwise.
        return [str(self._program), "-m", str(model), "-t", str(s.threads), "-c", str(max(s.depths) + 2 * s.prompt),
                "-b", str(max(2048, s.prompt)), "-ub", str(s.prompt), "-n", str(s.generate),
                *(["-mla", "3"] if latent else []), "-fa", "1", "-rtr", "-wb", "-nrep", str(s.repeats),
                "--sweep-stride", str(self._stride), "--sweep-memory", "--output-format", "jsonl"]

    def environment(self):
        return {}

    def read(self, text):
        rows = {}
        for line in text.splitlines():
            if line.startswith("{") and '"speed_tg"' in line:
                said = json.loads(line)
                rows[said["n_kv"]] = said
        missing = [depth for depth in self._settings.depths if depth not in rows]
        if missing:
            raise BadOutput(f"no line for depth {missing[0]}")
        return {"isa": "native build", "peak_mb": max(row["rss_hwm_mib"] for row in rows.values()) * 1.048576,
                "at": speeds((d, rows[d]["speed_pp"], rows[d]["speed_tg"]) for d in self._settings.depths)}
