"""A whole pack of a user's own, as text."""

from __future__ import annotations

import hashlib

TOML = """
name = "mine"
title = "A pack of my own"
[[licences]]
covers = "detector"
id = "MIT"
commercial_use = true
[[licences]]
covers = "face model"
id = "CC-BY-NC-4.0"
commercial_use = false
note = "research only"
[[files]]
name = "d.onnx"
path = "weights/d.onnx"
size = 4
sha256 = "{sha256}"
[[files]]
name = "m.onnx"
path = "m.onnx"
size = 4
sha256 = "{sha256}"
[detector]
kind = "scrfd"
file = "d.onnx"
[face_model]
kind = "onnx"
file = "m.onnx"
input_size = 112
channels = "RGB"
mean = [127.5, 127.5, 127.5]
std = [128, 128, 128]
template = [[38, 52], [74, 52], [56, 72], [42, 92], [71, 92]]
embedding_dim = 512
""".replace("{sha256}", hashlib.sha256(b"data").hexdigest())
