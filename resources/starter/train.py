#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains the starter model on generated conversations.

usage: train.py OUT.pt --minutes 45 [--steps N] [--tokens 4096] [--workers 2] [--resume OUT.pt]
Muon for the matrices inside the layers, AdamW for embeddings, head, norms and gate. Expert loads are balanced by the
selection bias alone. The learning rate warms up, holds, and falls to zero over the last part; the plan follows the
clock when --minutes is given, since the machine may be shared. A checkpoint is written every few minutes.
"""
import argparse
import json
import math
import multiprocessing
import os
import random
import sys
import time

import torch
import torch.nn.functional as F

import make_data
import tokenizer as tk
from model import CONFIG, Model, new_parameters


def encode_sample(item, vocab):
    """(ids, first): loss counts from position `first` on."""
    prompt = tk.BOS + (item["system"] or "")
    text = vocab.encode(prompt, special=True)
    user, assistant = vocab.id_of[tk.USER], vocab.id_of[tk.ASSISTANT]
    for question, answer in item["turns"]:
        text += [user] + vocab.encode(question) + [assistant] + vocab.encode(answer) + [vocab.eos]
    text += [user] + vocab.encode(item["question"]) + [assistant]
    if item["reasoning"] is None:
        text += vocab.encode(tk.THINK + "\n\n" + tk.THINK_END + "\n\n", special=True)
        reply = vocab.encode(item["answer"])
    else:
        text += vocab.encode(tk.THINK + "\n", special=True)
        reply = vocab.encode(item["reasoning"] + "\n" + tk.THINK_END + "\n\n" + item["answer"], special=True)
    return text + reply + [vocab.eos], len(text)


def batches(vocab, seed, token_budget, longest):
    """Endless batches: a random chunk of samples sorted by length and cut into groups of nearly equal lengths."""
    rng = random.Random(seed)
    held = []
    while True:
        held, total = [], 0
        while total < token_budget:
            ids, first = encode_sample(make_data.sample(rng), vocab)
            if len(ids) <= longest:
                held.append((ids, first))
                total += len(ids)
        held.sort(key=lambda s: len(s[0]))
        tokens, positions, labels, groups, real = [], [], [], [], []
        at = 0
        while at < len(held):
            end = at + 1
            while end < len(held) and len(held[end][0]) - 1 <= (len(held[at][0]) - 1) * 1.12 + 4:
                end += 1
            length = len(held[end - 1][0]) - 1
            groups.append((len(tokens), end - at, length))
            for ids, first in held[at:end]:
                n = len(ids) - 1
                tokens += ids[:-1] + [vocab.pad] * (length - n)
                labels += [-1] * (first - 1) + ids[first:] + [-1] * (length - n)
                positions += range(length)
                real += [True] * n + [False] * (length - n)
            at = end
        labels = torch.tensor(labels)
        wanted = (labels >= 0).nonzero().squeeze(1)
        yield torch.tensor(tokens), torch.tensor(positions), groups, torch.tensor(real), wanted, labels[wanted]


def orthogonalised(g, steps=5):
    """Newton-Schulz towards the nearest semi-orthogonal matrix, batched; quintic of the Muon optimizer."""
    x = g.to(torch.bfloat16)
    flip = x.shape[-2] > x.shape[-1]
    if flip:
        x = x.transpose(-1, -2)
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True) + 1e-7).to(x.dtype)
    if x.dim() == 2:
        x = x.unsqueeze(0)
    for _ in range(steps):
        a = torch.bmm(x, x.transpose(1, 2))
        b = -4.7750 * a + 2.0315 * torch.bmm(a, a)
        x = 3.4445 * x + torch.bmm(b, x)
    if flip:
        x = x.transpose(-1, -2)
    return x.view(g.shape).to(g.dtype)


class Optimizer:
    def __init__(self, params, decay=0.05):
        self.p, self.decay, self.count = params, decay, 0
        self.muon = [n for n, w in params.items() if w.dim() >= 2 and n.startswith("blk.") and "gate_inp" not in n]
        self.adam = [n for n, w in params.items() if n not in self.muon and not n.endswith(".bias")]
        self.state = {n: torch.zeros_like(params[n]) for n in self.muon}
        self.state.update({n: (torch.zeros_like(params[n]), torch.zeros_like(params[n])) for n in self.adam})

    @torch.no_grad()
    def step(self, lr):
        self.count += 1
        for n in self.muon:
            w, m = self.p[n], self.state[n]
            m.lerp_(w.grad, 0.05)
            update = orthogonalised(w.grad.lerp(m, 0.95))
            w.mul_(1 - lr * self.decay).add_(update, alpha=-lr * 0.2 * math.sqrt(max(w.shape[-2:])))
        for n in self.adam:
            w, (m, v) = self.p[n], self.state[n]
            m.lerp_(w.grad, 0.1)
            v.mul_(0.98).addcmul_(w.grad, w.grad, value=0.02)
            scale = math.sqrt(1 - 0.98 ** self.count) / (1 - 0.9 ** self.count)
            w.addcdiv_(m, v.sqrt().add_(1e-8), value=-lr * scale)


def rate_at(done, peak):
    """Trapezium: warm-up over 2 %, flat, linear to zero over the last 40 %."""
    return peak * min(1.0, done / 0.02 + 0.01, (1.0 - done) / 0.4)


def work(rank, args, params, stats):
    """One worker: its own batches and momentum, the weights shared. Workers do not wait for each other: on a shared
    machine the slowest would set the pace, and an update that is one step late does no harm."""
    torch.set_num_threads(1)
    local = {n: w.detach() for n, w in params.items()}
    for n, w in local.items():
        w.requires_grad_(not n.endswith(".bias"))
    model = Model(local, compute=torch.bfloat16)
    optimizer = Optimizer(local)
    source = batches(tk.Tokenizer(), args.seed * 1000 + rank, args.tokens, CONFIG["context"] // 2)
    started = saved = time.time()
    mean_loss, reported = None, 0
    log = open(os.path.splitext(args.out)[0] + ".log", "a")
    while True:
        seconds = time.time() - started
        steps = int(stats[:, 0].sum())
        done = min(1.0, steps / args.steps if args.steps else seconds / (args.minutes * 60))
        tokens, positions, groups, real, wanted, labels = next(source)
        for w in local.values():
            w.grad = None
        loss = F.cross_entropy(model.forward(tokens, positions, groups, real, wanted).float(), labels)
        loss.backward()
        lr = rate_at(done, args.rate)
        optimizer.step(lr)
        busiest = []
        with torch.no_grad():  # loads even out by the bias alone: up for idle experts, down for busy ones
            for n, load in model.loads.items():
                load = load.float()
                busiest.append(round(float(load.max() / load.mean()), 2))
                local[f"blk.{n}.exp_probs_b.bias"].add_(torch.sign(load.mean() - load), alpha=0.005 * min(1.0, (1 - done) / 0.4))
        stats[rank] += torch.tensor([1, int(real.sum())])
        value = loss.item()
        mean_loss = value if mean_loss is None else mean_loss * 0.95 + value * 0.05
        if not math.isfinite(value):
            sys.exit("the loss is no longer finite")
        if rank == 0:
            if steps - reported >= 20 or steps < 3:
                reported, seen = steps, int(stats[:, 1].sum())
                line = json.dumps({"step": steps, "tokens": seen, "seconds": round(seconds), "loss": round(mean_loss, 4), "rate": round(lr, 6), "busiest_expert": busiest, "tokens_per_s": round(seen / max(seconds, 1))})
                print(line, file=log, flush=True)
                print(line, flush=True)
            if time.time() - saved > 180 or done >= 1:
                saved = time.time()
                save(params, args.out)
        if done >= 1:
            return


def save(params, path):
    """A checkpoint is there whole or not at all."""
    torch.save({n: w.detach().clone() for n, w in params.items()}, path + ".part")
    os.replace(path + ".part", path)


def run(work, args, params, *more):
    """work(rank, args, *more, params, stats) in --workers processes that share the parameters."""
    params = {n: w.detach().share_memory_() for n, w in params.items()}
    stats = torch.zeros(args.workers, 2, dtype=torch.float64).share_memory_()
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=work, args=(k, args, *more, params, stats), daemon=True) for k in range(1, args.workers)]
    for other in others:
        other.start()
    work(0, args, *more, params, stats)
    for other in others:
        other.join()
    save(params, args.out)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("out")
    args.add_argument("--minutes", type=float, default=45)
    args.add_argument("--steps", type=int, default=0, help="stop after this many steps instead of after --minutes")
    args.add_argument("--tokens", type=int, default=4096, help="tokens a step of one worker")
    args.add_argument("--rate", type=float, default=3e-3)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--workers", type=int, default=2, help="processes of one thread each: on a shared machine they wait less than threads do")
    args.add_argument("--resume", help="start from these weights")
    args = args.parse_args()
    torch.set_num_threads(1)
    assert len(tk.Tokenizer().tokens) == CONFIG["vocab"]
    params = torch.load(args.resume) if args.resume else new_parameters(CONFIG, args.seed)
    run(work, args, params)


if __name__ == "__main__":
    main()
