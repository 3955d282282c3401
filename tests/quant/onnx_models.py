"""Small float ONNX files, node by node."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from quant.onnx_io import check_operators, read_float

__all__ = ["DATA", "ChainFile", "kinds", "run_float"]

DATA = object()
"""Stands for the tensor that the node before gives."""


class ChainFile:
    """Writes a model node by node; each takes what the one before gives, or tensors by name.

    Parameters
    ----------
    path : Path
    in_dims : sequence of int or str
        The batch first.
    """

    def __init__(self, path, in_dims, opset=17, batch="batch"):
        self.path = path
        self.in_dims = [batch, *in_dims]
        self.opset = opset
        self.nodes = []
        self.initializers = []
        self.head = "input"

    def add(self, op, *inputs, name=None, n_outputs=1, domain="", **attributes):
        """Append a node; inputs are DATA, arrays or names; DATA stands before arrays alone."""
        name = name or f"{op.lower()}_{len(self.nodes)}"
        names = []
        wired = any(value is DATA or isinstance(value, str) for value in inputs)
        for index, value in enumerate(inputs if wired else (DATA, *inputs)):
            if value is DATA:
                names.append(self.head)
            elif isinstance(value, str):
                names.append(value)
            else:
                names.append(f"{name}.{index}")
                self.initializers.append(numpy_helper.from_array(np.asarray(value), names[-1]))
        outputs = [f"{name}.out", *(f"{name}.out{i}" for i in range(1, n_outputs))]
        self.nodes.append(helper.make_node(op, names, outputs, name, domain=domain, **attributes))
        self.head = outputs[0]
        return self

    def model(self, elem_type=TensorProto.FLOAT, out_type=None):
        """The model so far."""
        graph = helper.make_graph(
            self.nodes,
            "chain",
            [helper.make_tensor_value_info("input", elem_type, self.in_dims)],
            [helper.make_tensor_value_info(self.head, out_type or elem_type, None)],
            self.initializers,
        )
        domains = {"", *(node.domain for node in self.nodes)}
        opsets = [helper.make_opsetid(d, 1 if d else self.opset) for d in sorted(domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type
        output = graph.output[0].type.tensor_type
        output.CopyFrom(inferred)
        if not inferred.HasField("shape"):
            output.shape.dim.add(dim_param="unknown")
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def save(self, out_type=None):
        """Write the file; returns its path."""
        onnx.save(self.model(out_type=out_type), self.path)
        return self.path


def run_float(path, values, last=False):
    """Output of ONNX Runtime for values of shape (n, height, width, channels), in that order.

    ``last``: the model's input and output have their channels last too.
    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    if len(source.shape) == 4 and not last:
        values = values.transpose(0, 3, 1, 2)
    elif not last:
        values = values.reshape(len(values), -1)
    out = session.run(None, {source.name: np.ascontiguousarray(values, np.float32)})[0]
    if out.ndim == 4:
        return out if last else out.transpose(0, 2, 3, 1)
    return out[:, None, None, :]


def kinds(file, rng, last=False):
    """Assert that the network read gives what ONNX Runtime gives; returns the layers' kinds."""
    path = file.save()
    network = read_float(path)
    values = 3 * rng.normal(size=(5, *network.in_shape)).astype(np.float32)
    wanted = run_float(path, values, last)
    np.testing.assert_allclose(network.infer(values), wanted, rtol=1e-3, atol=1e-4)
    assert all(verdict.status == "ok" for verdict in check_operators(path))
    return " ".join(type(layer).__name__.removeprefix("Float") for layer in network.layers)
