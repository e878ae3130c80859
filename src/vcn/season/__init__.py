"""Many films with one cast: each film on its own, then its people linked across films."""
