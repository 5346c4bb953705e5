#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The independent reference: log-probabilities of the PyTorch model on the very weights of a GGUF file.

usage: reference_logits.py MODEL.gguf (--tokens 0,3,17 | --text TEXT) [--top 10] [--type f32|f64]
Quantised tensors are expanded exactly; nothing is rounded to int8 or half on the way. --text reads markers such as
<｜User｜> as tokens and adds no BOS.
Output: one JSON object {"model", "type", "tokens", "top": [[[id, log-probability], ...] for each position]}.
"""
import argparse
import json
import os

import torch

import gguf_file as gg
import tokenizer as tk
from model import Model


def config_of(keys, tensors):
    """Sizes from the file's own keys."""
    p = "deepseek2."
    return dict(vocab=tensors["token_embd.weight"].shape[0], embd=keys[p + "embedding_length"], layers=keys[p + "block_count"] - keys.get(p + "nextn_predict_layers", 0), dense=keys[p + "leading_dense_block_count"],
                ff=keys[p + "feed_forward_length"], heads=keys[p + "attention.head_count"], q_lora=keys[p + "attention.q_lora_rank"], kv_lora=keys[p + "attention.kv_lora_rank"],
                nope=keys[p + "attention.key_length_mla"] - keys[p + "rope.dimension_count"], rope=keys[p + "rope.dimension_count"], v=keys[p + "attention.value_length_mla"],
                experts=keys[p + "expert_count"], used=keys[p + "expert_used_count"], groups=keys[p + "expert_group_count"], groups_used=keys[p + "expert_group_used_count"],
                shared=keys[p + "expert_shared_count"], ff_exp=keys[p + "expert_feed_forward_length"], scale=keys[p + "expert_weights_scale"],
                eps=keys[p + "attention.layer_norm_rms_epsilon"], freq_base=keys[p + "rope.freq_base"], context=keys[p + "context_length"])


def load(path, kind=torch.float64):
    """A Model on the file's weights."""
    keys, tensors = gg.read(path)
    params = {name: torch.from_numpy(array).to(kind) for name, array in tensors.items()}
    return Model(params, config_of(keys, tensors), compute=kind)


def log_probs(model, ids):
    """[tokens, vocab] natural logarithms."""
    with torch.no_grad():
        logits = model.forward(torch.tensor(ids), torch.arange(len(ids)), [(0, 1, len(ids))])
        return torch.log_softmax(logits.double(), -1)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("model")
    given = args.add_mutually_exclusive_group(required=True)
    given.add_argument("--tokens")
    given.add_argument("--text")
    args.add_argument("--top", type=int, default=10)
    args.add_argument("--type", choices=["f32", "f64"], default="f64")
    args = args.parse_args()
    ids = [int(i) for i in args.tokens.split(",")] if args.tokens else tk.Tokenizer().encode(args.text, special=True)
    found = log_probs(load(args.model, torch.float64 if args.type == "f64" else torch.float32), ids)
    best, which = found.topk(args.top, dim=-1)
    top = [[[int(i), round(float(v), 7)] for i, v in zip(w, b)] for w, b in zip(which, best)]
    rows = ",\n".join("  " + json.dumps(row) for row in top)
    print('{"model": %s, "type": "%s", "tokens": %s,\n "top": [\n%s\n]}' % (json.dumps(os.path.basename(args.model)), args.type, json.dumps(ids), rows))


if __name__ == "__main__":
    main()
