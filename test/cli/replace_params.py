"""Rewrites a safetensors file with `params/<name>` multiplied by a number, from the published specification alone.

Usage: replace_params.py IN OUT NAME FACTOR. Like any program that edits a file it leaves out the checksum; the optimizer's
state and the random streams are left out too.
"""

import json
import struct
import sys

import numpy

source, target, name, factor = sys.argv[1:5]
with open(source, "rb") as stream:
    file = stream.read()
(length,) = struct.unpack_from("<Q", file)
header = json.loads(file[8 : 8 + length])
metadata = header.pop("__metadata__")
codes = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
tensors = {
    key: numpy.frombuffer(file[8 + length :][slice(*entry["data_offsets"])], codes[entry["dtype"]]).reshape(entry["shape"])
    for key, entry in header.items()
    if key.startswith(("params/", "task/"))
}
tensors[f"params/{name}"] = (tensors[f"params/{name}"] * float(factor)).astype("<f4")
entries, data = {}, b""
for key, tensor in tensors.items():
    code = {"<f4": "F32", "<f8": "F64"}[tensor.dtype.str]
    entries[key] = {"dtype": code, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + tensor.nbytes]}
    data += tensor.tobytes()
kept = {key: metadata[key] for key in ("format", "config", "step")}
text = json.dumps({"__metadata__": kept, **entries}).encode()
with open(target, "wb") as stream:
    stream.write(struct.pack("<Q", len(text)) + text + data)
