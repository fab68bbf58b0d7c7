"""Turns the published weights of the teachers of the segmenter into one JSON file that `text_label` reads.

    pip download --no-deps attacut==1.0.6 ssg==0.0.8      # MIT, Apache-2.0; unzip both wheels
    pip install python-crfsuite
    python3 benches/text_export_teachers.py ATTACUT_DIR SSG_DIR teachers.json

ATTACUT_DIR and SSG_DIR are the folders `attacut` and `ssg` inside the unzipped wheels. PyTorch is not needed: the weights are
raw little-endian floats behind a pickled index.
"""

import collections
import json
import pickle
import re
import struct
import sys
import tempfile

import pycrfsuite


class Index(pickle.Unpickler):
    """Reads where each tensor lies, without PyTorch."""

    def find_class(self, module, name):
        if module == "collections":
            return collections.OrderedDict
        return lambda *args: args

    def persistent_load(self, pid):
        return ("storage", str(pid[2]))


def tensors(path):
    with open(path, "rb") as file:
        for _ in range(3):  # magic number, protocol, system facts
            Index(file).load()
        index = Index(file).load()
        keys = Index(file).load()
        by_key = {tensor[0][1]: name for name, tensor in index.items() if tensor}
        out = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            name = by_key[key]
            if name.endswith("num_batches_tracked"):
                file.read(count * 8)
            else:
                out[name] = list(struct.unpack(f"<{count}f", file.read(count * 4)))
    return out


def main(attacut, ssg, target):
    teachers = {}
    for name in ("attacut-c", "attacut-sc"):
        folder = f"{attacut}/artifacts/{name}"
        teacher = {"tensors": tensors(f"{folder}/model.pth")}
        for words in ("characters", "syllables"):
            try:
                teacher[words] = json.load(open(f"{folder}/{words}.json", encoding="utf-8"))
            except FileNotFoundError:
                teacher[words] = {}
        teachers[name.replace("-", "_")] = teacher
    tagger = pycrfsuite.Tagger()
    tagger.open(f"{ssg}/artifacts/crf3_mix.crfsuite2")
    with tempfile.NamedTemporaryFile() as dump:
        tagger.dump(dump.name)
        text = open(dump.name, encoding="utf-8").read()
    state, moves = {}, [[0.0, 0.0], [0.0, 0.0]]
    for kind, name, label, weight in re.findall(r"^  \((\d)\) (.*) --> (\d): (\S+)$", text, re.M):
        if kind == "1":
            moves[int(name)][int(label)] = float(weight)
        else:
            state.setdefault(name, [0.0, 0.0])[int(label)] = float(weight)
    teachers["syllables"] = {"state": state, "moves": moves}
    json.dump(teachers, open(target, "w", encoding="utf-8"), ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
