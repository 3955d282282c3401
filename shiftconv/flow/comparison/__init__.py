"""Shifts beside multipliers."""
