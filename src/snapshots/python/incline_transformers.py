"""Forward passes of incline's decoder and encoder, for numpy and torch alike, from the parameters of a snapshot.

Rows are tokens, x @ W everywhere; head h has columns h · key width … of W_Q, W_K and W_V and those rows of W_O; scores are
scaled by 1/√(key width); norms have ε = 1e-5, layer norm the biased variance; gelu is in its tanh form.
"""

import json
import math

import numpy

# Added to scores that must not count.
_MASKED = -1e9


def predict(snapshot, prompts, **options):
    """Predictions of a decoder or encoder in numpy, without gradients; see `module`."""
    return _forward_of(snapshot)(numpy, snapshot.params, numpy.asarray(prompts), **options)


def module(snapshot):
    """A decoder or encoder as a torch.nn.Module whose state_dict has the names of the snapshot. What is pruned stays so.

    A decoder takes tokens [prompts, tokens, features] and predicts at every token [prompts, tokens], of symbols the logits
    [prompts, tokens, symbols]. Tasks read it out at some: those of functions at tokens 0, 2, 4, …, those of patterns and pairs
    at the last. Prompts shorter than the positions that were learned need `start`, the position of their first token;
    `present` [prompts, tokens] is 0 where a place is empty.
    An encoder takes the labels of the prompt [prompts, examples] and predicts for every token of the dictionary.
    """
    import torch

    forward = _forward_of(snapshot)

    class Transformer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, value in snapshot.params.items():
                *path, leaf = name.split(".")
                place = self
                for part in path:
                    if part not in place._modules:
                        place.add_module(part, torch.nn.Module())
                    place = place._modules[part]
                place.register_parameter(leaf, torch.nn.Parameter(torch.tensor(value)))

        def forward(self, prompts, **options):
            return forward(torch, dict(self.named_parameters()), prompts, **options)

    return Transformer()


def _forward_of(snapshot):
    model = snapshot.config["model"]
    forwards = {"decoder": _decoder, "encoder": _encoder}
    if model["name"] not in forwards:
        raise ValueError(f"no forward pass of {model['name']} here; expected one of {', '.join(forwards)}")
    done = json.loads(snapshot.metadata.get("interventions", "[]"))
    if done:
        raise ValueError(f"heads are intervened on ({', '.join(done)}), which is not computed here; restore them and save")

    def forward(library, params, prompts, **options):
        return forwards[model["name"]](_Pass(library, params, model, snapshot), prompts, **options)

    return forward


class _Pass:
    """One forward pass. numpy and torch compute it by the same names; arrays are [prompt, token, …]."""

    def __init__(self, library, params, model, snapshot):
        self.lib, self.params, self.model, self.snapshot = library, params, model, snapshot
        self.masks = snapshot.section("mask")

    def like(self, x, values):
        """Values of the kind and on the device of x."""
        if self.lib is numpy:
            return numpy.asarray(values, dtype=x.dtype)
        return values.to(x) if hasattr(values, "to") else x.new_tensor(numpy.asarray(values))

    def norm(self, x, name):
        """Layer norm with biased variance, or RMS norm; ε = 1e-5."""
        if self.model.get("norm") == "rms":
            return x / self.lib.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5) * self.params[name + ".gain"]
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / self.lib.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
        return scaled * self.params[name + ".gain"] + self.params[name + ".bias"]

    def of(self, layer, name):
        """The name of a parameter of a layer; layers that are applied again have the same."""
        return f"layers.{layer % self.model['layers']}.{name}"

    def attention(self, x, layer, scores_more, places=None):
        prompts, tokens, _ = x.shape
        own = {key: self.params[self.of(layer, "attn." + key)] for key in "W_Q W_K W_V W_O b_Q b_K b_V b_O".split()}
        heads = self.model["heads"]

        def split(part):  # [prompt, head, token, key width]
            return (x @ own["W_" + part] + own["b_" + part]).reshape(prompts, tokens, heads, -1).swapaxes(1, 2)

        q, k, v = split("Q"), split("K"), split("V")
        if places is not None:
            q, k = self.turned(q, places), self.turned(k, places)
        scores = q @ k.swapaxes(2, 3) / math.sqrt(q.shape[-1]) + scores_more
        powers = self.lib.exp(scores - self.lib.amax(scores, axis=-1, keepdims=True))
        z = powers / powers.sum(axis=-1, keepdims=True) @ v
        if "heads" in self.masks:
            z = z * self.like(x, self.masks["heads"][layer]).reshape(1, heads, 1, 1)
        return z.swapaxes(1, 2).reshape(prompts, tokens, -1) @ own["W_O"] + own["b_O"]

    def state_space(self, u, layer, present=None):
        """A selective state space, token by token: S ← e^(−Δ e^A) S + Δ B xᵀ, y = Sᵀ C + D x, gated."""
        prompts, tokens, _ = u.shape
        own = {key: self.params[self.of(layer, "ssm." + key)] for key in "W_z W_dt b_dt A_log D W_O".split()}
        heads = self.model["heads"]
        there = self.like(u, numpy.ones((prompts, tokens)) if present is None else present)[..., None]

        def silu(x):
            return x * (1 + self.lib.tanh(x / 2)) / 2

        def convolved(name):  # [prompt, token, head, key width]
            kernel = self.params[self.of(layer, "ssm.conv_" + name)]
            before = (u @ self.params[self.of(layer, "ssm.W_" + name)]) * there
            total = self.params[self.of(layer, "ssm.b_" + name)]
            for i in range(min(len(kernel), tokens)):
                total = total + self.like(u, numpy.eye(tokens, k=-i)) @ before * kernel[i]
            return silu(total).reshape(prompts, tokens, heads, -1)

        C, B, x = convolved("C"), convolved("B"), convolved("x")
        raw = u @ own["W_dt"] + own["b_dt"]
        positive = raw * (raw > 0)
        steps = (positive + self.lib.log1p(self.lib.exp(raw - 2 * positive))) * there  # softplus, [prompt, token, head]
        decays = self.lib.exp(-steps * self.lib.exp(own["A_log"]))
        state, outputs = 0, []
        for t in range(tokens):
            added = steps[:, t, :, None, None] * B[:, t, :, :, None] * x[:, t, :, None, :]
            state = decays[:, t, :, None, None] * state + added
            outputs.append((C[:, t, :, :, None] * state).sum(axis=2) + own["D"][:, None] * x[:, t])
        z = self.lib.stack(outputs, 1) * silu(u @ own["W_z"]).reshape(prompts, tokens, heads, -1)
        if "heads" in self.masks:
            z = z * self.like(u, self.masks["heads"][layer]).reshape(1, 1, heads, 1)
        return z.reshape(prompts, tokens, -1) @ own["W_O"]

    def turned(self, x, places):
        """Entries j and j + width/2 turned by place · 10000^(−2j/width): rotary positions."""
        width = x.shape[-1]
        half = width // 2
        angles = numpy.outer(places, 10000.0 ** (-(numpy.arange(width) % half) / half))
        swap = numpy.zeros((width, width))
        swap[numpy.arange(half) + half, numpy.arange(half)] = -1
        swap[numpy.arange(half), numpy.arange(half) + half] = 1
        return x * self.like(x, numpy.cos(angles)) + x @ self.like(x, swap) * self.like(x, numpy.sin(angles))

    def perceptron(self, x, layer):
        own = {key: self.params[self.of(layer, "mlp." + key)] for key in "W_in b_in W_out b_out".split()}
        before = x @ own["W_in"] + own["b_in"]
        if self.model["activation"] == "relu":
            neurons = before * (before > 0)
        else:
            neurons = before * (1 + self.lib.tanh(math.sqrt(2 / math.pi) * (before + 0.044715 * before**3))) / 2
        if "neurons" in self.masks:
            neurons = neurons * self.like(x, self.masks["neurons"][layer])
        return neurons @ own["W_out"] + own["b_out"]


