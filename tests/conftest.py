"""What every test runs under: no deadline for examples, because the machine may be busy."""

from hypothesis import settings

settings.register_profile("ualm", deadline=None)
settings.load_profile("ualm")
