"""Face-ID backbones as torch modules, and the student/teacher pair."""
