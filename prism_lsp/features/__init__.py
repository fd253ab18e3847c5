"""One module an LSP method. `server.py` registers them; they ask the session and answer in LSP types."""
