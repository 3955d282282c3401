"""Talk to a board, real or simulated."""
