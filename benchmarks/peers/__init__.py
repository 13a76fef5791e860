"""Other gateways on the same machine and carrier, in a network of their own: `make bench-peers`."""
