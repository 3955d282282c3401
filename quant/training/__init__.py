"""Training with PyTorch: float networks, and quantized ones whose integers are the golden model's.

``python -m quant.training float NETWORK …`` and ``python -m quant.training retrain MODEL …``
"""
