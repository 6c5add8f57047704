"""Proof by trying: breaks the engine at every place where it can break, and counts what customers got."""
