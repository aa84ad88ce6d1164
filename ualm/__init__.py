"""The command line of the UALM suite, and its demonstration."""
