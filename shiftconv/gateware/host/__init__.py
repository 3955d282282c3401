"""Between an accelerator and a host: serial line, packets, registers, buses."""
