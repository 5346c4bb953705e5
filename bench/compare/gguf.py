# SPDX-License-Identifier: MIT
"""What a comparison has to know of a GGUF file: its keys, its tensors, the bytes that one decoded token touches."""
import struct
from dataclasses import dataclass

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9

# Tensor type id: (name, values a block, bytes a block).
FORMATS = {0: ("f32", 1, 4), 1: ("f16", 1, 2), 2: ("q4_0", 32, 18), 3: ("q4_1", 32, 20), 6: ("q5_0", 32, 22),
           7: ("q5_1", 32, 24), 8: ("q8_0", 32, 34), 10: ("q2_K", 256, 84), 11: ("q3_K", 256, 110),
           12: ("q4_K", 256, 144), 13: ("q5_K", 256, 176), 14: ("q6_K", 256, 210), 20: ("iq4_nl", 32, 18),
           23: ("iq4_xs", 256, 136), 30: ("bf16", 1, 2), 39: ("mxfp4", 32, 17)}
FORMAT_IDS = {name: number for number, (name, _, _) in FORMATS.items()}


class BadFile(Exception):
    """The file is no GGUF, or ends too soon."""


@dataclass
class TensorInfo:
    name: str
    shape: tuple  # fastest-varying dimension first
    format: str
    bytes: int


class Reader:
    """Head of a GGUF file: `keys` (arrays of strings as their count), `tensors`, `raw_keys` (key and value as bytes)."""

    def __init__(self, path):
        self.keys, self.raw_keys, self.tensors = {}, {}, []
        with open(path, "rb") as self._file:
            magic, version, tensors, keys = struct.unpack("<4sIQQ", self._take(24))
            if magic != b"GGUF" or version not in (2, 3):
                raise BadFile(f"{path} is not a GGUF file of version 2 or 3")
            for _ in range(keys):
                start = self._file.tell()
                name = self._string()
                self.keys[name] = self._value(self._number("<I"))
                end = self._file.tell()
                self._file.seek(start)
                self.raw_keys[name] = self._take(end - start)
            for _ in range(tensors):
                self.tensors.append(self._tensor())

    def _take(self, count):
        data = self._file.read(count)
        if len(data) != count:
            raise BadFile(f"{self._file.name} ends inside its head")
        return data

    def _number(self, code):
        return struct.unpack(code, self._take(struct.calcsize(code)))[0]

    def _string(self):
        return self._take(self._number("<Q")).decode("utf-8", "replace")

    def _value(self, kind):
        if kind == STRING:
            return self._string()
        if kind != ARRAY:
            return self._number(SCALARS[kind])
        element, count = self._number("<I"), self._number("<Q")
        if element != STRING:
            code = SCALARS[element]
            return list(struct.unpack(f"<{count}{code[1]}", self._take(struct.calcsize(code) * count)))
        for _ in range(count):
            self._file.seek(self._number("<Q"), 1)
        return count

    def _tensor(self):
        name = self._string()
        shape = tuple(self._number("<Q") for _ in range(self._number("<I")))
        kind = self._number("<I")
        self._number("<Q")  # offset
        if kind not in FORMATS:
            raise BadFile(f"tensor '{name}' has the unknown type {kind}")
        label, values, size = FORMATS[kind]
        count = 1
        for dimension in shape:
            count *= dimension
        return TensorInfo(name, shape, label, count // values * size)


@dataclass
class Traffic:
    """What one decoded token must read and compute, at best."""

    weight_bytes: float  # every weight that is used, once
    cache_bytes_per_position: float  # f16 cache: what each earlier token adds
    operations: float  # multiplications and additions of the weights' products
    operations_per_position: float  # attention: what each earlier token adds (absorbed form for latents)
    file_bytes: int  # tensors alone

    def bytes_at(self, depth):
        return self.weight_bytes + depth * self.cache_bytes_per_position


def traffic_of(reader):
    """Traffic of a deepseek2, qwen2, qwen3, qwen3moe or llama file."""
    arch = reader.keys["general.architecture"]

    def key(name, default=0):
        return reader.keys.get(f"{arch}.{name}", default)

    experts, used = key("expert_count"), key("expert_used_count")
    tied = not any(tensor.name == "output.weight" for tensor in reader.tensors)
    weights, operations, total = 0.0, 0.0, 0
    for tensor in reader.tensors:
        total += tensor.bytes
        values = 1
        for dimension in tensor.shape:
            values *= dimension
        part = 1.0
        if tensor.name == "token_embd.weight" and not tied:
            part = 1 / tensor.shape[1]  # one row is looked up
        elif "_exps." in tensor.name and experts:
            part = used / experts
        weights += tensor.bytes * part
        if len(tensor.shape) > 1 and (tensor.name != "token_embd.weight" or tied):
            operations += 2 * values * part
    layers = key("block_count")
    heads = key("attention.head_count")
    if key("attention.kv_lora_rank"):
        latent = key("attention.kv_lora_rank")
        values = latent + key("rope.dimension_count")
        products = heads * (values + latent)
    else:
        head = key("attention.key_length", key("embedding_length") // max(1, heads))
        both = head + key("attention.value_length", head)
        values = key("attention.head_count_kv", heads) * both
        products = heads * both
    return Traffic(weights, 2.0 * layers * values, operations, 2.0 * layers * products, total)
