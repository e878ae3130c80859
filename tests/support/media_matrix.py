"""The films of the input matrix: what people really have, as small files."""

from __future__ import annotations

from fractions import Fraction

from media import DARK, Film

NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001)}
NTSC["59.94"] = Fraction(60000, 1001)
WHOLE = {name: Fraction(name) for name in ("24", "30", "50", "60")}

X264 = "libx264"
NO_B = {"bf": "0"}
UNEVEN = tuple(Fraction(ms, 1000) for ms in (0, 40, 50, 90, 250, 260, 300, 333, 700, 740, 751, 900))
GAPS = tuple(Fraction(i, 25) for i in (0, 1, 2, 5, 6, 7, 8, 12, 13, 20, 21, 22))
"""Frames that AVI shows for longer: empty packets follow them."""
PQ_LEVELS = (77, 145)
"""PQ signals of 10 and 180 cd/m2."""


CONTAINERS = [
    Film("h264.mp4"),
    Film("h264.mov"),
    Film("h264.mkv"),
    Film("h264.ts"),
    Film("h264.flv"),
    Film("h264.avi", options=NO_B),
    Film("fragmented.mp4", container={"movflags": "frag_keyframe+empty_moov"}),
    Film("h264.3gp"),
    Film("hevc.mp4", "libx265"),
    Film("hevc.mkv", "libx265", "yuv420p10le"),
    Film("vp9.webm", "libvpx-vp9", options={"cpu-used": "8", "crf": "10"}),
    Film("vp8.webm", "libvpx", options={"cpu-used": "8", "crf": "10", "b": "1000000"}),
    Film("av1.mp4", "libsvtav1", options={"preset": "12", "crf": "20", "svtav1-params": "lp=1"}),
    Film("av1.webm", "libsvtav1", "yuv420p10le", options={"preset": "12", "crf": "20"}),
    Film("prores.mov", "prores_ks", "yuv422p10le"),
    Film("mpeg2.ts", "mpeg2video", options={"b": "4000000"}),
    Film("mpeg2.mxf", "mpeg2video", "yuv422p", options={"b": "4000000"}),
    Film("mpeg2.mpg", "mpeg2video", options={"b": "4000000"}),
    Film("mpeg4.avi", "mpeg4", options={"b": "4000000"}),
    Film("mjpeg.avi", "mjpeg", "yuvj420p", colour=(2, 2, 2, 2), options={"qmin": "1", "q": "2"}),
    Film("dnxhr.mov", "dnxhd", "yuv422p", (256, 120), options={"profile": "dnxhr_hq"}),
    Film("ffv1.mkv", "ffv1", "yuv444p"),
    Film("raw.avi", "rawvideo", "bgr24"),
    Film("palette.gif", "gif", "rgb8"),
]

PIXELS = [
    Film("420p10.mp4", X264, "yuv420p10le"),
    Film("422.mp4", X264, "yuv422p"),
    Film("422p10.mov", X264, "yuv422p10le"),
    Film("444.mp4", X264, "yuv444p"),
    Film("444p10.mkv", X264, "yuv444p10le"),
    Film("hevc422p10.mp4", "libx265", "yuv422p10le"),
    Film("gray.mkv", "ffv1", "gray"),
    Film("full_range.mp4", colour=(1, 1, 1, 2)),
    Film("limited_range.mp4", colour=(1, 1, 1, 1)),
    Film("alpha.mov", "prores_ks", "yuva444p10le", note="transparency ignored"),
    Film("alpha_png.mov", "png", "rgba", note="transparency ignored"),
    Film("odd.mp4", X264, "yuv444p", (163, 97)),
    Film("odd420.mkv", "ffv1", "yuv420p", (163, 97)),
    Film(
        "pq.mp4", "libx265", "yuv420p10le", levels=PQ_LEVELS, colour=(9, 16, 9, 1),
        note="tone-mapped from high dynamic range",
    ),
    Film(
        "hlg.mp4", "libx265", "yuv420p10le", colour=(9, 18, 9, 1),
        note="tone-mapped from high dynamic range",
    ),
]  # fmt: skip

