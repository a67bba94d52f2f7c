"""Memory: external rows that a network writes to and reads from, apart from the units that compute."""
