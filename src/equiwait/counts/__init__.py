"""Counts: all that the statistics ever see, from a list or from a publication."""
