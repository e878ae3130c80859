"""What every run stands on: artefacts on disk, progress, interruption, devices."""
