"""Float ONNX, as training frameworks export it -> float network."""
