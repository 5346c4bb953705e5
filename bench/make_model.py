#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a GGUF file with random weights in the shape of a published model, to time engines without its weights.

usage: make_model.py OUT.gguf --shape qwen3-30b-a3b [--layers N] [--vocab VOCAB.gguf] [--seed N]

Matrices are q4_K, the output head q6_K, norms and gates f32, as in usual files. The tokenizer is copied from VOCAB.gguf;
without one the file says that it has none, which some engines refuse.
"""
import argparse
import math
import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from compare import gguf  # noqa: E402

SHAPES = {
    # Qwen3-30B-A3B has 48 such layers; 24 of them fit beside a peer's repacked copy in 24 GB of memory.
    "qwen3-30b-a3b": dict(arch="qwen3moe", layers=24, hidden=2048, heads=32, kv_heads=4, head=128, ff=6144, experts=128,
                          used=8, expert_ff=768, vocabulary=151936, rope_base=1e6),
    "qwen2-1.5b": dict(arch="qwen2", layers=28, hidden=1536, heads=12, kv_heads=2, head=128, ff=8960, experts=0,
                       vocabulary=151936, rope_base=1e6),
    "qwen2-7b": dict(arch="qwen2", layers=28, hidden=3584, heads=28, kv_heads=4, head=128, ff=18944, experts=0,
                     vocabulary=152064, rope_base=1e6),
}
STRING, UINT32, FLOAT32 = 8, 4, 6


def packed_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def packed_key(name, kind, value):
    body = packed_string(value) if kind == STRING else struct.pack("<I" if kind == UINT32 else "<f", value)
    return packed_string(name) + struct.pack("<I", kind) + body


def keys_of(shape, vocab):
    arch = shape["arch"]
    numbers = {"block_count": shape["layers"], "context_length": 16384, "embedding_length": shape["hidden"],
               "feed_forward_length": shape["ff"], "attention.head_count": shape["heads"],
               "attention.head_count_kv": shape["kv_heads"], "attention.key_length": shape["head"],
               "attention.value_length": shape["head"], "vocab_size": shape["vocabulary"]}
    if shape["experts"]:
        numbers |= {"expert_count": shape["experts"], "expert_used_count": shape["used"],
                    "expert_feed_forward_length": shape["expert_ff"]}
    keys = [packed_key("general.architecture", STRING, arch), packed_key("general.name", STRING, "random weights"),
            packed_key("general.alignment", UINT32, 32)]
    keys += [packed_key(f"{arch}.{name}", UINT32, value) for name, value in numbers.items()]
    keys.append(packed_key(f"{arch}.rope.freq_base", FLOAT32, shape["rope_base"]))
    keys.append(packed_key(f"{arch}.attention.layer_norm_rms_epsilon", FLOAT32, 1e-6))
    if vocab:
        keys += [raw for name, raw in vocab.raw_keys.items() if name.startswith("tokenizer.")]
    else:
        keys.append(packed_key("tokenizer.ggml.model", STRING, "no_vocab"))
    return keys


def tensors_of(shape):
    """(name, dimensions, format) of every tensor, fastest dimension first."""
    hidden, head, heads, kv = shape["hidden"], shape["head"], shape["heads"], shape["kv_heads"]
    yield "token_embd.weight", (hidden, shape["vocabulary"]), "q4_K"
    yield "output_norm.weight", (hidden,), "f32"
    yield "output.weight", (hidden, shape["vocabulary"]), "q6_K"
    for layer in range(shape["layers"]):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (hidden,), "f32"
        for part, width in (("q", heads * head), ("k", kv * head), ("v", kv * head)):
            yield f"{block}attn_{part}.weight", (hidden, width), "q4_K"
            if shape["arch"] == "qwen2":
                yield f"{block}attn_{part}.bias", (width,), "f32"
        if shape["arch"] == "qwen3moe":
            yield block + "attn_q_norm.weight", (head,), "f32"
            yield block + "attn_k_norm.weight", (head,), "f32"
        yield block + "attn_output.weight", (heads * head, hidden), "q4_K"
        yield block + "ffn_norm.weight", (hidden,), "f32"
        if shape["experts"]:
            experts, ff = shape["experts"], shape["expert_ff"]
            yield block + "ffn_gate_inp.weight", (hidden, experts), "f32"
            yield block + "ffn_gate_exps.weight", (hidden, ff, experts), "q4_K"
            yield block + "ffn_up_exps.weight", (hidden, ff, experts), "q4_K"
            yield block + "ffn_down_exps.weight", (ff, hidden, experts), "q4_K"
        else:
            yield block + "ffn_gate.weight", (hidden, shape["ff"]), "q4_K"
            yield block + "ffn_up.weight", (hidden, shape["ff"]), "q4_K"
            yield block + "ffn_down.weight", (shape["ff"], hidden), "q4_K"


def size_of(dimensions, label):
    _, values, size = gguf.FORMATS[gguf.FORMAT_IDS[label]]
    return math.prod(dimensions) // values * size


def half(value):
    return struct.pack("<e", value)


def random_blocks(label, width, count, rng):
    """`count` blocks of random codes whose values spread like weights of a layer with `width` inputs."""
    spread = 1 / math.sqrt(width)
    blocks = []
    for _ in range(count):
        scale = spread * rng.uniform(0.9, 1.1)
        if label == "q4_K":  # eight scales of 32 and eight minima of 32: 32 d (code - 7.5), 4.61 the codes' deviation
            step = scale / (32 * 4.61)
            blocks.append(half(step) + half(7.5 * step) + b"\xa0" * 8 + bytes(4) + rng.randbytes(128))
        else:  # q6_K, sixteen scales of 32; 18.47 the codes' deviation
            blocks.append(rng.randbytes(192) + b"\x20" * 16 + half(scale / (32 * 18.47)))
    return b"".join(blocks)


def write_data(file, name, dimensions, label, rng):
    size = size_of(dimensions, label)
    if label == "f32":
        if len(dimensions) == 1:
            values = [rng.gauss(0, 0.02) + (0 if name.endswith(".bias") else 1) for _ in range(dimensions[0])]
        else:  # the gate: rows of its own, or the same experts would win for every token
            spread = 1 / math.sqrt(dimensions[0])
            values = [rng.gauss(0, spread) for _ in range(math.prod(dimensions))]
        file.write(struct.pack(f"<{len(values)}f", *values))
    else:
        # A pool of 4096 blocks, read from another place for each piece: distinct pages, made in no time.
        pool = random_blocks(label, 4 if name == "token_embd.weight" else dimensions[0], 4096, rng)
        block = gguf.FORMATS[gguf.FORMAT_IDS[label]][2]
        left = size
        while left > 0:
            start = rng.randrange(4096) * block
            piece = (pool[start:] + pool[:start])[:left]
            file.write(piece)
            left -= len(piece)
    file.write(bytes(-size % 32))


def write_model(path, shape, vocab=None, seed=1):
    """Writes the file; returns how many tensors it holds, and their bytes."""
    if vocab:
        shape = {**shape, "vocabulary": vocab.keys["tokenizer.ggml.tokens"]}
    rng = random.Random(seed)
    keys, tensors = keys_of(shape, vocab), list(tensors_of(shape))
    with open(path, "wb") as file:
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys)) + b"".join(keys))
        offset = 0
        for name, dimensions, label in tensors:
            file.write(packed_string(name) + struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions))
            file.write(struct.pack("<IQ", gguf.FORMAT_IDS[label], offset))
            offset += (size_of(dimensions, label) + 31) // 32 * 32
        file.write(bytes(-file.tell() % 32))
        for name, dimensions, label in tensors:
            write_data(file, name, dimensions, label, rng)
    return len(tensors), offset


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--shape", required=True, choices=SHAPES)
    parser.add_argument("--layers", type=int, help="instead of the shape's own number")
    parser.add_argument("--vocab", help="a GGUF file whose tokenizer is taken")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shape = dict(SHAPES[options.shape])
    shape["layers"] = options.layers or shape["layers"]
    count, size = write_model(options.out, shape, gguf.Reader(options.vocab) if options.vocab else None, options.seed)
    print(f"{options.out}: {count} tensors, {size / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
