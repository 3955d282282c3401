"""Numbers: codebooks, formats, quantizers and the golden model. Imports no hardware."""
