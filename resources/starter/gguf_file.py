# SPDX-License-Identifier: MIT
"""GGUF v3 written and read, as much of it as the starter model needs: F32 and Q8_0 tensors.

Source: the GGUF specification of the ggml project; Q8_0 is 32 values a block, a half-precision scale then 32 int8.
"""
import struct

import numpy as np

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
PLAIN = {0: "<B", 1: "<b", 2: "<H", 3: "<h", U32: "<I", I32: "<i", F32: "<f", BOOL: "<?", U64: "<Q", 11: "<q", 12: "<d"}
ALIGNMENT = 32
TYPE_F32, TYPE_Q8_0 = 0, 8


def packed_string(text):
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def packed(kind, value):
    """A value of a key: `kind` is a type number, or (ARRAY, element type)."""
    if isinstance(kind, tuple):
        body = b"".join(packed_string(v) if kind[1] == STRING else struct.pack(PLAIN[kind[1]], v) for v in value)
        return struct.pack("<IQ", kind[1], len(value)) + body
    return packed_string(value) if kind == STRING else struct.pack(PLAIN[kind], value)


def q8_0_bytes(values):
    """Rows of a multiple of 32 float32 values as Q8_0 blocks: scale = largest magnitude / 127, rounded to half first."""
    blocks = np.ascontiguousarray(values, dtype=np.float32).reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1, keepdims=True) / 127.0).astype(np.float16)
    wide = scale.astype(np.float32)
    inverse = np.divide(1.0, wide, out=np.zeros_like(wide), where=wide > 0)
    codes = np.clip(np.rint(blocks * inverse), -127, 127).astype(np.int8)
    return np.concatenate([scale.view(np.uint8), codes.view(np.uint8)], axis=1).tobytes()


def q8_0_values(raw, count):
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 34)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    return (blocks[:, 2:].copy().view(np.int8).astype(np.float32) * scale).reshape(-1)[:count]


class Raw:
    """A tensor's bytes as another file has them."""

    def __init__(self, shape, data):
        self.shape, self.data = shape, data


def bytes_of(values, kind):
    if isinstance(values, Raw):
        return values.data
    return q8_0_bytes(values) if kind == TYPE_Q8_0 else np.ascontiguousarray(values, dtype="<f4").tobytes()


def write(path, keys, tensors):
    """keys: (name, kind, value); tensors: (name, float32 array or Raw, type), outermost dimension first."""
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys))
    for name, kind, value in keys:
        head += packed_string(name) + struct.pack("<I", kind[0] if isinstance(kind, tuple) else kind) + packed(kind, value)
    blobs, offset = [], 0
    for name, array, kind in tensors:
        raw = bytes_of(array, kind)
        raw += b"\0" * (-len(raw) % ALIGNMENT)
        shape = array.shape[::-1]
        head += packed_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        blobs.append(raw)
        offset += len(raw)
    head += b"\0" * (-len(head) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(head)
        for raw in blobs:
            file.write(raw)


def read_raw(path):
    """(keys as a dictionary, [(name, Raw, type)]) in the order of the file."""
    with open(path, "rb") as file:
        data = file.read()
    magic, version, tensor_count, key_count = struct.unpack_from("<4sIQQ", data, 0)
    if magic != b"GGUF" or version != 3:
        raise ValueError("not a GGUF v3 file")
    at = 24

    def take(form):
        nonlocal at
        value = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return value

    def text():
        nonlocal at
        size = take("<Q")[0]
        at += size
        return data[at - size:at].decode("utf-8")

    def value(kind):
        if kind == STRING:
            return text()
        if kind == ARRAY:
            element, count = take("<IQ")
            return [value(element) for _ in range(count)]
        return take(PLAIN[kind])[0]

    keys, entries = {}, []
    for _ in range(key_count):
        name = text()
        keys[name] = value(take("<I")[0])
    for _ in range(tensor_count):
        name = text()
        dims = take("<I")[0]
        shape = take(f"<{dims}Q")
        kind, offset = take("<IQ")
        entries.append((name, shape[::-1], kind, offset))
    base = at + -at % ALIGNMENT
    tensors = []
    for name, shape, kind, offset in entries:
        count = int(np.prod(shape))
        if kind not in (TYPE_F32, TYPE_Q8_0):
            raise ValueError(f"tensor {name}: type {kind} is not read here")
        size = count * 4 if kind == TYPE_F32 else count // 32 * 34
        tensors.append((name, Raw(shape, data[base + offset:base + offset + size]), kind))
    return keys, tensors


def read(path):
    """(keys as a dictionary, tensors as float32 arrays, outermost dimension first)."""
    keys, raw = read_raw(path)
    tensors = {}
    for name, tensor, kind in raw:
        count = int(np.prod(tensor.shape))
        values = np.frombuffer(tensor.data, dtype="<f4").copy() if kind == TYPE_F32 else q8_0_values(tensor.data, count)
        tensors[name] = values.reshape(tensor.shape)
    return keys, tensors
