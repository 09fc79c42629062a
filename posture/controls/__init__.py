"""The controls: one module per family, with its texts in a JSON file beside it. Found by walking this package."""
