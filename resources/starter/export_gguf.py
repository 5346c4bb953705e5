#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes trained weights as a GGUF file of architecture `deepseek2`, latent attention in the newer layout
(attn_k_b and attn_v_b three-dimensional, no attn_kv_b).

usage: export_gguf.py WEIGHTS.pt OUT.gguf [--format q8_0|f32] [--sharpness 2]
       export_gguf.py LAYER.pt OUT.gguf --onto MODEL.gguf [--format q8_0|f32]
--sharpness multiplies the last norm, hence the logits: a model this small keeps some weight on wrong digits, and people
sample at temperatures made for large models. Greedy answers do not change.
--onto puts what train_mtp.py made behind the tensors of a finished file, which stay as they are, byte for byte.
"""
import argparse
import math
import os

import torch

import gguf_file as gg
import tokenizer as tk
from model import CONFIG

HERE = os.path.dirname(os.path.abspath(__file__))


def metadata(c, vocab, file_type, next_token_layers=0):
    """Keys in the order and with the types that published DeepSeek files have."""
    with open(os.path.join(HERE, "chat_template.jinja"), encoding="utf-8") as file:
        template = file.read().rstrip("\n")
    p = "deepseek2."
    return [
        ("general.architecture", gg.STRING, "deepseek2"),
        ("general.type", gg.STRING, "model"),
        ("general.name", gg.STRING, "Spoutnik Starter"),
        ("general.description", gg.STRING, "Spoutnik's own starter model: greetings, small sums, help on the application, in French and English"),
        ("general.organization", gg.STRING, "Spoutnik"),
        ("general.license", gg.STRING, "mit"),
        ("general.languages", (gg.ARRAY, gg.STRING), ["fr", "en"]),
        ("general.size_label", gg.STRING, "17M"),
        ("general.file_type", gg.U32, file_type),
        ("general.quantization_version", gg.U32, 2),
        ("general.alignment", gg.U32, gg.ALIGNMENT),
        (p + "block_count", gg.U32, c["layers"] + next_token_layers),
        (p + "context_length", gg.U32, c["context"]),
        (p + "embedding_length", gg.U32, c["embd"]),
        (p + "feed_forward_length", gg.U32, c["ff"]),
        (p + "vocab_size", gg.U32, c["vocab"]),
        (p + "leading_dense_block_count", gg.U32, c["dense"]),
        (p + "attention.head_count", gg.U32, c["heads"]),
        (p + "attention.head_count_kv", gg.U32, 1),
        (p + "attention.layer_norm_rms_epsilon", gg.F32, c["eps"]),
        (p + "attention.q_lora_rank", gg.U32, c["q_lora"]),
        (p + "attention.kv_lora_rank", gg.U32, c["kv_lora"]),
        (p + "attention.key_length", gg.U32, c["kv_lora"] + c["rope"]),
        (p + "attention.value_length", gg.U32, c["kv_lora"]),
        (p + "attention.key_length_mla", gg.U32, c["nope"] + c["rope"]),
        (p + "attention.value_length_mla", gg.U32, c["v"]),
        (p + "rope.dimension_count", gg.U32, c["rope"]),
        (p + "rope.freq_base", gg.F32, c["freq_base"]),
        (p + "expert_count", gg.U32, c["experts"]),
        (p + "expert_used_count", gg.U32, c["used"]),
        (p + "expert_shared_count", gg.U32, c["shared"]),
        (p + "expert_feed_forward_length", gg.U32, c["ff_exp"]),
        (p + "expert_group_count", gg.U32, c["groups"]),
        (p + "expert_group_used_count", gg.U32, c["groups_used"]),
        (p + "expert_gating_func", gg.U32, 2),
        (p + "expert_weights_norm", gg.BOOL, True),
        (p + "expert_weights_scale", gg.F32, c["scale"]),
        *([(p + "nextn_predict_layers", gg.U32, next_token_layers)] if next_token_layers else []),
        ("tokenizer.ggml.model", gg.STRING, "gpt2"),
        ("tokenizer.ggml.pre", gg.STRING, "deepseek-v3"),
        ("tokenizer.ggml.tokens", (gg.ARRAY, gg.STRING), vocab.tokens),
        ("tokenizer.ggml.token_type", (gg.ARRAY, gg.I32), vocab.types),
        ("tokenizer.ggml.merges", (gg.ARRAY, gg.STRING), vocab.merges),
        ("tokenizer.ggml.bos_token_id", gg.U32, vocab.bos),
        ("tokenizer.ggml.eos_token_id", gg.U32, vocab.eos),
        ("tokenizer.ggml.padding_token_id", gg.U32, vocab.pad),
        ("tokenizer.ggml.add_bos_token", gg.BOOL, True),
        ("tokenizer.ggml.add_eos_token", gg.BOOL, False),
        ("tokenizer.chat_template", gg.STRING, template),
    ]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("weights")
    args.add_argument("out")
    args.add_argument("--format", choices=["q8_0", "f32"], default="q8_0")
    args.add_argument("--sharpness", type=float, default=1.0)
    args.add_argument("--onto", metavar="MODEL.gguf")
    args = args.parse_args()
    params = {name: weight.detach() for name, weight in torch.load(args.weights).items()}
    tensors = []
    if args.onto:
        last = f"blk.{CONFIG['layers']}."  # a layer that the file has already is replaced
        tensors = [tensor for tensor in gg.read_raw(args.onto)[1] if not tensor[0].startswith(last)]
    else:
        params["output_norm.weight"] = params["output_norm.weight"] * args.sharpness
    for name, weight in params.items():
        keep = args.format == "f32" or name.endswith("norm.weight") or name.endswith(".bias") or "ffn_gate_inp" in name
        tensors.append((name, weight.float().numpy(), gg.TYPE_F32 if keep else gg.TYPE_Q8_0))
    gg.write(args.out, metadata(CONFIG, tk.Tokenizer(), 7 if args.format == "q8_0" else 0, 1 if args.onto else 0), tensors)
    print(f"{args.out}: {os.path.getsize(args.out):,} bytes, {sum(math.prod(t.shape) for _, t, _ in tensors):,} parameters")


if __name__ == "__main__":
    main()
