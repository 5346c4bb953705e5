# SPDX-License-Identifier: MIT
"""The starter model: `deepseek2` with DeepSeek-V3's features, small.

Multi-head latent attention with Q-LoRA and decoupled RoPE on adjacent pairs (DeepSeek-V2 report, section 2.1);
mixture of experts with a sigmoid gate, a selection bias instead of an auxiliary loss, and group-limited top-k
(DeepSeek-V3 report, section 2.1.2). Parameter names and shapes are those of the GGUF tensors, outermost dimension
first, so that the exporter only writes them down. Tokens of all sequences lie flat, [tokens, hidden]; only attention
sees sequences. `compute` is the type of the large products; norms, gate and softmax stay in float32 or wider.
"""
import math

import torch
import torch.nn.functional as F

CONFIG = dict(vocab=4096, embd=256, layers=5, dense=1, ff=768, heads=8, q_lora=128, kv_lora=128, nope=32, rope=32, v=32,
              experts=64, used=8, groups=8, groups_used=4, shared=1, ff_exp=64, scale=2.5, eps=1e-6, freq_base=10000.0, context=2048)


def parameter_shapes(c):
    """name -> shape, outermost first."""
    shapes = {"token_embd.weight": (c["vocab"], c["embd"]), "output_norm.weight": (c["embd"],), "output.weight": (c["vocab"], c["embd"])}
    for n in range(c["layers"]):
        shapes.update(layer_shapes(c, n))
    return shapes


def layer_shapes(c, n):
    """Those of layer n; behind the dense ones the layers are mixtures of experts."""
    h, p = c["heads"], f"blk.{n}."
    shapes = {p + "attn_norm.weight": (c["embd"],), p + "ffn_norm.weight": (c["embd"],),
              p + "attn_q_a.weight": (c["q_lora"], c["embd"]), p + "attn_q_a_norm.weight": (c["q_lora"],),
              p + "attn_q_b.weight": (h * (c["nope"] + c["rope"]), c["q_lora"]),
              p + "attn_kv_a_mqa.weight": (c["kv_lora"] + c["rope"], c["embd"]), p + "attn_kv_a_norm.weight": (c["kv_lora"],),
              p + "attn_k_b.weight": (h, c["kv_lora"], c["nope"]), p + "attn_v_b.weight": (h, c["v"], c["kv_lora"]),
              p + "attn_output.weight": (c["embd"], h * c["v"])}
    if n < c["dense"]:
        shapes.update({p + "ffn_gate.weight": (c["ff"], c["embd"]), p + "ffn_up.weight": (c["ff"], c["embd"]), p + "ffn_down.weight": (c["embd"], c["ff"])})
        return shapes
    e, f, s = c["experts"], c["ff_exp"], c["ff_exp"] * c["shared"]
    shapes.update({p + "ffn_gate_inp.weight": (e, c["embd"]), p + "exp_probs_b.bias": (e,),
                   p + "ffn_gate_exps.weight": (e, f, c["embd"]), p + "ffn_up_exps.weight": (e, f, c["embd"]), p + "ffn_down_exps.weight": (e, c["embd"], f),
                   p + "ffn_gate_shexp.weight": (s, c["embd"]), p + "ffn_up_shexp.weight": (s, c["embd"]), p + "ffn_down_shexp.weight": (c["embd"], s)})
    return shapes


def new_parameters(c, seed):
    """Fresh float32 parameters."""
    gen = torch.Generator().manual_seed(seed)
    params = {}
    for name, shape in parameter_shapes(c).items():
        if name.endswith("norm.weight"):
            params[name] = torch.ones(shape)
        elif name.endswith(".bias"):
            params[name] = torch.zeros(shape)
        else:
            fan_in = shape[-2] if "attn_k_b" in name else shape[-1]
            std = 1.0 / math.sqrt(fan_in)
            if name == "token_embd.weight":
                std = 0.5
            elif "down" in name or "attn_output" in name:
                std *= 0.5 / math.sqrt(c["layers"])
            elif name == "output.weight":
                std *= 0.5
            params[name] = torch.randn(shape, generator=gen) * std
    return params


