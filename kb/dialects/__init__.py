"""The dialects in which people write notes, one module each: text in, one record out."""
