"""What runs on a host beside an accelerator: numpy and pyserial, no hardware description."""
