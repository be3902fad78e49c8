#!/usr/bin/python3
"""Dropbox and Google Drive on loopback, for tests and by hand: as far as rclone, curl and a browser ask.

    Tests/Providers/serve.py FOLDER [--port 8999] [--dropbox KEY:SECRET] [--google ID:SECRET] [--redirect ADDRESS]...

A proxy that ends TLS itself, with an authority of its own (FOLDER/ca.pem). It keeps accounts, tokens and files in FOLDER, so
that it may be killed and started again. `--redirect` registers an address; without one, those that end in the paths that
Handover has. Prints one line when it listens. To use it:

    export HTTPS_PROXY=http://127.0.0.1:8999 RCLONE_CA_CERT=FOLDER/ca.pem CURL_CA_BUNDLE=FOLDER/ca.pem RCLONE_CONFIG=
    curl 127.0.0.1:8999/                                              # all that can be asked of it, below
    curl 127.0.0.1:8999/grant -d provider=google                      # tokens, as if somebody had pressed Allow
    curl 127.0.0.1:8999/mode -d provider=google -d mode=quota         # from now on; mode=ok ends all modes
"""
import argparse, json, os, socket, ssl, subprocess, sys, threading, urllib.parse
from http.server import BaseHTTPRequestHandler

sys.dont_write_bytecode = True
import control, dropbox, google, oauth
from faults import Faults
from nodes import Cloud
from wire import Answer, Cut, Request

GOOGLE = {"www.googleapis.com", "oauth2.googleapis.com", "accounts.google.com", "openidconnect.googleapis.com"}
DROPBOX = {"www.dropbox.com", "api.dropboxapi.com", "api.dropbox.com", "content.dropboxapi.com", "notify.dropboxapi.com"}


def authority(folder):
    """ca.pem and the providers' certificate, once a folder."""
    paths = {name: os.path.join(folder, name) for name in ("ca.key", "ca.pem", "key.pem", "request", "names", "cert.pem")}
    if os.path.exists(paths["cert.pem"]):
        return paths
    run = lambda *words: subprocess.run(("openssl",) + words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for key in ("ca.key", "key.pem"):
        run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", paths[key])
    run("req", "-x509", "-new", "-key", paths["ca.key"], "-subj", "/CN=Providers of tests", "-days", "30", "-out", paths["ca.pem"])
    run("req", "-new", "-key", paths["key.pem"], "-subj", "/CN=providers", "-out", paths["request"])
    with open(paths["names"], "w") as names:
        names.write("subjectAltName=" + ",".join("DNS:" + host for host in sorted(GOOGLE | DROPBOX)) + "\n")
    run("x509", "-req", "-in", paths["request"], "-CA", paths["ca.pem"], "-CAkey", paths["ca.key"], "-CAcreateserial",
        "-days", "30", "-extfile", paths["names"], "-out", paths["cert.pem"])
    return paths


class Handler(BaseHTTPRequestHandler):
    """One connection: to a provider where `host` is set, else to the fake itself."""
    protocol_version = "HTTP/1.1"
    timeout = None

    def __init__(self, connection, host):
        self.to = host
        super().__init__(connection, ("127.0.0.1", 0), None)

    def log_message(self, *_):
        pass

    def answer(self):
        host = (self.headers.get("Host") or "").split(":")[0]
        request = Request(self, host, cloud.folder)
        if self.to is None:
            return request.send(control.answer(cloud, faults, request))
        entry = {"host": host, "method": self.command, "path": self.path, "agent": self.headers.get("User-Agent")}
        try:
            if host != self.to:
                answer = Answer(421, {"error": "Host is not the one that was connected to"})
            elif host in ("accounts.google.com", "www.dropbox.com") or oauth.is_token(host, request.path):
                answer = faults.around(request, "oauth", lambda: oauth.answer(cloud, request))
            elif host in GOOGLE:
                answer = faults.around(request, google.kind(request), lambda: google.answer(cloud, request))
            else:
                answer = faults.around(request, dropbox.kind(request), lambda: dropbox.answer(cloud, request))
            entry.update(status=answer.status, bytes=request.received)
            request.send(answer)
        except Cut:
            entry.update(status=0, bytes=request.received)
            self.close_connection = True
            self.connection.close()
        finally:
            if request.arguments is not None:
                entry["arguments"] = request.arguments
            if request.rule:
                entry["mode"] = request.rule
            cloud.log(entry)
            request.end()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer


def serve(connection):
    try:
        start = connection.recv(8, socket.MSG_PEEK)
        if start[:7] != b"CONNECT":
            return Handler(connection, None)
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(1)
            if not part:
                return
            head += part
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        if host not in GOOGLE | DROPBOX or port != "443":
            cloud.log({"host": host, "method": "CONNECT", "path": port, "status": 403})
            return connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        if faults.is_down(host in GOOGLE):
            return cloud.log({"host": host, "method": "CONNECT", "path": port, "status": 502}) \
                or connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection = tls.wrap_socket(connection, server_side=True)
        Handler(connection, host)
    except (OSError, ValueError):
        pass  # whoever called has gone
    finally:
        try:
            connection.close()
        except OSError:
            pass


options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("folder")
options.add_argument("--port", type=int, default=0)
options.add_argument("--dropbox", default="dropbox-key:dropbox-secret", metavar="KEY:SECRET")
options.add_argument("--google", default="google-id.apps.googleusercontent.com:google-secret", metavar="ID:SECRET")
options.add_argument("--redirect", action="append", default=[], metavar="ADDRESS")
options = options.parse_args()

os.makedirs(options.folder, mode=0o700, exist_ok=True)
certificates = authority(options.folder)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificates["cert.pem"], certificates["key.pem"])
tls.set_alpn_protocols(["http/1.1"])
cloud = Cloud(options.folder, {"dropbox": options.dropbox.split(":", 1), "google": options.google.split(":", 1)}, options.redirect)
faults = Faults(cloud)
listener = socket.create_server(("127.0.0.1", options.port), backlog=256)
print("The providers are at 127.0.0.1:%d, their authority is %s" % (listener.getsockname()[1], certificates["ca.pem"]), flush=True)
try:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
except KeyboardInterrupt:
    sys.exit(0)
