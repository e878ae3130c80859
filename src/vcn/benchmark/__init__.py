"""The benchmark: methods x films x seeds, one table with mean and spread."""
