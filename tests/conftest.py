"""Shared by all tests. This file puts `tests/` on the import path: `import fake_engine, editor, client`."""
