"""What is measured, by commands that anyone can run again: `python -m benchmarks.<name>`."""
