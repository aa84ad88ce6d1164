"""What runs inside a sandbox: sent there as text, to an interpreter that does not know the suite.

Each module is a program of its own, for Python 3.9 and newer, and imports nothing but the standard
library; `checker` and `candidate` are sent with `plain` before them.
"""
