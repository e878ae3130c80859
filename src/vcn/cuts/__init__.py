"""Where one shot ends and the next begins: PySceneDetect's detectors, and editors' lists."""
