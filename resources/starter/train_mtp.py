#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains a next-token layer (DeepSeek-V3 report, section 2.2) behind a finished starter model, which stays as it is.

usage: train_mtp.py MODEL.gguf OUT.pt --steps 600 [--tokens 4096] [--workers 2] [--resume OUT.pt]
Only the layer is trained; embedding and output head are the model's. It learns what the model itself will say, not the
text: the goal is the model's own distribution of each token, given the text before it. A guess stands on the one
before it when several are made in a row, so the layer runs `--chain` times over each text, as the engine runs it: the
k-th time on what the time before made of the token, seeing the rows of the first time and its own predecessors.
"""
import argparse
import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F

import reference_logits
import tokenizer as tk
from model import CONFIG, Model, layer_shapes
from train import Optimizer, batches, rate_at, run, save


def next_token_shapes(c):
    """name -> shape of what stands behind layer c["layers"] - 1."""
    p, d = f"blk.{c['layers']}.", c["embd"]
    shapes = {p + "nextn.eh_proj.weight": (d, 2 * d)}
    shapes.update({p + f"nextn.{name}.weight": (d,) for name in ("enorm", "hnorm", "shared_head_norm")})
    shapes.update(layer_shapes(c, c["layers"]))
    return shapes


def first_parameters(trunk, c):
    """The layer begins as a copy of the last one, on the sum of both inputs: they live in one space already."""
    params = {}
    for name, shape in next_token_shapes(c).items():
        if "nextn." not in name:
            params[name] = trunk[name.replace(f"blk.{c['layers']}.", f"blk.{c['layers'] - 1}.")].clone()
        elif name.endswith("eh_proj.weight"):
            params[name] = torch.cat([torch.eye(c["embd"])] * 2, 1) * 0.5
        else:
            params[name] = torch.ones(shape)
        assert params[name].shape == shape, name
    params[f"blk.{c['layers']}.nextn.shared_head_norm.weight"] = trunk["output_norm.weight"].clone()
    return params


class NextTokenLayer(Model):
    """`p` holds the layer and the trunk's embedding, last norm and head."""

    def start(self):
        self.rows = []  # keys and values of each guess in a row, the first guess first

    def attention(self, h, n, positions, groups):
        """A first guess sees the first guesses before it; a later one those up to its own first one, and the later
        ones between that and itself."""
        heads = self.c["heads"]
        q, k, value = self.heads_of(h, n, positions)
        self.rows.append((k, value))
        out = []
        for first, count, length in groups:
            part = slice(first, first + count * length)

            def by_head(x):
                return x[part].view(count, length, heads, -1).transpose(1, 2).reshape(count * heads, length, -1)

            mask = torch.full((length, length), -math.inf, dtype=q.dtype).triu_(1)
            query = by_head(q)
            scores = [torch.baddbmm(mask.expand(count * heads, -1, -1), query, by_head(self.rows[0][0]).transpose(1, 2))]
            scores += [(query * by_head(row[0])).sum(-1, keepdim=True) for row in self.rows[1:]]
            probs = torch.softmax(torch.cat(scores, -1), -1)
            mixed = torch.bmm(probs[..., :length], by_head(self.rows[0][1]))
            for j, row in enumerate(self.rows[1:]):
                mixed = mixed + probs[..., length + j:length + j + 1] * by_head(row[1])
            out.append(mixed.view(count, heads, length, -1).transpose(1, 2).reshape(count * length, -1))
        return self.linear(torch.cat(out), f"blk.{n}.attn_output.weight")

    def guess(self, h, following, positions, groups, real):
        """h [tokens, embd] behind a norm, the tokens after them -> [tokens, embd], what the head sees and the next
        guess in a row goes on from."""
        n = self.c["layers"]
        p = f"blk.{n}.nextn."
        embedded = F.embedding(following, self.p["token_embd.weight"])
        x = self.linear(torch.cat([self.norm(embedded, p + "enorm.weight"), self.norm(h, p + "hnorm.weight")], -1), p + "eh_proj.weight")
        return self.norm(self.layer(x.to(embedded.dtype), n, positions, groups, real), p + "shared_head_norm.weight")


