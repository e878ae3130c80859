"""CVAT for video 1.1: a track of boxes for each face, its person an attribute to correct.

The task in CVAT needs a label `face` with a text attribute `person` that may not change
within a track; docs/annotate.md has it to paste.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from vcn.export.excerpt import Excerpt, Rendered
from vcn.export.text import changed, xml_text
from vcn.report.boxes import Boxes


def render(excerpt: Excerpt) -> Rendered:
    """Key frames are those on which the face was seen; between them CVAT draws the line."""
    video, boxes = excerpt.film.video, excerpt.boxes()
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    task = ET.SubElement(ET.SubElement(root, "meta"), "task")
    for key, value in (
        ("name", xml_text(Path(video.path).name)),
        ("size", str(video.n_frames)),
        ("mode", "interpolation"),
        ("start_frame", "0"),
        ("stop_frame", str(max(video.n_frames - 1, 0))),
    ):
        ET.SubElement(task, key).text = value
    size = ET.SubElement(task, "original_size")
    ET.SubElement(size, "width").text = str(video.width)
    ET.SubElement(size, "height").text = str(video.height)
    label = ET.SubElement(ET.SubElement(task, "labels"), "label")
    ET.SubElement(label, "name").text = "face"
    attribute = ET.SubElement(ET.SubElement(label, "attributes"), "attribute")
    for key, value in (("name", "person"), ("mutable", "False"), ("input_type", "text")):
        ET.SubElement(attribute, key).text = value
    for rows in np.split(np.arange(len(boxes)), np.flatnonzero(np.diff(boxes.track)) + 1):
        if len(rows):
            _track(root, excerpt, boxes.rows(rows))
    ET.indent(root)
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Rendered(content, changed((s.name for s in excerpt.subjects), xml_text))


def _track(root: ET.Element, excerpt: Excerpt, boxes: Boxes) -> None:
    """One face; after a stretch that is not exported it is `outside`."""
    track = ET.SubElement(root, "track", id=str(boxes.track[0]), label="face", source="auto")
    name = xml_text(excerpt.person_name(int(boxes.person[0])))
    gap = np.append(np.diff(boxes.frame) > 1, True)
    for i in range(len(boxes)):
        key = bool(boxes.observed[i] or gap[i] or i == 0 or gap[i - 1])
        frame, xyxy = int(boxes.frame[i]), boxes.xyxy[i].tolist()
        _box(track, frame, xyxy, name, key=key, outside=False)
        if gap[i] and frame + 1 < excerpt.film.video.n_frames:
            _box(track, frame + 1, xyxy, name, key=True, outside=True)


def _box(
    track: ET.Element, frame: int, xyxy: list[float], name: str, *, key: bool, outside: bool
) -> None:
    values = {"frame": str(frame), "keyframe": str(int(key)), "outside": str(int(outside))}
    corners = zip(("xtl", "ytl", "xbr", "ybr"), (f"{value:.2f}" for value in xyxy), strict=True)
    box = ET.SubElement(track, "box", {**values, "occluded": "0", **dict(corners), "z_order": "0"})
    ET.SubElement(box, "attribute", name="person").text = name
