"""What every test runs under: one thread a worker, no deadline for examples, fixed ones in CI."""

import os

# Two workers whose torch threads wait for each other on two cores are 20 times slower than one
# thread each. Set before torch is imported; processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("ualm", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ualm")
