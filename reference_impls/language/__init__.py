"""Language models: text in, text out, and the task is part of the text."""
