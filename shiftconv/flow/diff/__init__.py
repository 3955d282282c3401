"""The first wrong bit between the golden model and a design."""
