"""Float networks from PyTorch as ONNX files."""

from pathlib import Path

import onnx
import torch
from torch import nn

__all__ = ["export"]


def export(model: nn.Module, path: Path, *, name: str, in_dims: tuple[int, int, int]) -> None:
    """Write ONNX with a symbolic batch, weights inside, without traces of this machine.

    Parameters
    ----------
    model : Module
        From (n, *in_dims) to (n, values); out of training.
    path : Path
    name : str
        Of the network.
    in_dims : (channels, height, width)
    """
    model = model.eval().to(memory_format=torch.contiguous_format)
    program = torch.onnx.export(
        model,
        (torch.zeros(2, *in_dims),),
        dynamo=True,
        opset_version=18,
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    proto.graph.name = name
    graph = proto.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    proto.ClearField("metadata_props")
    graph.ClearField("metadata_props")
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)
