"""`Recipe`: the row work of a list as a value, run by an engine."""