TIMES = [
    *(Film(f"rate{name}.mp4", rate=rate) for name, rate in (NTSC | WHOLE).items()),
    Film("rate23.976.mkv", rate=NTSC["23.976"]),
    Film("rate59.94.ts", rate=NTSC["59.94"]),
    Film("variable.mp4", times=UNEVEN, time_base=Fraction(1, 1000)),
    Film("variable.mkv", times=UNEVEN, time_base=Fraction(1, 1000)),
    Film("repeats.avi", "mjpeg", "yuvj420p", times=GAPS, colour=(2, 2, 2, 2)),
    Film("b_frames.mp4", options={"bf": "3", "b-adapt": "0"}, n_frames=15),
    Film("b_frames.mkv", options={"bf": "3", "b-adapt": "0"}, n_frames=15),
    Film("hevc_b.mov", "libx265", options={"bf": "3"}, n_frames=15),
    Film("starts_at_3.mkv", start=Fraction(3)),
    Film("starts_at_3.mp4", start=Fraction(3)),
    Film("starts_at_3.ts", container={"mpegts_copyts": "1"}, start=Fraction(3)),
    Film("edit_list.mp4", hidden=5, options=NO_B, start=Fraction(0)),
    Film("edit_list_b.mov", hidden=4, options={"bf": "2"}, start=Fraction(0)),
    Film("raw.h264", form="h264", options=NO_B),
    Film("raw_b.h264", form="h264", options={"bf": "2"}),
    Film("raw.m2v", "mpeg2video", form="mpeg2video", options={"b": "4000000"}),
    Film("b_frames.avi", options={"bf": "2"}),
    Film("one_frame.mp4", n_frames=1),
    Film("one_frame.mkv", n_frames=1),
]

CLOCKWISE, COUNTER = (-90, False, False), (90, False, False)
SHAPES = [
    Film("turned90.mp4", turn=CLOCKWISE, shown=(96, 160), place=lambda x, y: (96 - y, x)),
    Film("turned180.mp4", turn=(180, False, False), place=lambda x, y: (160 - x, 96 - y)),
    Film("turned270.mp4", turn=COUNTER, shown=(96, 160), place=lambda x, y: (y, 160 - x)),
    Film("turned270.mkv", turn=COUNTER, shown=(96, 160), place=lambda x, y: (y, 160 - x)),
    Film("mirrored.mp4", turn=(0, True, False), place=lambda x, y: (160 - x, y), note="mirrored"),
    Film("upside_down.mov", turn=(0, False, True), place=lambda x, y: (x, 96 - y)),
    Film(
        "turned_mirrored.mp4", turn=(-90, True, False), shown=(96, 160),
        place=lambda x, y: (y, x), note="mirrored",
    ),
    Film(
        "wide_pixels.mp4", sample_aspect=Fraction(4, 3), shown=(213, 96),
        place=lambda x, y: (x * 213 / 160, y), note="resampled to square pixels",
    ),
    Film(
        "narrow_pixels.mkv", sample_aspect=Fraction(8, 9), shown=(142, 96),
        place=lambda x, y: (x * 142 / 160, y),
    ),
    Film(
        "wide_pixels.ts", "mpeg2video", size=(160, 96), sample_aspect=Fraction(16, 15),
        shown=(171, 96), place=lambda x, y: (x * 171 / 160, y), options={"b": "4000000"},
    ),
    Film(
        "wide_turned.mp4", sample_aspect=Fraction(3, 2), turn=COUNTER,
        shown=(96, 240), place=lambda x, y: (y, 240 - x * 1.5),
    ),
]  # fmt: skip

INTERLACED = {"flags": "+ildct+ilme", "b": "6000000"}
STREAMS = [
    Film(
        "top_first.mp4", fields="tff", options={"x264-params": "interlaced=1"},
        note="deinterlaced",
    ),
    Film("top_first.ts", "mpeg2video", fields="tff", options=INTERLACED, note="deinterlaced"),
    Film("bottom_first.mkv", "mpeg2video", fields="bff", options=INTERLACED, note="deinterlaced"),
    Film("interlaced.mov", "prores_ks", "yuv422p10le", fields="tff", note="deinterlaced",
         options={"flags": "+ildct"}),
    Film("sound_first.mp4", audio="aac"),
    Film("sound_first.mkv", audio="pcm_s16le"),
    Film("sound_first.avi", "mpeg4", audio="mp2", options={"b": "4000000"}),
    Film("sound_first.ts", audio="mp2"),
    Film("two_videos.mkv", second="before"),
    Film("two_videos.mp4", second="after"),
    Film("cover_first.mp4", cover=True),
    Film("cover_first.mkv", cover=True),
    Film("black_and_dim.mp4", levels=(DARK // 2, 120)),
]  # fmt: skip

MATRIX = [*CONTAINERS, *PIXELS, *TIMES, *SHAPES, *STREAMS]
