"""Facts: what the OS and the CPU say of themselves; never timed, never raising."""
