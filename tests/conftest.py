"""Shared by all tests. This file puts `tests/` on the import path: `import fake_engine, editor, client`."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell that runs the tests in the background ignores Ctrl-C for them, and the programs that they start inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
