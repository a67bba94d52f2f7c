"""Where it began: units, layers, and how errors find their way back."""
