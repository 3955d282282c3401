"""Quantized networks stored as ordinary ONNX: the form, its writing and reading."""
