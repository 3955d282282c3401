"""Prove what must hold of a design for all inputs: Yosys flattens it, Bitwuzla decides."""
