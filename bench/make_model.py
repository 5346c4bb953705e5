#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a GGUF file with random weights in the shape of a published model, to time engines without its weights.

usage: make_model.py OUT.gguf --shape qwen3-30b-a3b [--layers N] [--vocab VOCAB.gguf] [--seed N]

Matrices are q4_K (q5_0 where 256 does not divide their width), the output head q6_K, norms and gates f32, as in usual
files. The tokenizer is copied from VOCAB.gguf; without one the file says that it has none, which some engines refuse.
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
    # DeepSeek-V2-Lite, 15.7 G parameters; and V3's parts (compressed queries, 256 experts in 8 groups, sigmoid gate with
    # a bias) at 6.6 G.
    "v2-lite": dict(arch="deepseek2", layers=27, dense=1, hidden=2048, heads=16, query_rank=0, latent=512, content=128,
                    position=64, value=128, ff=10944, experts=64, used=6, expert_ff=1408, shared=2, groups=0,
                    groups_used=0, sigmoid=False, weights_scale=1.0, vocabulary=102400, rope_base=1e4),
    "v3-small": dict(arch="deepseek2", layers=12, dense=1, hidden=2048, heads=32, query_rank=768, latent=512, content=128,
                     position=64, value=128, ff=8192, experts=256, used=8, expert_ff=352, shared=1, groups=8,
                     groups_used=4, sigmoid=True, weights_scale=2.5, vocabulary=129280, rope_base=1e4),
    # The same parts at a size that an emulated GPU runs.
    "v3-tiny": dict(arch="deepseek2", layers=2, dense=1, hidden=256, heads=4, query_rank=64, latent=64, content=32,
                    position=32, value=32, ff=256, experts=16, used=2, expert_ff=32, shared=1, groups=4, groups_used=2,
                    sigmoid=True, weights_scale=2.5, vocabulary=512, rope_base=1e4),
}
STRING, UINT32, FLOAT32, BOOL = 8, 4, 6, 7


def packed_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def packed_key(name, kind, value):
    codes = {UINT32: "<I", FLOAT32: "<f", BOOL: "<?"}
    body = packed_string(value) if kind == STRING else struct.pack(codes[kind], value)
    return packed_string(name) + struct.pack("<I", kind) + body


def latent_keys(shape):
    """What deepseek2 has beyond the others, as files since April 2025 say it: (name, kind, value)."""
    numbers = {"attention.head_count_kv": 1, "attention.kv_lora_rank": shape["latent"],
               "attention.key_length": shape["latent"] + shape["position"], "attention.value_length": shape["latent"],
               "attention.key_length_mla": shape["content"] + shape["position"],
               "attention.value_length_mla": shape["value"], "rope.dimension_count": shape["position"],
               "rope.scaling.original_context_length": 4096, "leading_dense_block_count": shape["dense"],
               "expert_shared_count": shape["shared"], "expert_gating_func": 2 if shape["sigmoid"] else 1}
    if shape["query_rank"]:
        numbers["attention.q_lora_rank"] = shape["query_rank"]
    if shape["groups"]:
        numbers |= {"expert_group_count": shape["groups"], "expert_group_used_count": shape["groups_used"]}
    keys = [(name, UINT32, value) for name, value in numbers.items()]
    keys += [("rope.scaling.type", STRING, "yarn"), ("rope.scaling.factor", FLOAT32, 40.0),
             ("rope.scaling.yarn_log_multiplier", FLOAT32, 0.0707 if not shape["sigmoid"] else 0.1),
             ("expert_weights_scale", FLOAT32, shape["weights_scale"]), ("expert_weights_norm", BOOL, shape["sigmoid"])]
    return keys


