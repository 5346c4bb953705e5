# SPDX-License-Identifier: MIT
"""The parts of bench/side_by_side.py: what is read from files and engines, the arithmetic, the page and the picture."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))
import make_model  # noqa: E402
from compare import engines, gguf, journal, plot, summary, table  # noqa: E402


def run(engine, round_number, prefill, decode, memory=20.0, **more):
    """A finished run: decode speeds at depths 0 and 4096, one prefill speed."""
    return {"engine": engine, "round": round_number, "model": "m.gguf", "threads": 2, "prompt": 512, "generate": 64,
            "processor": "a processor", "started": "2026-01-02T03:04:05", "isa_forced": "", "version": engine + " 1",
            "isa": "avx2", "command": [engine, "--model", "m m.gguf"], "environment": {}, "file_bytes": 5_000_000_000,
            "traffic": {"weight_bytes": 5e8, "cache_bytes_per_position": 1e4, "operations": 1.5e9,
                        "operations_per_position": 8e5},
            "memory_before": memory, "memory_after": memory, "peak_mb": 5200.0, "others": 0.0, "stolen": 0.0,
            "at": [{"depth": 0, "prefill_tps": prefill, "decode_tps": decode[0]},
                   {"depth": 4096, "prefill_tps": 0.0, "decode_tps": decode[1]}], **more}


ROUNDS = [run("Spoutnik", 0, 400.0, (30.0, 27.0)), run("llama.cpp", 0, 100.0, (15.0, 9.0)),
          run("llama.cpp", 1, 80.0, (10.0, 5.0)), run("Spoutnik", 1, 480.0, (32.0, 28.0)),
          run("Spoutnik", 2, 440.0, (31.0, 26.0)), run("llama.cpp", 2, 110.0, (12.4, 6.5))]


class Summary(unittest.TestCase):
    def test_medians_and_extremes(self):
        found = summary.figures(ROUNDS, "Spoutnik", 0, "decode_tps")
        self.assertEqual((found.middle, found.low, found.high, found.count), (31.0, 30.0, 32.0, 3))

    def test_what_was_not_measured_is_not_zero(self):
        self.assertIsNone(summary.figures(ROUNDS, "Spoutnik", 4096, "prefill_tps"))
        self.assertIsNone(summary.figures(ROUNDS, "Spoutnik", 8192, "decode_tps"))

    def test_ratios_pair_runs_of_one_round(self):
        found = summary.ratios(ROUNDS, "llama.cpp", 0, "decode_tps")
        self.assertEqual((found.middle, found.low, found.high), (2.5, 2.0, 3.2))
        apart = [run("Spoutnik", 0, 1, (1, 1)), run("llama.cpp", 1, 1, (1, 1))]
        self.assertIsNone(summary.ratios(apart, "llama.cpp", 0, "decode_tps"))

    def test_limit_counts_weights_and_cache(self):
        # 20 GB/s over 500 MB of weights and 4096 + 32 positions of 10 kB
        self.assertAlmostEqual(summary.limit_tps(ROUNDS[0], 4096), 20e9 / (5e8 + 4128e4))
        share = summary.limit_shares(ROUNDS, "Spoutnik", 0)
        self.assertAlmostEqual(share.middle, 31.0 * (5e8 + 32e4) / 20e9)
        self.assertIsNone(summary.limit_tps(run("x", 0, 1, (1, 1), memory=None), 0))


class Page(unittest.TestCase):
    def test_rows_hold_the_figures(self):
        page = table.page(ROUNDS, [], {"m.gguf": "m.svg"})
        rows = [line for line in page.splitlines() if line.startswith("| decode | 0 ")]
        self.assertEqual(len(rows), 1)
        cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
        self.assertEqual(cells[2], "**31.0** (30.0 to 32.0)")
        self.assertEqual(cells[4], "**2.50** (2.00 to 3.20)")
        self.assertEqual(cells[6], "78 %")
        self.assertIn("'m m.gguf'", page)
        self.assertIn("![Tokens per second", page)
        self.assertNotIn("Not quiet", page)

    def test_every_row_of_a_table_has_the_same_number_of_cells(self):
        for lines in (table.speed_table(ROUNDS), table.memory_table(ROUNDS)):
            self.assertEqual(len({line.count("|") for line in lines}), 1)

    def test_peak_is_held_against_file_and_cache(self):
        line = next(line for line in table.memory_table(ROUNDS) if line.startswith("| Spoutnik"))
        # 5000 MB and (4096 + 512) positions of 10 kB = 46 MB
        self.assertIn("| 5,046 MB | +154 MB |", line)

    def test_noise_and_failures_are_said(self):
        noisy = [*ROUNDS[:-1], {**ROUNDS[-1], "others": 0.31}]
        page = table.page(noisy, [{"engine": "ik_llama.cpp", "model": "m.gguf", "error": "exit status 1: no"}], {})
        self.assertIn("in 1 of 6 runs", page)
        self.assertIn("31 %", page)
        self.assertIn("ik_llama.cpp on m.gguf: exit status 1: no", page)

    def test_a_page_without_runs(self):
        self.assertIn("No run has finished", table.page([], [], {}))


class Picture(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def test_is_well_formed_and_true_to_scale(self):
        root = xml.etree.ElementTree.fromstring(plot.picture(ROUNDS))
        bars = [bar for bar in root.iter(self.SVG + "rect") if bar.find(self.SVG + "title") is not None]
        self.assertEqual(len(bars), 2 + 4)  # prefill at one depth, decode at two, two engines
        height = {bar.find(self.SVG + "title").text: float(bar.get("height")) for bar in bars}
        ours, theirs = height["Spoutnik, depth 0: 31.00 tokens/s"], height["llama.cpp, depth 0: 12.40 tokens/s"]
        self.assertAlmostEqual(ours / theirs, 31 / 12.4, delta=0.02)
        self.assertIn("prefers-color-scheme: dark", root.find(self.SVG + "style").text)

    def test_names_are_escaped(self):
        odd = [{**one, "model": "<&>.gguf"} for one in ROUNDS]
        xml.etree.ElementTree.fromstring(plot.picture(odd))

    def test_steps_are_round(self):
        for most in (0.3, 1, 7, 26, 49, 51, 480, 1900):
            step = plot.nice_step(most)
            self.assertGreaterEqual(step * 5, most)
            self.assertLessEqual(step, most)


class Journal(unittest.TestCase):
    def test_goes_on_after_a_torn_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "runs.jsonl"
            journal.Journal(path).add({"engine": "a", "round": 0})
            with open(path, "a", encoding="utf-8") as file:
                file.write('{"engine": "b", "ro\n')
            again = journal.Journal(path)
            self.assertEqual(again.runs, [{"engine": "a", "round": 0}])
            self.assertTrue(again.has(engine="a", round=0))
            self.assertFalse(again.has(engine="a", round=1))


DENSE = dict(arch="qwen2", layers=2, hidden=256, heads=2, kv_heads=1, head=128, ff=512, experts=0, vocabulary=512,
             rope_base=1e6)
MIXTURE = {**DENSE, "arch": "qwen3moe", "experts": 8, "used": 2, "expert_ff": 256}
LATENT = make_model.SHAPES["v3-tiny"]


class Files(unittest.TestCase):
    def traffic(self, shape):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.gguf"
            make_model.write_model(path, shape)
            reader = gguf.Reader(path)
            self.assertEqual(reader.keys["general.architecture"], shape["arch"])
            found = gguf.traffic_of(reader)
            self.assertLess(path.stat().st_size - found.file_bytes, 20_000)
            return found

    def test_bytes_a_token_touches_in_a_dense_model(self):
        matrices = 2 * (2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 512)
        head = 256 * 512
        vectors = 256 + 2 * (2 * 256 + 256 + 2 * 128)
        one_row = 256 * 144 // 256
        found = self.traffic(DENSE)
        self.assertEqual(found.weight_bytes, matrices * 144 / 256 + head * 210 / 256 + 4 * vectors + one_row)
        self.assertEqual(found.operations, 2 * (matrices + head))
        self.assertEqual(found.cache_bytes_per_position, 2 * 2 * 2 * 128)
        self.assertEqual(found.operations_per_position, 2 * 2 * 2 * (128 + 128))

    def test_what_a_token_touches_in_a_latent_mixture(self):
        queries, latent_row = 256 * 64 + 64 * 4 * 64, 256 * 96
        attention = queries + latent_row + 4 * (32 * 64 + 64 * 32) + 4 * 32 * 256
        networks = 3 * 256 * 256 + 256 * 16 + 3 * 256 * 32 * (2 + 1)  # dense; gate, two experts and the shared one
        found = self.traffic(LATENT)
        self.assertEqual(found.operations, 2 * (2 * attention + networks + 256 * 512))
        self.assertEqual(found.cache_bytes_per_position, 2 * 2 * (64 + 32))
        self.assertEqual(found.operations_per_position, 2 * 2 * 4 * (64 + 32 + 64))

    def test_bytes_a_token_touches_in_a_mixture(self):
        attention = 2 * (2 * 256 * 256 + 2 * 256 * 128)
        chosen = 2 * (3 * 256 * 256 * 2)
        gates = 2 * 256 * 8
        vectors = 256 + 2 * (2 * 256 + 2 * 128)
        found = self.traffic(MIXTURE)
        self.assertEqual(found.weight_bytes, (attention + chosen) * 144 / 256 + 256 * 512 * 210 / 256
                         + 4 * (gates + vectors) + 144)
        self.assertEqual(found.operations, 2 * (attention + chosen + gates + 256 * 512))

    def test_a_file_cut_short_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cut.gguf"
            path.write_bytes(b"GGUF\x03\0\0\0" + b"\1" + bytes(7))
            with self.assertRaises(gguf.BadFile):
                gguf.Reader(path)


@unittest.skipUnless(os.environ.get("SPOUTNIK_CLI"), "SPOUTNIK_CLI names no spoutnik-cli")
class Command(unittest.TestCase):
    """side_by_side.py on the real program and tiny files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def command(self, *options):
        command = [sys.executable, "-B", str(BENCH / "side_by_side.py"), "--cli", os.environ["SPOUTNIK_CLI"],
                   "--wait-quiet", "0", "--out", str(self.folder / "out"), "-p", "16", "-n", "4", "-t", "1",
                   "--depth", "0,32", *options]
        return subprocess.run(command, capture_output=True, text=True)

    def runs(self):
        return journal.Journal(self.folder / "out/runs.jsonl").runs

    def test_keeps_what_finished_and_goes_on(self):
        models = []
        for name, shape in (("dense", DENSE), ("mixture", MIXTURE)):
            models.append(str(self.folder / f"{name}.gguf"))
            make_model.write_model(models[-1], shape)
        first = self.command(models[0], "--rounds", "1", "--peer", "ik=/nowhere", "--peer", "llama.cpp=/nowhere")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("ik is left out", first.stdout)
        self.assertIn("llama.cpp is left out", first.stdout)
        kept = self.runs()
        self.assertEqual(len(kept), 1)
        self.assertEqual([at["depth"] for at in kept[0]["at"]], [0, 32])
        self.assertTrue(all(at["prefill_tps"] > 0 and at["decode_tps"] > 0 for at in kept[0]["at"]))
        second = self.command(*models, "--rounds", "2")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual(self.runs()[0], kept[0])
        self.assertEqual([(run["model"], run["round"]) for run in self.runs()],
                         [("dense.gguf", 0), ("dense.gguf", 1), ("mixture.gguf", 0), ("mixture.gguf", 1)])
        self.assertIn("## mixture.gguf", (self.folder / "out/table.best.md").read_text())
        self.assertTrue((self.folder / "out/mixture.best.svg").is_file())

    def test_a_restricted_instruction_set_is_a_table_of_its_own(self):
        model = self.folder / "dense.gguf"
        make_model.write_model(model, DENSE)
        self.assertEqual(self.command(str(model), "--rounds", "1", "--isa", "avx2").returncode, 0)
        self.assertEqual(self.runs()[0]["isa"], "avx2")
        self.assertIn("Restricted to avx2", (self.folder / "out/table.avx2.md").read_text())

    def test_a_run_that_fails_is_said_and_tried_again(self):
        model = self.folder / "bad.gguf"
        make_model.write_model(model, DENSE)
        model.write_bytes(model.read_bytes()[:-200_000])
        done = self.command(str(model), "--rounds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: exit status 1", done.stdout)
        self.assertEqual(self.runs(), [])


class Engines(unittest.TestCase):
    def test_sweep_bench_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "build/bin/llama-sweep-bench"
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            ik = engines.IkLlamaCpp(folder, engines.Settings(depths=(0, 4096, 8192)))
            rows = [{"n_kv": depth, "speed_pp": 100 - depth / 100, "speed_tg": 10, "rss_hwm_mib": 1000}
                    for depth in (0, 4096, 8192)]
            read = ik.read("\nnoise\n" + "\n".join(map(json.dumps, rows)))
            self.assertEqual([at["depth"] for at in read["at"]], [0, 4096, 8192])
            self.assertAlmostEqual(read["peak_mb"], 1048.576)
            with self.assertRaises(engines.BadOutput):
                ik.read(json.dumps(rows[0]))
            with self.assertRaises(engines.Unavailable):
                engines.IkLlamaCpp(folder, engines.Settings(depths=(0, 1000)))


if __name__ == "__main__":
    unittest.main()
