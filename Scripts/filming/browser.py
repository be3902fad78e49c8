"""A headless Chromium, driven by W3C WebDriver and Chromium's own protocol, with a hand that can be seen."""

import base64
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

# A pointer, since a headless browser shows none. Drawn by the script into the page.
HAND = """
let hand = document.getElementById('the-hand');
if (!hand) {
  hand = document.createElement('div');
  hand.id = 'the-hand';
  hand.setAttribute('aria-hidden', 'true');
  hand.popover = 'manual';
  hand.innerHTML = '<svg width="28" height="28" viewBox="0 0 28 28"><path d="M5 3l16 12-7.5 1.2L9 23z" fill="#111" ' +
    'stroke="#fff" stroke-width="1.75" stroke-linejoin="round"/></svg>';
  Object.assign(hand.style, {position: 'fixed', inset: 'auto', margin: 0, padding: 0, border: 0, background: 'none',
    overflow: 'visible', pointerEvents: 'none', transformOrigin: '5px 3px'});
  document.body.append(hand);
}
if (hand.matches(':popover-open')) hand.hidePopover();
hand.showPopover();
hand.style.left = arguments[0] - 5 + 'px';
hand.style.top = arguments[1] - 3 + 'px';
hand.style.transform = arguments[2] ? 'scale(.82)' : '';
"""


class Browser:
    def __init__(self, width, height):
        self.place = (width * 0.62, height * 0.85)
        self.profile = tempfile.TemporaryDirectory()
        port = free_port()
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        wait_for(lambda: self._send("GET", "/status")["ready"], "chromedriver")
        arguments = ["--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                     f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        self.downloads = Path(self.profile.name) / "downloads"
        self.downloads.mkdir()
        options = {"args": arguments, "prefs": {"download.default_directory": str(self.downloads)}}
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.url += "/session/" + session["sessionId"]
        self.resize(width, height)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def resize(self, width, height, scale=1.5):
        self.protocol("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def prefer(self, scheme):
        self.protocol("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, url):
        self._send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self._send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def protocol(self, command, **parameters):
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self, width=None, height=None):
        """What is in the window now, or in its upper left part, as PNG."""
        part = {"clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}} if width else {}
        answer = self.protocol("Page.captureScreenshot", format="png", optimizeForSpeed=True, **part)
        return base64.b64decode(answer["data"])

    def wait_for(self, condition, seconds=60):
        """Waits until a JavaScript expression is true."""
        wait_for(lambda: self.run(f"return Boolean({condition})"), condition, seconds)

    def find(self, xpath):
        """The middle of an element, in CSS pixels."""
        found = self.run(
            "const e = document.evaluate(arguments[0], document, null, 9, null).singleNodeValue; if (!e) return null;"
            "const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]", xpath)
        if not found:
            raise SystemExit(f"pictures: there is no {xpath} on {self.run('return location.href')}")
        return found

    def click(self, xpath):
        x, y = self.find(xpath)
        for kind in ("mousePressed", "mouseReleased"):
            self.protocol("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def show_hand(self, place, pressed=False):
        self.place = place
        self.run(HAND, *place, pressed)

    def hide_hand(self):
        self.run("document.getElementById('the-hand')?.remove()")

    def type(self, text):
        self.protocol("Input.insertText", text=text)

    def _send(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"pictures: {path}: {json.load(error)['value']['message'].splitlines()[0]}")


def wait_for(condition, what, seconds=30):
    until = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, KeyError):
            pass
        if time.monotonic() > until:
            raise SystemExit(f"pictures: waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]
