"""The big corpus: some thirty million words out of packages, as sentences with their source, register and licence tier."""
