"""Fits BG/NBD with `lifetimes`, a time for each line that is asked for: bg_nbd_fit.py HISTORIES

HISTORIES has a line `frequency recency age` for each customer. For each line on standard input, one fit with the
library's own defaults; its seconds and its parameters go out in one line.
"""

import sys
import time
import warnings

warnings.filterwarnings("ignore")

import lifetimes  # noqa: E402
import numpy as np  # noqa: E402

frequency, recency, age = np.loadtxt(sys.argv[1], unpack=True)
for _ in sys.stdin:
    began = time.perf_counter()
    fitter = lifetimes.BetaGeoFitter().fit(frequency, recency, age)
    seconds = time.perf_counter() - began
    print(seconds, *(fitter.params_[name] for name in ("r", "alpha", "a", "b")), flush=True)
