"""How much memory a process has held, itself: the kernel's usual figure is handed on from a parent that has made the lists."""

MOST_HELD = """
def most_held():  # MB
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