def keys_of(shape, vocab):
    arch = shape["arch"]
    numbers = {"block_count": shape["layers"], "context_length": 16384, "embedding_length": shape["hidden"],
               "feed_forward_length": shape["ff"], "attention.head_count": shape["heads"],
               "vocab_size": shape["vocabulary"]}
    if arch != "deepseek2":
        numbers |= {"attention.head_count_kv": shape["kv_heads"], "attention.key_length": shape["head"],
                    "attention.value_length": shape["head"]}
    if shape["experts"]:
        numbers |= {"expert_count": shape["experts"], "expert_used_count": shape["used"],
                    "expert_feed_forward_length": shape["expert_ff"]}
    keys = [packed_key("general.architecture", STRING, arch), packed_key("general.name", STRING, "random weights"),
            packed_key("general.alignment", UINT32, 32)]
    keys += [packed_key(f"{arch}.{name}", UINT32, value) for name, value in numbers.items()]
    if arch == "deepseek2":
        keys += [packed_key(f"{arch}.{name}", kind, value) for name, kind, value in latent_keys(shape)]
    keys.append(packed_key(f"{arch}.rope.freq_base", FLOAT32, shape["rope_base"]))
    keys.append(packed_key(f"{arch}.attention.layer_norm_rms_epsilon", FLOAT32, 1e-6))
    if vocab:
        keys += [raw for name, raw in vocab.raw_keys.items() if name.startswith("tokenizer.")]
    else:
        keys.append(packed_key("tokenizer.ggml.model", STRING, "no_vocab"))
    return keys


def matrix(name, width, *rest):
    """(name, dimensions, format) of a weight whose rows have `width` values."""
    return name + ".weight", (width, *rest), "q5_0" if width % 256 else "q4_K"


def grouped_attention(shape, block):
    hidden, head, heads, kv = shape["hidden"], shape["head"], shape["heads"], shape["kv_heads"]
    for part, width in (("q", heads * head), ("k", kv * head), ("v", kv * head)):
        yield matrix(f"{block}attn_{part}", hidden, width)
        if shape["arch"] == "qwen2":
            yield f"{block}attn_{part}.bias", (width,), "f32"
    if shape["arch"] == "qwen3moe":
        yield block + "attn_q_norm.weight", (head,), "f32"
        yield block + "attn_k_norm.weight", (head,), "f32"
    yield matrix(block + "attn_output", heads * head, hidden)


def latent_attention(shape, block):
    hidden, heads, rank, latent = shape["hidden"], shape["heads"], shape["query_rank"], shape["latent"]
    queries = heads * (shape["content"] + shape["position"])
    if rank:
        yield matrix(block + "attn_q_a", hidden, rank)
        yield block + "attn_q_a_norm.weight", (rank,), "f32"
        yield matrix(block + "attn_q_b", rank, queries)
    else:
        yield matrix(block + "attn_q", hidden, queries)
    yield matrix(block + "attn_kv_a_mqa", hidden, latent + shape["position"])
    yield block + "attn_kv_a_norm.weight", (latent,), "f32"
    yield matrix(block + "attn_k_b", shape["content"], latent, heads)
    yield matrix(block + "attn_v_b", latent, shape["value"], heads)
    yield matrix(block + "attn_output", heads * shape["value"], hidden)


def network(shape, block, kind, ff, *experts):
    yield matrix(f"{block}ffn_gate{kind}", shape["hidden"], ff, *experts)
    yield matrix(f"{block}ffn_up{kind}", shape["hidden"], ff, *experts)
    yield matrix(f"{block}ffn_down{kind}", ff, shape["hidden"], *experts)


def tensors_of(shape):
    """(name, dimensions, format) of every tensor, fastest dimension first."""
    hidden = shape["hidden"]
    yield matrix("token_embd", hidden, shape["vocabulary"])
    yield "output_norm.weight", (hidden,), "f32"
    yield "output.weight", (hidden, shape["vocabulary"]), "q6_K"
    for layer in range(shape["layers"]):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (hidden,), "f32"
        yield from (latent_attention if shape["arch"] == "deepseek2" else grouped_attention)(shape, block)
        yield block + "ffn_norm.weight", (hidden,), "f32"
        if not shape["experts"] or layer < shape.get("dense", 0):
            yield from network(shape, block, "", shape["ff"])
            continue
        yield block + "ffn_gate_inp.weight", (hidden, shape["experts"]), "f32"
        if shape.get("sigmoid"):
            yield block + "exp_probs_b.bias", (shape["experts"],), "f32"
        yield from network(shape, block, "_exps", shape["expert_ff"], shape["experts"])
        if shape.get("shared"):
            yield from network(shape, block, "_shexp", shape["expert_ff"] * shape["shared"])


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
        elif label == "q5_0":  # d (code - 16), 9.23 the codes' deviation
            blocks.append(half(scale / 9.23) + rng.randbytes(20))
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
