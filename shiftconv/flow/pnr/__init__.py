"""Place and route with the tools that come as wheels."""
