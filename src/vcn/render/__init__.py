"""The film again, with people in boxes, or without the faces of those who are not to be seen."""
