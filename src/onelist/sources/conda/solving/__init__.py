"""The solver of conda, mamba and pixi: rattler's, for the channels of an install line."""
