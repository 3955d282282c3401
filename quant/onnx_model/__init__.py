"""What every ONNX file has: loading without harm, axes, the verdict on a node."""
