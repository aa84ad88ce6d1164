"""Exports: what a lake may give away, in the forms that others read, with licence and credit."""
