"""The published benchmarks as commands: their layouts, their tables, ours beside them."""
