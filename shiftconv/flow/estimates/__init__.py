"""Estimates of area against synthesis: samples, fits, errors."""
