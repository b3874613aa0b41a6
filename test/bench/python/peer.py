"""What all peers in Python share.

MANIFEST is a JSON file: the problem, its sizes, Adam's learning rate and, for each tensor, where it stands in a file of
float32 numbers. A peer prints its version as one JSON line, then answers each line `N` on standard input with N updates
and prints the loss that the last of them worked on.
"""
import json
import os
import sys
from array import array

_everything = array("f")


def manifest(words):
    """The manifest of a command line and the number of threads, None for a device; to be called before any library is loaded."""
    path, threads = words[1], None if words[2] == "device" else int(words[2])
    if threads:
        # Matrix libraries read their number of threads when they are loaded.
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[variable] = str(threads)
    with open(path) as file:
        content = json.load(file)
    with open(content["data"], "rb") as file:
        _everything.frombytes(file.read())
    return content, threads


def numbers(entry):
    size = 1
    for length in entry["shape"]:
        size *= length
    return _everything[entry["start"] : entry["start"] + size]


def serve(facts, steps):
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        print(steps(int(line)), flush=True)