class RmsNorm(torch.autograd.Function):
    """y = x / rms(x) * w, written out to spare memory traffic."""

    @staticmethod
    def forward(ctx, x, w, eps, out_type):
        rstd = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
        normed = x * rstd
        ctx.save_for_backward(normed, rstd, w)
        return (normed * w).to(out_type)

    @staticmethod
    def backward(ctx, grad):
        normed, rstd, w = ctx.saved_tensors
        grad = grad.to(normed.dtype)
        grad_w = (grad * normed).sum(0)
        grad = grad * w
        inner = (grad * normed).mean(-1, keepdim=True)
        return (grad - normed * inner) * rstd, grad_w, None, None


class ExpertFfn(torch.autograd.Function):
    """Routed experts as three batched products over experts padded to the busiest one. Gathers both ways, no scatter-add.

    x [tokens, embd]; slot_of [tokens * used], token_of [experts * capacity] index maps; weight [tokens, used] the gate;
    gate, up [experts, ff, embd]; down [experts, embd, ff] -> [tokens, embd]. The last slot of expert 0 always stays empty
    (gate 0): an assignment that is padding or found no room points there and adds nothing.
    """

    @staticmethod
    def forward(ctx, x, weight, gate, up, down, slot_of, token_of):
        e, f, d = gate.shape
        n, used = weight.shape
        kind = x.dtype
        both_c, down_c = torch.cat([gate, up], 1).to(kind), down.to(kind)
        xs = x.index_select(0, token_of).view(e, -1, d)
        empty = xs.shape[1] - 1
        slot_weight = weight.new_zeros(xs.shape[0] * xs.shape[1])
        slot_weight[slot_of] = weight.reshape(-1)
        slot_weight[empty] = 0
        slot_weight = slot_weight.view(e, -1, 1).to(kind)
        g, u = torch.bmm(xs, both_c.transpose(1, 2)).split(f, -1)
        h = F.silu(g) * u
        y = torch.bmm(h * slot_weight, down_c.transpose(1, 2)).view(-1, d)
        ctx.save_for_backward(xs, slot_weight, g, u, h, both_c, down_c, slot_of, token_of)
        ctx.sizes = (n, used)
        return y.index_select(0, slot_of).view(n, used, d).sum(1)

    @staticmethod
    def backward(ctx, grad):
        xs, slot_weight, g, u, h, both_c, down_c, slot_of, token_of = ctx.saved_tensors
        n, used = ctx.sizes
        e, d, f = down_c.shape
        gy = grad.index_select(0, token_of).view(e, -1, d)
        grad_down = torch.bmm(gy.transpose(1, 2), h * slot_weight)
        gh = torch.bmm(gy, down_c)
        grad_slot = (gh * h).sum(-1, dtype=weight_type(gh)).view(-1)
        grad_slot[xs.shape[1] - 1] = 0
        grad_weight = grad_slot[slot_of].view(n, used)
        gh = gh * slot_weight
        s = torch.sigmoid(g)
        silu = g * s
        both = torch.cat([gh * u * (s + silu * (1 - s)), gh * silu], -1)
        grad_gate, grad_up = torch.bmm(xs.transpose(1, 2), both).transpose(1, 2).to(weight_type(gh)).split(f, 1)
        gx = torch.bmm(both, both_c).view(-1, d)
        grad_x = gx.index_select(0, slot_of).view(n, used, d).sum(1)
        return grad_x, grad_weight, grad_gate, grad_up, grad_down.to(weight_type(gh)), None, None


def weight_type(x):
    """Type of the stored weights when the products run in the type of `x`."""
    return torch.float32 if x.dtype == torch.bfloat16 else x.dtype


