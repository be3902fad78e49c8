"""The way through, photographed and filmed: the owner asks, watches and downloads."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from browser import Browser, free_port, wait_for
from film import Film

PROJECT = Path(__file__).resolve().parent.parent.parent
MEDIA = PROJECT / "Public/media"
SCREENS = PROJECT / "Documentation/screens"
WIDTH, HEIGHT = 960, 600  # of the video and the tallest picture
HEIGHTS = {"ask": HEIGHT, "watch": 440, "download": 440}  # Templates/pages/help.mustache says the same
ROWS = 400_000

NEW = "//a[normalize-space()='+ NEW DATA EXPORT']"
CONFIRM = "//button[normalize-space()='Confirm']"
EXPORT = "//nav//a[normalize-space()='Export']"


class Site:
    """Handover on a free port with demo data, and compression slow enough for a bar to be seen."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"http://localhost:{free_port()}"
        self.log = Path(self.folder.name) / "log"
        data = Path(self.folder.name) / "data"
        environment = {
            **os.environ, "PORT": self.url.rpartition(":")[2], "HANDOVER_DATA": str(data), "HANDOVER_COMPRESSION": "9",
            "HANDOVER_THREADS": "1", "HANDOVER_SUPPORT_URL": "https://chat.example/",
            "HANDOVER_AGGREGATOR": "Northern Aggregation, help@northern.example"}
        environment.pop("HANDOVER_URL", None)
        subprocess.run([PROJECT / ".build/release/handover", "demo", "--rows", str(ROWS)], env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([PROJECT / "Scripts/run", "--built"], env=environment, stdout=log, stderr=log)
        wait_for(lambda: "Sign in" in self.log.read_text(), "Scripts/run", 60)
        people = dict(re.findall(r"^(\S+@\S+) (\S+)$", self.log.read_text(), re.MULTILINE))
        self.owner = next(person for person in people.items() if "owner" in person[0])
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def sign_in(browser, site):
    email, password = site.owner
    browser.run("document.getElementById('email').focus()")
    browser.type(email)
    browser.run("document.getElementById('password').focus()")
    browser.type(password)
    browser.click("//button[normalize-space()='Sign in']")
    browser.wait_for("!location.pathname.startsWith('/login')")


def film_the_way(browser):
    """From the profile to the download. Takes the Help page's pictures on the way."""
    film = Film(browser)
    browser.show_hand(browser.place)
    film.hold(1)
    film.click(EXPORT)
    browser.wait_for("document.querySelector('[data-opens]')")
    browser.show_hand(browser.place)
    film.hold(1.2)
    film.click(NEW)
    browser.wait_for("document.querySelector('dialog').open")
    still(browser, "ask")
    browser.show_hand(browser.place)
    film.hold(1.8)
    film.click(CONFIRM)
    browser.wait_for("document.querySelector('progress')")
    watch(browser, film)
    browser.show_hand(browser.place)
    film.hold(0.8)
    still(browser, "download")
    film.move("//a[@class='download']")
    film.hold(0.4)
    film.click("//a[@class='download']")
    film.hold(1.6)
    return film


def watch(browser, film):
    """The bar, seen for about 5 s however long it takes: a picture for each step of it."""
    seen = -1
    taken = False
    while (percent := browser.run("return document.querySelector('progress')?.value ?? null")) is not None:
        if percent != seen:
            browser.show_hand(browser.place)
            film.hold(max(0.12, (percent - max(seen, 0)) * 0.05))
            seen = percent
        if percent > 35 and not taken:
            still(browser, "watch")
            save_webp(browser.picture(), MEDIA / "poster.webp")
            taken = True
    browser.wait_for("document.querySelector('a.download')")


def still(browser, name):
    """A picture of the Help page, light and dark."""
    browser.hide_hand()
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        save_webp(browser.picture(WIDTH, HEIGHTS[name]), MEDIA / f"{name}-{scheme}.webp")
    browser.prefer("light")


def save_webp(png, file):
    subprocess.run(["cwebp", "-quiet", "-q", "72", "-m", "6", "-sharp_yuv", "-o", file, "--", "-"], input=png, check=True)


def screens(browser, site):
    """For README and Documentation."""
    SCREENS.mkdir(exist_ok=True)
    pages = [("export", "/settings/export", "open"), ("dialog", "/settings/export", "dialog"),
             ("users", "/settings/organisation/users", ""), ("activity", "/settings/activity", ""), ("help", "/help", "")]
    for name, path, step in pages:
        for suffix, width, height, scheme in (("", 1120, 760, "light"), ("-dark", 1120, 760, "dark"), ("-phone", 390, 760, "light")):
            browser.resize(width, height, 1.5 if width < 500 else 1)
            browser.prefer(scheme)
            browser.open(site.url + path)
            if step == "open":
                browser.click("//summary")
            if step == "dialog":
                browser.click(NEW)
            save_png(browser.picture(), SCREENS / f"{name}{suffix}.png")


def save_png(png, file):
    small = subprocess.run(["pngquant", "--strip", "--speed", "1", "64", "-"], input=png, capture_output=True, check=True)
    file.write_bytes(small.stdout)


def main():
    MEDIA.mkdir(exist_ok=True)
    SCREENS.mkdir(exist_ok=True)
    with Site() as site, Browser(WIDTH, HEIGHT) as browser:
        browser.prefer("light")
        browser.open(site.url)
        save_png(browser.picture(), SCREENS / "sign-in.png")
        sign_in(browser, site)
        film = film_the_way(browser)
        film.save(MEDIA / "way.webm", WIDTH)
        browser.hide_hand()
        screens(browser, site)
    print(f"the video lasts {film.seconds:.1f} s")
    for file in sorted([*MEDIA.iterdir(), *SCREENS.iterdir()]):
        print(f"{file.stat().st_size / 1000:6.0f} kB  {file.relative_to(PROJECT)}")


main()
