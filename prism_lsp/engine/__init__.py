"""The engine: the only part of Prism that reads weights and computes. It runs in a process of its own."""
