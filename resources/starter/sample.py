#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Generates answers with the PyTorch model, many at a time: weights from a checkpoint or from a GGUF file.

usage: sample.py MODEL.pt|MODEL.gguf QUESTION... [--temperature 0.6] [--seed 1] [--no-think] [--system TEXT]
"""
import argparse
import math

import torch

import reference_logits
import tokenizer as tk
from model import Model


class CachedModel(Model):
    """One token a sequence and a call; the cache holds the latents and the rotated key alone, and attention runs in its
    absorbed form: another way to the same numbers as Model.attention."""

    def start(self, rows, length):
        c = self.c
        kind = self.p["output_norm.weight"].dtype
        self.cache = [torch.zeros(rows, length, c["kv_lora"] + c["rope"], dtype=kind) for _ in range(c["layers"])]

    def attention(self, h, n, positions, groups):
        c, p = self.c, f"blk.{n}."
        rows = torch.arange(len(positions))
        q = self.linear(self.norm(self.linear(h, p + "attn_q_a.weight"), p + "attn_q_a_norm.weight"), p + "attn_q_b.weight").view(-1, c["heads"], c["nope"] + c["rope"])
        kv = self.linear(h, p + "attn_kv_a_mqa.weight")
        latent = self.norm(kv[:, :c["kv_lora"]], p + "attn_kv_a_norm.weight")
        k_rope = self.rotate(kv[:, c["kv_lora"]:].unsqueeze(1), positions).squeeze(1)
        self.cache[n][rows, positions] = torch.cat([latent, k_rope], -1)
        seen = self.cache[n][:, :int(positions.max()) + 1]
        absorbed = torch.einsum("thn,hrn->thr", q[..., :c["nope"]], self.p[p + "attn_k_b.weight"])
        query = torch.cat([absorbed, self.rotate(q[..., c["nope"]:], positions)], -1)
        scores = torch.bmm(query, seen.transpose(1, 2)) / math.sqrt(c["nope"] + c["rope"])
        later = torch.arange(seen.shape[1]).unsqueeze(0) > positions.unsqueeze(1)
        probs = torch.softmax(scores.masked_fill(later.unsqueeze(1), -math.inf), -1)
        mixed = torch.einsum("thr,hvr->thv", torch.bmm(probs, seen[..., :c["kv_lora"]]), self.p[p + "attn_v_b.weight"])
        return self.linear(mixed.flatten(1), p + "attn_output.weight")


def load(path):
    if path.endswith(".gguf"):
        model = reference_logits.load(path, torch.float32)
        return CachedModel(model.p, model.c)
    return CachedModel({n: w.detach() for n, w in torch.load(path).items()})


def prompt_ids(vocab, turns, system=None, think=True):
    """turns: (question, answer) pairs, the last answer None."""
    ids = vocab.encode(tk.BOS + (system or ""), special=True)
    for question, answer in turns:
        ids += [vocab.id_of[tk.USER]] + vocab.encode(question) + [vocab.id_of[tk.ASSISTANT]]
        if answer is not None:
            ids += vocab.encode(answer) + [vocab.eos]
    return ids + vocab.encode(tk.THINK + "\n" if think else tk.THINK + "\n\n" + tk.THINK_END + "\n\n", special=True)


def generate(model, vocab, prompts, temperature=0.0, seed=1, limit=300):
    """Texts after each prompt; all prompts advance together, one token a step."""
    gen = torch.Generator().manual_seed(seed)
    rows = [list(ids) for ids in prompts]
    model.start(len(rows), max(len(ids) for ids in prompts) + limit)
    open_rows = [True] * len(rows)
    at = 0
    with torch.no_grad():
        while any(open_rows) and at < model.cache[0].shape[1]:
            tokens = torch.tensor([row[at] if at < len(row) else vocab.pad for row in rows])
            logits = model.forward(tokens, torch.full((len(rows),), at), [])
            if temperature > 0:
                chosen = torch.multinomial(torch.softmax(logits / temperature, -1), 1, generator=gen).squeeze(1)
            else:
                chosen = logits.argmax(-1)
            at += 1
            for i, token in enumerate(chosen.tolist()):
                if open_rows[i] and at >= len(rows[i]):
                    if token == vocab.eos or at >= len(prompts[i]) + limit:
                        open_rows[i] = False
                    else:
                        rows[i].append(token)
    return [vocab.decode(row[len(ids):]) for row, ids in zip(rows, prompts)]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("model")
    args.add_argument("question", nargs="+")
    args.add_argument("--temperature", type=float, default=0.0)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--system")
    args.add_argument("--no-think", action="store_true")
    args = args.parse_args()
    vocab, model = tk.Tokenizer(), load(args.model)
    prompts = [prompt_ids(vocab, [(q, None)], args.system, not args.no_think) for q in args.question]
    for question, text in zip(args.question, generate(model, vocab, prompts, args.temperature, args.seed)):
        print(f">>> {question}\n{text}\n")


if __name__ == "__main__":
    main()
