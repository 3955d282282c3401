"""Pins of boards that amaranth-boards does not know, in its terms."""