def losses(trunk, layer, batch, chain):
    """For each guess in a row: (divergence from the trunk's distributions, how often both name the same token,
    tokens by expert)."""
    tokens, positions, groups, real, wanted, _ = batch
    with torch.no_grad():
        h = trunk.norm(trunk.trunk(tokens, positions, groups, real), "output_norm.weight")
        said = trunk.linear(h[wanted], "output.weight").float()
        goal, named = torch.softmax(said, -1), said.argmax(-1)
        uncertainty = -(goal * torch.log_softmax(said, -1)).sum(-1).mean()
    layer.start()
    out = []
    for k in range(1, chain + 1):
        # What the trunk says at position w the k-th guess says from position w - k; answers begin late enough.
        inside = real & real.roll(-k) & (positions.roll(-k) == positions + k)
        h = layer.guess(h, tokens.roll(-k), positions + k - 1, groups, inside)
        guessed = layer.linear(h.index_select(0, wanted - k), "output.weight").float()
        same = (guessed.detach().argmax(-1) == named).float().mean()
        out.append((F.cross_entropy(guessed, goal) - uncertainty, same, layer.loads[layer.c["layers"]]))
    return out


def halved(params):
    """Frozen weights of the large products in the type that these run in."""
    keep = ("norm.weight", "gate_inp.weight", ".bias", "token_embd.weight")
    return {n: w if n.endswith(keep) else w.to(torch.bfloat16) for n, w in params.items()}


def work(rank, args, frozen, params, stats):
    """One worker, as in train.py."""
    torch.set_num_threads(1)
    local = {n: w.detach() for n, w in params.items()}
    for n, w in local.items():
        w.requires_grad_(not n.endswith(".bias"))
    trunk = Model(frozen, CONFIG, compute=torch.bfloat16)
    shared = {n: frozen[n] for n in ("token_embd.weight", "output_norm.weight", "output.weight")}
    layer = NextTokenLayer({**shared, **local}, CONFIG, compute=torch.bfloat16)
    bias = local[f"blk.{CONFIG['layers']}.exp_probs_b.bias"]
    optimizer = Optimizer(local)
    source = batches(tk.Tokenizer(), args.seed * 1000 + rank, args.tokens, CONFIG["context"] // 2)
    started = saved = time.time()
    mean, reported = None, 0
    log = open(os.path.splitext(args.out)[0] + ".log", "a")
    while True:
        steps = int(stats[:, 0].sum())
        done = min(1.0, steps / args.steps)
        batch = next(source)
        for w in local.values():
            w.grad = None
        found = losses(trunk, layer, batch, args.chain)
        # A guess counts only where those before it were right.
        loss = sum(value * 0.8 ** k for k, (value, _, _) in enumerate(found))
        loss.backward()
        lr = rate_at(done, args.rate)
        optimizer.step(lr)
        with torch.no_grad():
            load = sum(load for _, _, load in found).float()
            bias.add_(torch.sign(load.mean() - load), alpha=0.005 * min(1.0, (1 - done) / 0.4))
        stats[rank] += torch.tensor([1, int(batch[3].sum())])
        now = torch.tensor([[value.item(), same.item()] for value, same, _ in found])
        mean = now if mean is None else mean * 0.95 + now * 0.05
        if not math.isfinite(loss.item()):
            sys.exit("the loss is no longer finite")
        if rank == 0:
            seconds = time.time() - started
            if steps - reported >= 20 or steps < 3:
                reported, seen = steps, int(stats[:, 1].sum())
                line = json.dumps({"step": steps, "tokens": seen, "seconds": round(seconds), "loss": [round(v, 4) for v in mean[:, 0].tolist()],
                                   "same": [round(v, 4) for v in mean[:, 1].tolist()], "rate": round(lr, 6), "busiest_expert": round(float(load.max() / load.mean()), 2)})
                print(line, file=log, flush=True)
                print(line, flush=True)
            if time.time() - saved > 120 or done >= 1:
                saved = time.time()
                save(params, args.out)
        if done >= 1:
            return


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("model")
    args.add_argument("out")
    args.add_argument("--steps", type=int, default=600)
    args.add_argument("--tokens", type=int, default=4096, help="tokens a step of one worker")
    args.add_argument("--chain", type=int, default=3, help="guesses in a row")
    args.add_argument("--rate", type=float, default=2e-3)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--workers", type=int, default=2)
    args.add_argument("--resume", help="start from these weights")
    args = args.parse_args()
    torch.set_num_threads(1)
    whole = reference_logits.load(args.model, torch.float32).p
    params = torch.load(args.resume) if args.resume else first_parameters(whole, CONFIG)
    frozen = halved({n: w for n, w in whole.items() if not n.startswith(f"blk.{CONFIG['layers']}.")})
    run(work, args, params, frozen)


if __name__ == "__main__":
    main()
