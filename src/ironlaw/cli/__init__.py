"""The command line. One file a command: `cli/NAME.py` holds a click command called NAME, and `ironlaw NAME` finds it.

A module whose name begins with an underscore is a helper.
"""
