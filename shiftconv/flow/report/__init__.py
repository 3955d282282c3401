"""One page that shows a design and everything that is known of it."""
