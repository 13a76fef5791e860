"""The audit package: a program's whole proof in one zip, checked by `verify.py` alone."""
