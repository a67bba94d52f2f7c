"""Networks for images: the same small filters at every position."""
