"""The same lab in a notebook: marimo, JupyterLab, VS Code."""
