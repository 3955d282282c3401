"""The float network: its layers, and how they take from each other."""
