"""Runs and snapshots of incline in Python: curves as a table, parameters as arrays and back.

    import incline_snapshots as incline

    table = incline.frame("snapshots/my-run")              # a data frame: metric, step, min, max, last
    snapshot = incline.load("snapshots/my-run")            # the last snapshot of a run, or a file
    snapshot.params["in.W"]                                # float32 [features, D], as in the file after `params/`
    incline.predict(snapshot, tokens)                      # numpy: predictions [prompts, tokens]
    model = incline.module(snapshot)                       # the same as a torch.nn.Module, to train
    incline.save("trained.safetensors", snapshot.with_params(model))

Python 3.9 or newer and numpy; `frame` needs pandas, `module` needs torch. What computes is in incline_transformers.py beside it.
"""

import dataclasses
import hashlib
import json
import math
import os
import struct
import tempfile

import numpy
from incline_transformers import module, predict

__all__ = ["Snapshot", "curves", "frame", "load", "module", "predict", "save"]

_CODES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "F16": "<f2", "BF16": "<u2"}
_NAMES = {"<f4": "F32", "<f8": "F64", "<i8": "I64"}
_BLANK = "0" * 64


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What a file holds: tensors by their names there, and metadata, every value a string."""

    tensors: dict
    metadata: dict

    def section(self, name):
        """Tensors `<name>/…` by the rest of their names; sections are params, optimizer, task, mask, history, probe."""
        start = name + "/"
        return {key[len(start) :]: value for key, value in self.tensors.items() if key.startswith(start)}

    @property
    def params(self):
        return self.section("params")

    @property
    def task(self):
        return self.section("task")

    @property
    def config(self):
        """The resolved configuration, as `incline presets show --json` prints one."""
        return json.loads(self.metadata["config"])

    @property
    def step(self):
        return int(self.metadata["step"])

    def with_params(self, params):
        """The snapshot with other parameters of the same names and shapes, of a mapping or a torch.nn.Module.

        The optimizer's state, curves and metadata stay; pictures of the parameters before do not.
        """
        given = params.state_dict() if hasattr(params, "state_dict") else params
        own = self.params
        if set(given) != set(own):
            raise ValueError(f"parameters are {sorted(given)}; expected {sorted(own)}")
        changed = {}
        for name, value in given.items():
            array = value.detach().cpu().float().numpy() if hasattr(value, "detach") else value
            array = numpy.array(array, dtype=own[name].dtype)
            if array.shape != own[name].shape:
                raise ValueError(f"params/{name} has shape {array.shape}; expected {own[name].shape}")
            if not numpy.isfinite(array).all():
                raise ValueError(f"params/{name} holds a number that is not finite")
            changed["params/" + name] = array
        kept = {name: value for name, value in self.tensors.items() if not name.startswith(("params/", "probe/"))}
        return Snapshot({**kept, **changed}, self.metadata)


def load(path):
    """The snapshot of a file, or the last one that the run of a folder saved."""
    file = _last_of(path) if os.path.isdir(path) else path
    with open(file, "rb") as stream:
        content = stream.read()
    try:
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + length].decode("utf-8"))
        metadata = header.pop("__metadata__", {})
        data = memoryview(content)[8 + length :]
        tensors = {name: _array(data, **entry) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: is not a whole safetensors file ({error})") from error
    if not metadata.get("format", "").startswith("incline/"):
        raise ValueError(f"{file}: its metadata is not that of incline; expected format incline/1")
    digest = metadata.get("sha256")
    if digest and hashlib.sha256(content.replace(digest.encode(), _BLANK.encode(), 1)).hexdigest() != digest:
        raise ValueError(f"{file}: does not match its checksum: damaged or edited")
    return Snapshot(tensors, metadata)


def save(path, snapshot):
    """Writes a file that incline evaluates, resumes and exports like its own, with metadata kept and a new checksum."""
    arrays = {name: numpy.asarray(value) for name, value in snapshot.tensors.items()}
    arrays = {name: value.astype(value.dtype.newbyteorder("<"), order="C") for name, value in arrays.items()}
    # Wide numbers first, so that every tensor is aligned to its own width.
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header, end = {"__metadata__": {**snapshot.metadata, "sha256": _BLANK}}, 0
    for name in names:
        value = arrays[name]
        begin, end = end, end + value.nbytes
        header[name] = {"dtype": _NAMES[value.dtype.str], "shape": list(value.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    content = b"".join([struct.pack("<Q", len(text)), text, *(arrays[name].tobytes() for name in names)])
    field = f'"sha256":"{_BLANK}"'.encode()
    digest = hashlib.sha256(content).hexdigest().encode()
    content = content.replace(field, field.replace(_BLANK.encode(), digest), 1)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)


def curves(path):
    """Curves as columns metric, step, min, max, last, one row a step of a metric.

    Those of a run's folder come from its journal, as far as it is written, from the run's own start on; those of a snapshot
    from the file, with the runs that it came from. A row that stands for several steps has their extremes.
    """
    rows = _journalled(path) if os.path.isdir(path) else _kept(load(path))
    columns = list(zip(*rows)) or [()] * 5
    kinds = {"metric": object, "step": numpy.int64, "min": numpy.float64, "max": numpy.float64, "last": numpy.float64}
    return {name: numpy.array(column, dtype=kind) for (name, kind), column in zip(kinds.items(), columns)}


def frame(path):
    """The same as a pandas data frame; `.pivot(index="step", columns="metric", values="last")` gives a column a metric."""
    import pandas

    return pandas.DataFrame(curves(path))


def _array(data, dtype, shape, data_offsets):
    begin, end = data_offsets
    if not 0 <= begin <= end <= len(data):
        raise ValueError(f"bytes {begin} to {end} of {len(data)}")
    values = numpy.frombuffer(data[begin:end], _CODES[dtype]).reshape(shape)
    if dtype == "BF16":  # The upper half of a float32.
        return (values.astype("<u4") << 16).view("<f4")
    return values.astype("<f4" if dtype == "F16" else values.dtype)


def _events(folder):
    with open(os.path.join(folder, "journal.jsonl"), encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue  # A last line that is torn, or damage, which incline passes over as well.


def _last_of(folder):
    saved = [event["file"] for event in _events(folder) if event.get("type") == "snapshot_saved"]
    for name in reversed(saved):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise ValueError(f"{folder}: the run has saved no snapshot that is still there")


def _kept(snapshot):
    history = snapshot.section("history")
    for name in history:
        if name.endswith("/step"):
            metric = name[: -len("/step")]
            parts = [history[f"{metric}/{part}"].tolist() for part in ("step", "min", "max", "last")]
            # Of several values at one step the last counts: it was measured again.
            yield from ((metric, *row) for row in {row[0]: row for row in zip(*parts)}.values())


def _journalled(folder):
    found = {}
    for event in _events(folder):
        kind, step = event.get("type"), event.get("step")
        if kind == "run_started":  # One that goes on from its own snapshot: what came later no longer counts.
            found = {metric: {at: row for at, row in rows.items() if at <= step} for metric, rows in found.items()}
        if kind == "evaluated":
            measured = event.get("intact", event["values"])
            values = {name: estimate["mean"] for name, estimate in measured.items()}
        elif kind == "metrics":
            values = event["values"]
        else:
            continue
        for name, value in values.items():
            rows = found.setdefault(name, {})
            while rows and next(reversed(rows)) >= step:  # After a divergence a run goes back some steps.
                rows.popitem()
            extremes = [event.get(end, values).get(name, value) for end in ("min", "max")]
            rows[step] = tuple(math.nan if one is None else one for one in (*extremes, value))
    return [(metric, step, *row) for metric, rows in found.items() for step, row in rows.items()]