def _decoder(run, tokens, present=None, start=None):
    """x + attention(ln1(x)) or a state space instead, x + mlp(ln2(x)); a token attends to itself and earlier ones."""
    params, count = run.params, tokens.shape[1]
    x = tokens @ params["in.W"] + params["in.b"]
    if "pos" in params:
        if start is None and count < len(params["pos"]):
            raise ValueError(f"{count} tokens for {len(params['pos'])} positions; start says where the first one stands")
        x = x + params["pos"][(start or 0) : (start or 0) + count]
    scores_more = run.like(x, numpy.triu(numpy.full((count, count), _MASKED), 1))
    if present is not None:
        scores_more = scores_more + _MASKED * (1 - run.like(x, present))[:, None, None, :]
    places = numpy.arange(count) if run.model["positions"] == "rotary" else None
    for layer in range(run.model["layers"] * run.model.get("loops", 1)):
        u = run.norm(x, run.of(layer, "ln1"))
        mixes_by_state = run.model.get("mixer") == "state_space"
        x = x + (run.state_space(u, layer, present) if mixes_by_state else run.attention(u, layer, scores_more, places))
        if run.model["mlp_width"] > 0:
            x = x + run.perceptron(run.norm(x, run.of(layer, "ln2")), layer)
    read_out = params["out.W"] if "out.W" in params else params["in.W"].T
    output = run.norm(x, "final") @ read_out + params["out.b"]
    return output[..., 0] if output.shape[-1] == 1 else output


def _encoder(run, labels):
    """ln1(x + attention(x)), ln2(x + mlp(x)) of the dictionary's tokens with the labels of those that are shown."""
    params, shown = run.params, labels.shape[1]
    tokens = run.snapshot.task["tokens"]
    count, width = tokens.shape
    x = run.like(params["in.W"], tokens) @ params["in.W"][:width] + params["in.b"]
    x = x + (labels @ run.like(labels, numpy.eye(shown, count)))[..., None] * params["in.W"][width:]
    if "pos" in params:
        x = x + params["pos"]
    hidden = run.model["attend"] == "prompts"
    scores_more = run.like(x, numpy.where(numpy.arange(count) < shown, 0, _MASKED if hidden else 0))
    for layer in range(run.model["layers"]):
        x = run.norm(x + run.attention(x, layer, scores_more), f"layers.{layer}.ln1")
        x = run.norm(x + run.perceptron(x, layer), f"layers.{layer}.ln2")
    return (x @ params["out.W"] + params["out.b"])[..., 0]
