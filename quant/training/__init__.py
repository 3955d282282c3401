"""Training of the networks that ship; needs PyTorch (``pip install -e '.[train]'``)."""
