"""`blake2b` as `hashlib` has it, without the OpenSSL that `hashlib` loads for other hashes: a tenth of a query."""

try:
    from _blake2 import blake2b
except ImportError:  # a Python that keeps it elsewhere
    from hashlib import blake2b

__all__ = ["blake2b"]
