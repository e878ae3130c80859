"""Systems that train on the tracks of the film itself, without labels."""
