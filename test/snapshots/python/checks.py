"""What the tests ask of the modules that ship: `checks.py NAME WORDS…`, JSON on standard input, JSON on standard output."""

import json
import sys

import incline_snapshots as incline
import numpy


def arrays(tensors):
    return {name: [value.dtype.str, list(value.shape), value.ravel().tolist()] for name, value in tensors.items()}


def read(file):
    snapshot = incline.load(file)
    return {"tensors": arrays(snapshot.tensors), "metadata": snapshot.metadata, "step": snapshot.step}


def predicted(file):
    """By numpy and, where it is asked for, by torch."""
    snapshot = incline.load(file)
    prompts = numpy.array(given["prompts"], dtype=numpy.float32)
    found = {"numpy": incline.predict(snapshot, prompts).tolist()}
    if given["torch"]:
        import torch

        model = incline.module(snapshot)
        assert {name: list(one.shape) for name, one in model.state_dict().items()} == {
            name: list(one.shape) for name, one in snapshot.params.items()
        }
        with torch.no_grad():
            found["torch"] = model(torch.tensor(prompts)).tolist()
    return found


def loss_of(prediction, target):
    return float(((prediction - target) ** 2).mean())


def numpy_step(file, out):
    """One step of gradient descent on the read-out, in which predictions are linear."""
    snapshot = incline.load(file)
    tokens, target = (numpy.array(given[name]) for name in ("tokens", "target"))

    def predict(params):
        return incline.predict(snapshot.with_params({**snapshot.params, **params}), tokens)[:, ::2]

    W, b = snapshot.params["out.W"], snapshot.params["out.b"]
    none = {"out.W": 0 * W, "out.b": 0 * b}
    features = [predict({**none, "out.W": row[:, None]}) for row in numpy.eye(len(W))]
    error = predict({}) - target
    change = numpy.array([[2 * (error * one).mean()] for one in features])
    trained = {**snapshot.params, "out.W": W - 0.1 * change, "out.b": b - 0.1 * 2 * error.mean()}
    incline.save(out, snapshot.with_params(trained))
    before, after = (incline.predict(one, tokens)[:, ::2] for one in (snapshot, incline.load(out)))
    return [loss_of(before, target), loss_of(after, target)]


def torch_step(file, out):
    """One step of gradient descent on all parameters."""
    import torch

    snapshot = incline.load(file)
    model = incline.module(snapshot).double()
    tokens, target = (torch.tensor(given[name], dtype=torch.float64) for name in ("tokens", "target"))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    loss = ((model(tokens)[:, ::2] - target) ** 2).mean()
    loss.backward()
    optimizer.step()
    incline.save(out, snapshot.with_params(model))
    with torch.no_grad():
        after = incline.module(incline.load(out)).double()(tokens)[:, ::2]
    return [loss.item(), loss_of(after, target)]


def curves(path):
    return {name: column.tolist() for name, column in incline.curves(path).items()}


def frame(path):
    table = incline.frame(path)
    wide = table.pivot(index="step", columns="metric", values="last")
    return {"columns": list(table.columns), "losses": wide["train_loss"].dropna().tolist()}


def copied(file, out):
    incline.save(out, incline.load(file))
    return {}


def replaced(file):
    """Parameters as given instead of its own."""
    snapshot = incline.load(file)
    params = {name: numpy.array(value) for name, value in given["params"].items()}
    snapshot.with_params({**snapshot.params, **params})
    return {}


def onnx(file):
    """What a viewer shows of a model that the checker, with every shape inferred, takes."""
    from onnx import checker, load

    model = load(file)
    checker.check_model(model, full_check=True)
    ends = [*model.graph.input, *model.graph.output]
    return {
        "shapes": {one.name: [axis.dim_param or axis.dim_value for axis in one.type.tensor_type.shape.dim] for one in ends},
        "metadata": {one.key: one.value for one in model.metadata_props},
        "weights": [one.name for one in model.graph.initializer],
        "operations": [one.name for one in model.graph.node],
    }


given = json.load(sys.stdin)
print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
