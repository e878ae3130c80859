"""What a run leaves behind: clusters.json, the table of boxes, the report, exports."""
