"""Places: postcode to area to index of deprivation."""
