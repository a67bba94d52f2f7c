"""The habits people write notes in, one module each: text in, one record out."""
