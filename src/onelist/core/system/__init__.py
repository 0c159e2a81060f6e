"""Files, folders, programs and memory of this machine, used so that nothing is lost and nothing leaks."""
