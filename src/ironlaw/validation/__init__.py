"""Published measurements against the engine. `run.validate()` predicts every row and says how far off it is.

A theme is one CSV file and one module of its name in `themes/`. A measurement is one row: adding one needs no code.
"""
