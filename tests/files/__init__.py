"""Files as hospitals and publishers send them."""
