"""Many accelerators at once: networks, schemes, boards and rates, in parallel and resumable."""
