"""Reads a safetensors file from the published specification alone and prints what it holds as JSON.

https://github.com/huggingface/safetensors#format: 8 bytes, little-endian unsigned length of the header; the header, a JSON
object from "{" on, padded with spaces; the data. `data_offsets` count from the start of the data, which has no holes.
"""

import hashlib
import json
import math
import struct
import sys

CODES = {"F32": ("f", 4), "F64": ("d", 8), "I64": ("q", 8)}

with open(sys.argv[1], "rb") as stream:
    file = stream.read()
(length,) = struct.unpack_from("<Q", file)
text = file[8 : 8 + length]
assert text.startswith(b"{"), "the header must begin with {"
data = memoryview(file)[8 + length :]
header = json.loads(text.decode("utf-8"))
metadata = header.pop("__metadata__", {})
assert all(isinstance(value, str) for value in metadata.values())

tensors, reached = {}, 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    code, width = CODES[entry["dtype"]]
    begin, end = entry["data_offsets"]
    count = math.prod(entry["shape"])
    assert begin == reached and end - begin == count * width, name
    reached = end
    values = struct.unpack_from(f"<{count}{code}", data, begin)
    tensors[name] = {"dtype": entry["dtype"], "shape": entry["shape"], "data": values, "aligned": (8 + length + begin) % width == 0}
    try:
        import numpy

        assert numpy.array_equal(numpy.frombuffer(data[begin:end], dtype="<" + code), values, equal_nan=code != "q")
    except ImportError:
        pass
assert reached == len(data), "the data part must be used to its end"

# As documented for `incline/1`: all bytes of the file while the field's digits are zeros.
digits = metadata.get("sha256", "")
unsealed = hashlib.sha256(file.replace(digits.encode(), b"0" * len(digits), 1)).hexdigest()
print(json.dumps({"metadata": metadata, "tensors": tensors, "sha256": unsealed}))
