"""Training in JAX as a child process, as its users do: updates in a `lax.scan`, compiled as a whole. See peer.py for the protocol.

    python3 jax_step.py MANIFEST THREADS|device [seeds]

With `seeds` every tensor has an axis of them in front: N updates are one scan, mapped over the seeds by `vmap`, and the loss
is the mean over seeds.

JAX takes all threads that the process may run on: THREADS is the number of processors that it is held to.
"""
import os
import sys

import peer

manifest, threads = peer.manifest(sys.argv)
if threads:
    os.environ["JAX_PLATFORMS"] = "cpu"
if threads and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import jax
import jax.numpy as np

jax.config.update("jax_default_matmul_precision", "float32")


def tensor(entry):
    return np.array(peer.numbers(entry), dtype=np.float32).reshape(entry["shape"])


start = {name: tensor(entry) for name, entry in manifest["parameters"].items()}
given = {name: tensor(entry) for name, entry in manifest["given"].items()}


activations = {"relu": jax.nn.relu, "gelu": lambda x: jax.nn.gelu(x, approximate=True)}
activation = activations[manifest.get("activation", "relu")]


def attention(p, prefix, x, mask=0):
    heads = manifest["heads"]
    batch, tokens, width = x.shape
    w = lambda name: p[prefix + name]
    split = lambda y: y.reshape(batch, tokens, heads, width // heads).transpose(0, 2, 1, 3)
    q, k, v = (split(x @ w("W_" + name) + w("b_" + name)) for name in "QKV")
    pattern = jax.nn.softmax(q @ k.swapaxes(-1, -2) * (width // heads) ** -0.5 + mask)
    z = (pattern @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    return z @ w("W_O") + w("b_O")


def mlp(p, prefix, x):
    hidden = activation(x @ p[prefix + "W_in"] + p[prefix + "b_in"])
    return hidden @ p[prefix + "W_out"] + p[prefix + "b_out"]


def norm(p, prefix, x):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * p[prefix + "gain"] + p[prefix + "bias"]


def encoder(p, given):
    h = given["input"] @ p["in.W"] + p["in.b"]
    for n in range(manifest["layers"]):
        h = norm(p, f"layers.{n}.ln1.", h + attention(p, f"layers.{n}.attn.", h))
        h = norm(p, f"layers.{n}.ln2.", h + mlp(p, f"layers.{n}.mlp.", h))
    prediction = (h @ p["out.W"] + p["out.b"])[..., 0]
    return 0.5 * ((prediction - given["labels"]) ** 2).mean()


losses = {
    "hinge": lambda prediction, target: jax.nn.relu(1 - prediction * target),
    "bce": lambda prediction, target: jax.nn.softplus(-prediction * target),
    "squared": lambda prediction, target: (prediction - target) ** 2,
}


def read_out(prediction, given):
    return (losses[manifest["loss"]](prediction, given["target"]) * given["weights"]).sum(1).mean()


def decoder(p, given):
    h = given["tokens"] @ p["in.W"] + p["in.b"] + p["pos"]
    for n in range(manifest["layers"]):
        h = h + attention(p, f"layers.{n}.attn.", norm(p, f"layers.{n}.ln1.", h), given["mask"])
        h = h + mlp(p, f"layers.{n}.mlp.", norm(p, f"layers.{n}.ln2.", h))
    last = norm(p, "final.", h[:, np.array(manifest["readout"])])
    return read_out((last @ p["out.W"] + p["out.b"])[..., 0], given)


def attention_relu(p, given):
    contexts, query = given["tokens"][:, :-1], given["tokens"][:, -1:]
    scores = (query @ p["W_Q"].T) @ (contexts @ p["W_K"].T).swapaxes(1, 2) + given["mask"][:, 0, -1:, :-1]
    z = jax.nn.softmax(scores) @ (contexts @ p["W_V"].T)
    return read_out(jax.nn.relu(z @ p["W_O"].T) @ given["a"], given)


def population(p, given):
    tokens, gram, target = given["tokens"], given["gram"], given["target"]
    scores = tokens[: gram.shape[0]] @ p["Q"] @ tokens.T
    mixing = (jax.nn.softmax(scores, 1) * p["w"][:, None]).sum(0)
    difference = mixing - target
    return 0.5 * (difference * (gram @ difference)).sum()


problems = {"attention_relu": attention_relu, "decoder": decoder, "encoder": encoder, "population": population}
loss = problems[manifest["problem"]]
rate, beta1, beta2, epsilon = manifest["learning_rate"], 0.9, 0.999, 1e-8
each = jax.tree_util.tree_map


def update(p, m, v, t, given):
    value, g = jax.value_and_grad(loss)(p, given)
    m = each(lambda m, g: beta1 * m + (1 - beta1) * g, m, g)
    v = each(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, g)
    a, b = 1 - beta1**t, np.sqrt(1 - beta2**t)
    p = each(lambda p, m, v: p - rate * (m / a) / (np.sqrt(v) / b + epsilon), p, m, v)
    return p, m, v, t + 1, value


def of_one_seed(count):
    def train(state, given):
        def turn(state, _):
            *state, value = update(*state, given)
            return tuple(state), value

        state, values = jax.lax.scan(turn, state, None, length=count)
        return state, values[-1]

    return train


# Updates of one scan: few lengths, so that no other is compiled while time is taken.
lengths = (128, 16, 1)
one = jax.jit(lambda count, state: of_one_seed(count)(state, given), static_argnums=0)
many = jax.jit(lambda count, state, given: jax.vmap(of_one_seed(count))(state, given), static_argnums=0)
seeds = "seeds" in sys.argv[3:]
# Updates of every seed, counted from 1.
count_from = np.ones(len(next(iter(start.values())))) if seeds else np.float32(1)
state = (start, each(np.zeros_like, start), each(np.zeros_like, start), count_from)


def steps(count):
    global state
    if seeds:
        state, value = many(count, state, given)
        return float(value.mean())
    for length in lengths:
        for _ in range(count // length):
            state, value = one(length, state)
        count %= length
    return float(value)


peer.serve({"version": jax.__version__}, steps)
