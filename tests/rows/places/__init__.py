"""A package, so that its conftest is its own."""
