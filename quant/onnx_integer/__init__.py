"""Integer ONNX made by others -> quantized network, its very weights."""
