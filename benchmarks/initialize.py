"""How long a server takes from the start of its process to its answer to `initialize`, beside an empty pygls server.

    python -m benchmarks.initialize [-n 15]

The two are started in turn, so that whatever else the machine does weighs on both alike. What counts is the ratio of
the medians; the aim is at most 1.3.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

EMPTY = [sys.executable, "-c", "from pygls.lsp.server import LanguageServer; LanguageServer('empty', '1').start_io()"]
PRISM = [sys.executable, "-m", "prism_lsp"]

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
    "workspace": {"semanticTokens": {"refreshSupport": True}, "workspaceEdit": {"documentChanges": True}},
    "window": {"workDoneProgress": True},
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}


def seconds(command: Sequence[str]) -> float:
    """From starting the process to the answer."""
    params = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        process.stdin.flush()
        length = 0
        while line := process.stdout.readline().strip():
            if line.startswith(b"Content-Length:"):
                length = int(line.partition(b":")[2])
        answer = json.loads(process.stdout.read(length))
        took = time.perf_counter() - began
        process.kill()
    assert "capabilities" in answer["result"]
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=15, help="starts of each server (default 15)")
    count = parser.parse_args().n
    for command in (EMPTY, PRISM):
        seconds(command)  # once, so that both find their files in the cache
    empty, prism = [], []
    for _ in range(count):
        empty.append(seconds(EMPTY))
        prism.append(seconds(PRISM))
    ratio = statistics.median(prism) / statistics.median(empty)
    for name, times in (("empty pygls server", empty), ("prism-lsp", prism)):
        print(f"{name:20} median {statistics.median(times):.3f} s  ({min(times):.3f} to {max(times):.3f}, n={count})")
    print(f"{'ratio of medians':20} {ratio:.2f}  (aim: at most 1.30)")


if __name__ == "__main__":
    main()
