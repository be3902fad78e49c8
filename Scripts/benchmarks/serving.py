"""Responders behind nginx, with the project's own nginx.conf, and a client that signs in."""

import html
import http.client
import os
import re
import socket
import subprocess
import time
import urllib.parse
from pathlib import Path

from measuring import Problem, end
from workshop import PROJECT, SOURCES

PASSWORD = "demo-password"
EXPORT_PAGE = "/settings/export"


class Site:
    """nginx and one responder on a free port, until the end of the `with`.

    `command` starts the responder, which listens on handover.sock in the folder."""

    def __init__(self, folder, command, *, environment=None, script=None, port=None):
        self.folder = folder
        self.command = [str(word) for word in command]
        self.environment = environment or dict(os.environ)
        self.script = script  # PHP-FPM asks which one
        self.port = port or free_port()  # Handover's cookie is of one port
        self.processes = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Killed, not stopped: the next contestant begins at once, and the folder goes anyway.
        while self.processes:
            end(self.processes.pop())

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def _start(self):
        place = {"PORT": str(self.port), "HANDOVER_URL": self.url, "HANDOVER_DATA": str(self.folder)}
        site = subprocess.run(
            [PROJECT / "Scripts/site"], env={**os.environ, **place}, check=True, capture_output=True, text=True).stdout
        if self.script:
            parameter = 'fastcgi_param HTTP_PROXY "";'
            site = site.replace(parameter, f'{parameter}\n  fastcgi_param SCRIPT_FILENAME "{self.script}";')
        nginx = self.folder / "nginx"
        (nginx / "temporary").mkdir(parents=True, exist_ok=True)
        (nginx / "nginx.conf").write_text(site)
        user = "user root root;" if os.getuid() == 0 else ""
        (self.folder / "handover.sock").unlink(missing_ok=True)
        self._spawn(self.command, {**self.environment, **place})
        self._wait_for((self.folder / "handover.sock").exists, "its socket")
        self._spawn(["nginx", "-e", "stderr", "-p", f"{nginx}/", "-c", "nginx.conf", "-g", f"daemon off; {user}"])
        self._wait_for(lambda: answers(self.port), "nginx")

    def _spawn(self, command, environment=None):
        with open(self.folder / "log", "a") as log:
            self.processes.append(subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))

    def _wait_for(self, condition, what):
        until = time.monotonic() + 20
        while not condition():
            ended = [f"{process.args[0]} ended with {process.returncode}" for process in self.processes
                     if process.poll() is not None]
            if ended or time.monotonic() > until:
                log = (self.folder / "log").read_text()[-2000:]
                raise Problem(f"{self.command[0]} did not start, {what} is missing; {', '.join(ended)}; its log: {log}")
            time.sleep(0.02)

    def load(self, cookie, connections, seconds):
        """Requests the Export page with wrk, each connection at once again. Returns a Load."""
        before = processor_seconds(self.processes[0].pid)
        run = subprocess.run(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", SOURCES / "load.lua",
             "-H", f"Cookie: {cookie}", f"http://127.0.0.1:{self.port}{EXPORT_PAGE}"],
            capture_output=True, text=True, timeout=seconds + 30, check=True)
        spent = processor_seconds(self.processes[0].pid) - before
        *numbers, requests, errors = run.stdout.splitlines()[-1].split()
        if int(errors) > 0:
            raise Problem(f"{errors} of the requests to {self.command[0]} failed")
        return Load(*map(float, numbers), spent / int(requests) * 1e3)


class Load:
    def __init__(self, rate, p50, p95, p99, processor):
        self.rate = rate  # requests a second
        self.p50, self.p95, self.p99 = p50, p95, p99  # ms
        self.processor = processor  # ms that the responder computes for a request


class Client:
    """A browser's part: one session on a site."""

    def __init__(self, site, email):
        self.site = site
        self.cookies = {}
        status, page = self.get("/login")
        status, page = self.post("/login", page, email=email, password=PASSWORD)
        if status != 303:
            raise Problem(f"{email} could not sign in: status {status}")

    @property
    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path):
        return self._request("GET", path)

    def post(self, path, page, **fields):
        """Sends a form with the token that stands in the page."""
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)
        if not token:
            raise Problem(f"there is no form on the page before {path}")
        return self._request(
            "POST", path, urllib.parse.urlencode({"csrf_token": html.unescape(token[1]), **fields}))

    def _request(self, method, path, body=None):
        response, text = request(self.site, method, path, self.cookie, body)
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return response.status, text

    def request_export(self):
        self._request_exports({"scope": "organisation"})

    def request_exports_of_users(self, users):
        self._request_exports(*({"scope": "user", "user_id": f"U-{user}"} for user in users))

    def _request_exports(self, *forms):
        _, page = self.get(EXPORT_PAGE)
        for form in forms:
            status, _ = self.post(EXPORT_PAGE, page, **form)
            if status != 303:
                raise Problem(f"an export was refused: status {status}")

    def exports(self):
        """The states of the exports on the page, those that wait or run first."""
        _, page = self.get(EXPORT_PAGE + "/status")
        return re.findall(r'data-export="[^"]*" data-status="([a-z]+)"', page)

    @property
    def is_exporting(self):
        return "processing" in self.exports()

    def wait_for_exports(self, limit=600):
        """Until none waits or runs; they must have been completed."""
        until = time.monotonic() + limit
        while True:
            states = self.exports()
            if not {"queued", "processing"} & set(states):
                break
            if time.monotonic() > until:
                raise Problem(f"an export was not completed within {limit} s")
            time.sleep(0.02)
        if "failed" in states:
            raise Problem("an export failed")


def request(site, method, path, cookie="", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = {"Cookie": cookie} if cookie else {}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


def processor_seconds(session):
    """What all processes of a session have computed, in the program and in the kernel."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[3]) == session:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
