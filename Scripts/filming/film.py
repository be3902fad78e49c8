"""A video out of single pictures, each with the time for which it is seen, so that it is the same on a slow machine."""

import subprocess
import tempfile
from pathlib import Path

STEP = 1 / 15  # s


class Film:
    def __init__(self, browser):
        self.browser = browser
        self.folder = tempfile.TemporaryDirectory()
        self.shots = []  # file, seconds

    def hold(self, seconds):
        """Shows the page as it is now for so long."""
        file = Path(self.folder.name) / f"{len(self.shots)}.png"
        file.write_bytes(self.browser.picture())
        self.shots.append((file, seconds))

    def move(self, xpath, seconds=0.6):
        """Moves the hand to an element, slowly at both ends."""
        (x0, y0), (x1, y1) = self.browser.place, self.browser.find(xpath)
        count = round(seconds / STEP)
        for number in range(1, count + 1):
            part = number / count
            part = part * part * (3 - 2 * part)
            self.browser.show_hand((x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
            self.hold(STEP)

    def click(self, xpath):
        self.move(xpath)
        self.hold(0.25)
        self.browser.show_hand(self.browser.place, pressed=True)
        self.hold(0.15)
        self.browser.click(xpath)

    @property
    def seconds(self):
        return sum(seconds for _, seconds in self.shots)

    def fit(self, begin, seconds):
        """Makes the pictures from that one on take so long together, however many there are."""
        factor = seconds / sum(length for _, length in self.shots[begin:])
        self.shots[begin:] = [(file, length * factor) for file, length in self.shots[begin:]]

    def save(self, name, width):
        """As MP4 with H.264, which every browser and phone plays, and as WebM with VP9 for those without its licence. A few
        colours of a page need few bits."""
        script = Path(self.folder.name) / "script"
        lines = [f"file '{shot}'\nduration {seconds:.4f}" for shot, seconds in self.shots]
        # The last one's time counts only where something follows.
        script.write_text("\n".join(["ffconcat version 1.0", *lines, f"file '{self.shots[-1][0]}'"]))
        codecs = {
            # The index comes first, so that it plays while it is loaded.
            ".mp4": ["libx264", "-preset", "slow", "-crf", "27", "-tune", "animation", "-movflags", "+faststart"],
            ".webm": ["libvpx-vp9", "-crf", "36", "-b:v", "0", "-row-mt", "1", "-deadline", "good", "-cpu-used", "2"]}
        for suffix, codec in codecs.items():
            subprocess.run(
                ["ffmpeg", "-loglevel", "error", "-y", "-f", "concat", "-safe", "0", "-i", script, "-an",
                 "-vf", f"fps=15,scale={width}:-2:flags=lanczos,format=yuv420p", "-g", "150", "-c:v", *codec,
                 "-fflags", "+bitexact", f"{name}{suffix}"], check=True)
