"""What is measured, and the committed records of it."""
