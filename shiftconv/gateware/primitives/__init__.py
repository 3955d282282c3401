"""Parts that AMD's FPGAs have a shape of their own for, each behind a portable twin."""
