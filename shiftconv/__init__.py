"""From a trained CNN to an FPGA accelerator whose convolutions have no multiplier."""

__all__ = ["__version__"]

__version__ = "0.1.0"
