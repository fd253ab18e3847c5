"""Readers of the languages that prose is written in: which stretches of a document are prose."""
