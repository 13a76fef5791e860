"""Figures: each beside its limit and its peer, measured side by side in one run (`make bench`)."""
