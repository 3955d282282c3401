"""Components: streams in, streams out, each usable alone."""
