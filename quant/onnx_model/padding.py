"""Padding of convolutions and pools written out, whichever way a model says it."""

__all__ = ["Padding", "written_out"]

Padding = tuple[int, int, int, int]


def written_out(
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    *,
    pads: tuple[int, int, int, int] = (0, 0, 0, 0),
    auto_pad: str = "NOTSET",
    ceil_mode: bool = False,
) -> Padding:
    """(top, left, bottom, right) as the attributes of an operator of ONNX mean it.

    Parameters
    ----------
    size : (height, width)
        Of the image.
    kernel : (k_h, k_w)
        How far it reaches, gaps of a dilation included.
    stride : (s_h, s_w)
    pads : (top, left, bottom, right)
    auto_pad : {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}
    ceil_mode : bool
        Whether a window that begins in the image or the padding before it counts although it ends
        behind the padding.
    """
    if auto_pad == "VALID":
        return 0, 0, 0, 0
    full = list(pads)
    for axis in range(2):
        if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            n_out = -(-size[axis] // stride[axis])
            total = max((n_out - 1) * stride[axis] + kernel[axis] - size[axis], 0)
            less, more = total // 2, total - total // 2
            ends = (less, more) if auto_pad == "SAME_UPPER" else (more, less)
            full[axis], full[axis + 2] = ends
        elif ceil_mode:
            reach = size[axis] + pads[axis] + pads[axis + 2] - kernel[axis]
            n_out = -(-reach // stride[axis]) + 1
            if (n_out - 1) * stride[axis] >= size[axis] + pads[axis]:
                n_out -= 1
            full[axis + 2] += max(0, (n_out - 1) * stride[axis] - reach)
    return full[0], full[1], full[2], full[3]
