"""A training step in PyTorch, eager or compiled, as a child process. See peer.py for the protocol.

    python3 pytorch.py MANIFEST THREADS|device eager|compiled
"""
import sys

import peer

manifest, threads = peer.manifest(sys.argv)

import torch
from torch.nn import functional

device = "cpu" if threads else "cuda"
if threads:
    torch.set_num_threads(threads)
torch.backends.cuda.matmul.allow_tf32 = False


def tensor(entry):
    return torch.frombuffer(peer.numbers(entry), dtype=torch.float32).clone().reshape(entry["shape"]).to(device)


p = {name: tensor(entry).requires_grad_() for name, entry in manifest["parameters"].items()}
given = {name: tensor(entry) for name, entry in manifest["given"].items()}
optimizer = torch.optim.Adam(p.values(), lr=manifest["learning_rate"], betas=(0.9, 0.999), eps=1e-8, foreach=True)


def attention(prefix, x, heads, mask=0):
    batch, tokens, width = x.shape
    w = lambda name: p[prefix + name]
    split = lambda y: y.view(batch, tokens, heads, width // heads).transpose(1, 2)
    W = torch.cat([w("W_Q"), w("W_K"), w("W_V")], 1)
    b = torch.cat([w("b_Q"), w("b_K"), w("b_V")])
    q, k, v = (split(part) for part in torch.addmm(b, x.view(-1, width), W).view(batch, tokens, -1).chunk(3, -1))
    pattern = torch.softmax(q @ k.transpose(-1, -2) * (width // heads) ** -0.5 + mask, -1)
    z = (pattern @ v).transpose(1, 2).reshape(-1, width)
    return torch.addmm(w("b_O"), z, w("W_O")).view(x.shape)


activations = {"relu": torch.relu, "gelu": lambda x: functional.gelu(x, approximate="tanh")}
activation = activations[manifest.get("activation", "relu")]


def mlp(prefix, x):
    hidden = activation(torch.addmm(p[prefix + "b_in"], x.view(-1, x.shape[-1]), p[prefix + "W_in"]))
    return torch.addmm(p[prefix + "b_out"], hidden, p[prefix + "W_out"]).view(x.shape)


def norm(prefix, x):
    return functional.layer_norm(x, x.shape[-1:], p[prefix + "gain"], p[prefix + "bias"], 1e-5)


def encoder():
    h = given["input"] @ p["in.W"] + p["in.b"]
    for n in range(manifest["layers"]):
        h = norm(f"layers.{n}.ln1.", h + attention(f"layers.{n}.attn.", h, manifest["heads"]))
        h = norm(f"layers.{n}.ln2.", h + mlp(f"layers.{n}.mlp.", h))
    prediction = (h @ p["out.W"] + p["out.b"]).squeeze(-1)
    return 0.5 * ((prediction - given["labels"]) ** 2).mean()


losses = {
    "hinge": lambda prediction, target: torch.relu(1 - prediction * target),
    "bce": lambda prediction, target: functional.softplus(-prediction * target),
    "squared": lambda prediction, target: (prediction - target) ** 2,
}


def read_out(prediction):
    return (losses[manifest["loss"]](prediction, given["target"]) * given["weights"]).sum(1).mean()


def decoder():
    h = given["tokens"] @ p["in.W"] + p["in.b"] + p["pos"]
    for n in range(manifest["layers"]):
        h = h + attention(f"layers.{n}.attn.", norm(f"layers.{n}.ln1.", h), manifest["heads"], given["mask"])
        h = h + mlp(f"layers.{n}.mlp.", norm(f"layers.{n}.ln2.", h))
    last = norm("final.", h[:, manifest["readout"]])
    return read_out((last @ p["out.W"] + p["out.b"]).squeeze(-1))


def attention_relu():
    contexts, query = given["tokens"][:, :-1], given["tokens"][:, -1:]
    scores = (query @ p["W_Q"].T) @ (contexts @ p["W_K"].T).transpose(1, 2) + given["mask"][:, 0, -1:, :-1]
    z = torch.softmax(scores, -1) @ (contexts @ p["W_V"].T)
    return read_out(torch.relu(z @ p["W_O"].T) @ given["a"])


def population():
    tokens, gram, target = given["tokens"], given["gram"], given["target"]
    scores = tokens[: gram.shape[0]] @ p["Q"] @ tokens.T
    mixing = (torch.softmax(scores, 1) * p["w"].unsqueeze(1)).sum(0)
    difference = mixing - target
    return 0.5 * (difference * (gram @ difference)).sum()


problems = {"attention_relu": attention_relu, "decoder": decoder, "encoder": encoder, "population": population}
loss = problems[manifest["problem"]]
if sys.argv[3] == "compiled":
    loss = torch.compile(loss)
    # Here, so that a machine without a compiler is known before anybody measures; changes nothing.
    loss().backward()


def steps(count):
    for _ in range(count):
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
    return value.item()


peer.serve({"version": torch.__version__}, steps)
