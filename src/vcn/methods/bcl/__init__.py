"""Ball Cluster Learning (Tapaswi, Law and Fidler, ICCV 2019) and its comparators."""
