"""Movement: who moves when the order changes, and whether the order that was suggested is the order that was kept."""
