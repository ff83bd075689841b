"""One module a theme: `predict(row)` for the rows of the CSV file of its name."""
