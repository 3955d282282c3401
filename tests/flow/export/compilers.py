"""C and C++ compilers for generated headers."""

import shutil
import sys

__all__ = ["compilers"]


def compilers():
    """Calls of a C and of a C++ compiler: the system's, else Zig's."""
    zig = [sys.executable, "-m", "ziglang"]
    c, cpp = shutil.which("cc"), shutil.which("c++")
    return {"-std=c99": [c] if c else [*zig, "cc"], "-std=c++11": [cpp] if cpp else [*zig, "c++"]}
