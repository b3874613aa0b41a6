"""The same training step in PyTorch's eager mode, as a child process.

    python3 pytorch.py MANIFEST THREADS

MANIFEST is a JSON file: sizes, Adam's settings and, for each tensor, where it stands in a file of float32 numbers.
Prints {"version", "threads"} as one JSON line, then answers each line `N` on standard input with N updates and prints
the loss that the last of them worked on.
"""
import json
import os
import sys
from array import array

manifest_path, threads = sys.argv[1], int(sys.argv[2])
# Matrix libraries read their number of threads when they are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(threads)

import torch
from torch.nn import functional

torch.set_num_threads(threads)
with open(manifest_path) as file:
    manifest = json.load(file)
numbers = array("f")
with open(manifest["data"], "rb") as file:
    numbers.frombytes(file.read())
everything = torch.frombuffer(numbers, dtype=torch.float32)


def tensor(entry):
    start, shape = entry["start"], entry["shape"]
    size = 1
    for length in shape:
        size *= length
    return everything[start : start + size].clone().reshape(shape)


layers, heads = manifest["layers"], manifest["heads"]
p = {name: tensor(entry).requires_grad_() for name, entry in manifest["parameters"].items()}
x, labels = tensor(manifest["input"]), tensor(manifest["labels"])
optimizer = torch.optim.Adam(p.values(), lr=manifest["learning_rate"], betas=(0.9, 0.999), eps=1e-8, foreach=True)


def attention(prefix, x):
    batch, tokens, width = x.shape
    w = lambda name: p[prefix + name]
    split = lambda y: y.view(batch, tokens, heads, width // heads).transpose(1, 2)
    W = torch.cat([w("W_Q"), w("W_K"), w("W_V")], 1)
    b = torch.cat([w("b_Q"), w("b_K"), w("b_V")])
    q, k, v = (split(part) for part in torch.addmm(b, x.view(-1, width), W).view(batch, tokens, -1).chunk(3, -1))
    pattern = torch.softmax(q @ k.transpose(-1, -2) * (width // heads) ** -0.5, -1)
    z = (pattern @ v).transpose(1, 2).reshape(-1, width)
    return torch.addmm(w("b_O"), z, w("W_O")).view(x.shape)


def mlp(prefix, x):
    hidden = torch.relu(torch.addmm(p[prefix + "b_in"], x.view(-1, x.shape[-1]), p[prefix + "W_in"]))
    return torch.addmm(p[prefix + "b_out"], hidden, p[prefix + "W_out"]).view(x.shape)


def norm(prefix, x):
    return functional.layer_norm(x, x.shape[-1:], p[prefix + "gain"], p[prefix + "bias"], 1e-5)


def loss():
    h = x @ p["in.W"] + p["in.b"]
    for n in range(layers):
        h = norm(f"layers.{n}.ln1.", h + attention(f"layers.{n}.attn.", h))
        h = norm(f"layers.{n}.ln2.", h + mlp(f"layers.{n}.mlp.", h))
    prediction = (h @ p["out.W"] + p["out.b"]).squeeze(-1)
    return 0.5 * ((prediction - labels) ** 2).mean()


def step():
    optimizer.zero_grad(set_to_none=True)
    value = loss()
    value.backward()
    optimizer.step()
    return value


print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        value = step()
    print(value.item(), flush=True)
