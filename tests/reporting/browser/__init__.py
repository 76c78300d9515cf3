"""Pages in a real browser: nothing leaves the file, everything can be read, and marks stand where their numbers are."""