def route(logits, bias, c):
    """Gate: (chosen experts [tokens, used], their weights). The bias chooses, the unbiased probabilities weigh."""
    p = torch.sigmoid(logits)
    with torch.no_grad():
        choice = p + bias
        if c["groups"] > 1:
            grouped = choice.view(-1, c["groups"], c["experts"] // c["groups"])
            score = grouped.topk(2, dim=-1)[0].sum(-1)
            best = score.topk(c["groups_used"], dim=-1)[1]
            open_groups = torch.zeros_like(score, dtype=torch.bool).scatter_(1, best, True)
            choice = grouped.masked_fill(~open_groups.unsqueeze(-1), -math.inf).view(-1, c["experts"])
        chosen = choice.topk(c["used"], dim=-1)[1]
    weight = p.gather(1, chosen)
    weight = weight / weight.sum(-1, keepdim=True) * c["scale"]
    return chosen, weight


def plan_slots(chosen, real, experts, slack=2.0):
    """Index maps for ExpertFfn and the load per expert. Tokens with real == False get no expert."""
    n, used = chosen.shape
    owner = torch.where(real.unsqueeze(1), chosen, torch.full_like(chosen, experts)).reshape(-1)
    order = torch.argsort(owner, stable=True)
    counts = torch.bincount(owner, minlength=experts + 1)
    load = counts[:experts]
    cap = int(min(int(load.max()), max(8, slack * n * used / experts))) + 1
    start = torch.cumsum(counts, 0) - counts
    sorted_owner = owner[order]
    rank = torch.arange(n * used) - start[sorted_owner]
    fits = (sorted_owner < experts) & (rank < cap - 1)
    slot = torch.where(fits, sorted_owner * cap + rank, torch.full_like(rank, cap - 1))
    slot_of = torch.empty_like(slot)
    slot_of[order] = slot
    token_of = torch.zeros(experts * cap, dtype=torch.long)
    token_of[slot] = torch.div(order, used, rounding_mode="floor")
    return slot_of, token_of, load


class Model:
    """Forward pass over a dictionary of parameters."""

    def __init__(self, params, config=None, compute=torch.float32):
        self.c = dict(CONFIG if config is None else config)
        self.p = params
        self.compute = compute
        self.loads = {}
        c = self.c
        wide = params["output_norm.weight"].dtype
        freq = c["freq_base"] ** (-torch.arange(0, c["rope"], 2, dtype=torch.float64) / c["rope"])
        angle = torch.arange(c["context"], dtype=torch.float64).unsqueeze(1) * freq
        self.cos, self.sin = angle.cos().to(wide), angle.sin().to(wide)

    def linear(self, x, name):
        w = self.p[name]
        return F.linear(x, w.to(x.dtype))

    def norm(self, x, name):
        return RmsNorm.apply(x.to(self.p[name].dtype), self.p[name], self.c["eps"], self.compute)

    def rotate(self, x, positions):
        """RoPE on adjacent pairs; x [tokens, heads, rope]."""
        cos, sin = self.cos[positions].unsqueeze(1).to(x.dtype), self.sin[positions].unsqueeze(1).to(x.dtype)
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

    def heads_of(self, h, n, positions):
        """Queries (scaled), keys and values [tokens, heads, width] of layer n."""
        c, p = self.c, f"blk.{n}."
        heads, nope, rope = c["heads"], c["nope"], c["rope"]
        q = self.linear(self.norm(self.linear(h, p + "attn_q_a.weight"), p + "attn_q_a_norm.weight"), p + "attn_q_b.weight").view(-1, heads, nope + rope)
        kv = self.linear(h, p + "attn_kv_a_mqa.weight")
        latent = self.norm(kv[:, :c["kv_lora"]], p + "attn_kv_a_norm.weight")
        w_k = self.p[p + "attn_k_b.weight"].to(h.dtype).permute(0, 2, 1).reshape(heads * nope, c["kv_lora"])
        w_v = self.p[p + "attn_v_b.weight"].to(h.dtype).reshape(heads * c["v"], c["kv_lora"])
        k_nope = F.linear(latent, w_k).view(-1, heads, nope)
        value = F.linear(latent, w_v).view(-1, heads, c["v"])
        q_rope = self.rotate(q[..., nope:], positions)
        k_rope = self.rotate(kv[:, c["kv_lora"]:].unsqueeze(1), positions)
        q = torch.cat([q[..., :nope], q_rope], -1) * (1.0 / math.sqrt(nope + rope))
        k = torch.cat([k_nope, k_rope.expand(-1, heads, -1)], -1)
        return q, k, value

    def attention(self, h, n, positions, groups):
        """h [tokens, embd] -> [tokens, embd]. groups: (first token, sequences, length) of equally long sequences."""
        heads = self.c["heads"]
        q, k, value = self.heads_of(h, n, positions)
        out = []
        for first, count, length in groups:
            part = slice(first, first + count * length)

            def by_head(x):
                return x[part].view(count, length, heads, -1).transpose(1, 2).reshape(count * heads, length, -1)

            mask = torch.full((length, length), -math.inf, dtype=q.dtype).triu_(1)
            scores = torch.baddbmm(mask.expand(count * heads, -1, -1), by_head(q), by_head(k).transpose(1, 2))
            probs = torch.softmax(scores, -1)
            mixed = torch.bmm(probs, by_head(value))
            out.append(mixed.view(count, heads, length, -1).transpose(1, 2).reshape(count * length, -1))
        return self.linear(torch.cat(out), f"blk.{n}.attn_output.weight")

    def gated(self, h, gate, up, down):
        return self.linear(F.silu(self.linear(h, gate)) * self.linear(h, up), down)

    def moe(self, h, x_normed, n, real):
        c, p = self.c, f"blk.{n}."
        logits = F.linear(x_normed, self.p[p + "ffn_gate_inp.weight"])
        chosen, weight = route(logits, self.p[p + "exp_probs_b.bias"], c)
        slot_of, token_of, load = plan_slots(chosen, real, c["experts"], slack=2.0 if self.compute == torch.bfloat16 else 1e9)
        self.loads[n] = load
        routed = ExpertFfn.apply(h, weight, self.p[p + "ffn_gate_exps.weight"], self.p[p + "ffn_up_exps.weight"], self.p[p + "ffn_down_exps.weight"], slot_of, token_of)
        return routed + self.gated(h, p + "ffn_gate_shexp.weight", p + "ffn_up_shexp.weight", p + "ffn_down_shexp.weight")

    def layer(self, x, n, positions, groups, real):
        p = f"blk.{n}."
        x = x + self.attention(self.norm(x, p + "attn_norm.weight"), n, positions, groups)
        h = self.norm(x, p + "ffn_norm.weight")
        if n < self.c["dense"]:
            return x + self.gated(h, p + "ffn_gate.weight", p + "ffn_up.weight", p + "ffn_down.weight")
        return x + self.moe(h, h.to(x.dtype), n, real)

    def trunk(self, tokens, positions, groups, real=None):
        """tokens, positions [tokens] -> what the layers make of them [tokens, embd], before the last norm."""
        if real is None:
            real = torch.ones_like(tokens, dtype=torch.bool)
        x = F.embedding(tokens, self.p["token_embd.weight"])
        for n in range(self.c["layers"]):
            x = self.layer(x, n, positions, groups, real)
        return x

    def forward(self, tokens, positions, groups, real=None, wanted=None):
        """tokens, positions [tokens] -> logits [wanted tokens, vocab]."""
        x = self.trunk(tokens, positions, groups, real)
        if wanted is not None:
            x = x.index_select(0, wanted)
        return self.linear(self.norm(x, "output_norm.weight"), "output.weight")
