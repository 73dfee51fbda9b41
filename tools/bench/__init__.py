"""`make bench`: what our PID and the rate groups cost, beside other PIDs, in one run."""
