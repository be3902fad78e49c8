"""The way through, photographed and filmed: the owner asks, watches, reads the e-mail, downloads, unzips and opens a file."""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from browser import Browser, free_port, wait_for
from desk import Desk
from film import Film

PROJECT = Path(__file__).resolve().parent.parent.parent
MEDIA = PROJECT / "Public/media"
SCREENS = PROJECT / "Documentation/screens"
WIDTH, HEIGHT = 960, 600  # of the video and the tallest picture
HEIGHTS = {"ask": HEIGHT, "watch": 440, "mail": HEIGHT, "download": 440}  # Templates/pages/help.mustache says the same
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
        self.mails = data / "mail"
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


def film_the_way(browser, site, scheme):
    """From the profile to the opened file. The first time it takes the Help page's pictures on the way, in both schemes."""
    film = Film(browser)
    desk = Desk(browser, site.mails)
    browser.prefer(scheme)
    browser.open(site.url + "/settings")
    browser.show_hand(browser.place)
    film.hold(1)
    film.click(EXPORT)
    browser.wait_for("document.querySelector('[data-opens]')")
    browser.show_hand(browser.place)
    film.hold(1)
    film.click(NEW)
    browser.wait_for("document.querySelector('dialog').open")
    still(browser, "ask", scheme)
    browser.show_hand(browser.place)
    film.hold(1.6)
    film.click(CONFIRM)
    browser.wait_for("document.querySelector('progress')")
    watch(browser, film, scheme)
    browser.show_hand(browser.place)
    film.hold(0.8)
    still(browser, "download", scheme)
    wait_for(lambda: desk.mail("completed"), "the mail", 60)
    desk.show_inbox("completed")
    browser.show_hand(browser.place)
    film.hold(1.4)
    film.click("//a")
    desk.show_mail("completed")
    still(browser, "mail", scheme)
    browser.show_hand(browser.place)
    film.hold(2.2)
    film.click("//a[@class='button']")
    desk.wait_for_download(wait_for)
    film.hold(0.6)
    desk.show_downloads()
    browser.show_hand(browser.place)
    film.hold(1)
    film.click("//a")
    desk.show_unzipped()
    browser.show_hand(browser.place)
    film.hold(1.6)
    film.click("//a[b='Deals.csv']")
    desk.show_table("Deals.csv")
    browser.show_hand(browser.place)
    film.hold(2.6)
    return film


def watch(browser, film, scheme):
    """The bar, seen for 5 s however long it takes: a picture for each step of it."""
    begin = len(film.shots)
    seen = -1
    taken = False
    while (percent := browser.run("return document.querySelector('progress')?.value ?? null")) is not None:
        if percent != seen:
            browser.show_hand(browser.place)
            film.hold(max(0.12, (percent - max(seen, 0)) * 0.05))
            seen = percent
        if percent > 35 and not taken:
            still(browser, "watch", scheme)
            browser.hide_hand()
            save_webp(browser.picture(), MEDIA / f"poster-{scheme}.webp")
            taken = True
    film.fit(begin, 5)
    browser.wait_for("document.querySelector('a.download')")


def still(browser, name, scheme):
    """A picture of the Help page in the scheme."""
    browser.hide_hand()
    save_webp(browser.picture(WIDTH, HEIGHTS[name]), MEDIA / f"{name}-{scheme}.webp")


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


def mail_screens(browser, site):
    desk = Desk(browser, site.mails)
    desk.show_mail("completed")
    for suffix, width, scheme in (("", 800, "light"), ("-dark", 800, "dark"), ("-phone", 390, "light")):
        browser.resize(width, 760, 1.5 if width < 500 else 1)
        browser.prefer(scheme)
        save_png(browser.picture(), SCREENS / f"mail{suffix}.png")


def main():
    begun = time.time()
    for folder in (MEDIA, SCREENS):
        folder.mkdir(exist_ok=True)
    lengths = set()
    with Site() as site:
        for scheme in ("light", "dark"):
            with Browser(WIDTH, HEIGHT) as browser:
                browser.prefer(scheme)
                browser.open(site.url)
                if scheme == "light":
                    save_png(browser.picture(), SCREENS / "sign-in.png")
                sign_in(browser, site)
                film = film_the_way(browser, site, scheme)
                film.save(MEDIA / f"way-{scheme}", WIDTH)
                lengths.add(round(film.seconds, 1))
                if scheme == "dark":
                    mail_screens(browser, site)
                    browser.hide_hand()
                    screens(browser, site)
    # The video's poster, through which the picture below it is seen: a poster can't know the scheme.
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"color=black@0:size={WIDTH}x{HEIGHT},format=yuva420p",
                    "-y", "-frames:v", "1", MEDIA / "see-through.webp"], check=True)
    for file in [*MEDIA.iterdir(), *SCREENS.iterdir()]:
        if file.stat().st_mtime < begun:
            file.unlink()
    # Templates/pages/help.mustache says it, and a test compares.
    print(f"the video lasts {' and '.join(map(str, lengths))} s")
    for file in sorted([*MEDIA.iterdir(), *SCREENS.iterdir()]):
        print(f"{file.stat().st_size / 1000:6.0f} kB  {file.relative_to(PROJECT)}")


main()
