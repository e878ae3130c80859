"""Multi-Face (Somandepalli, Hebbar and Narayanan 2020): MvCorr and ImpTriplet."""
