"""Coverage and null rates of what the front door prints, on one named grid: ``python -m tests.accuracy``."""
