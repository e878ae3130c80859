"""Model packs and the files of weights: found, pulled, verified, read and saved."""
