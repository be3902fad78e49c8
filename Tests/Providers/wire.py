"""A request as it came, its body on disk, and an answer as it goes."""
import json, os, ssl, tempfile, time, urllib.parse


class Cut(Exception):
    """The connection ends here, without an answer."""


class Answer:
    def __init__(self, status, value=None, headers=None, content=None, type="application/json"):
        self.status, self.headers, self.type = status, headers or {}, type
        # A file, from where to where, is sent as it lies there.
        self.content = content
        self.body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()

    @staticmethod
    def null():
        """Dropbox's answer where there is nothing to say."""
        return Answer(200, b"null")


class Request:
    def __init__(self, handler, host, folder):
        self.handler, self.host, self.folder = handler, host, folder
        self.method, self.headers = handler.command, handler.headers
        self.path, _, query = handler.path.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.received = 0
        self.arguments = None
        self.rule = None
        # Bytes a second, and after how many the connection is cut: set by a mode before the body is read.
        self.rate = None
        self.cut_after = None
        self.file = None
        if (handler.headers.get("Expect") or "").lower() == "100-continue":
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def body(self):
        """The whole body as a file that is read from its start; one of 2 GiB needs no more memory than a small one."""
        if self.file is None:
            self.file = tempfile.TemporaryFile(dir=self.folder)
            for part in self._parts():
                self.file.write(part)
                self.received += len(part)
                if self.cut_after is not None and self.received >= self.cut_after:
                    raise Cut()
                if self.rate:
                    time.sleep(len(part) / self.rate)
        self.file.seek(0)
        return self.file

    def bytes(self):
        return self.body().read()

    def form(self):
        return dict(urllib.parse.parse_qsl(self.bytes().decode("utf-8", "replace"), keep_blank_values=True))

    def _parts(self):
        source = self.handler.rfile
        length = self.headers.get("Content-Length")
        size = min(self.rate, 65536) if self.rate else 262144
        if length:
            left = int(length)
            while left:
                part = source.read1(min(left, size)) if hasattr(source, "read1") else source.read(min(left, size))
                if not part:
                    raise Cut()
                left -= len(part)
                yield part
        elif "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            while True:
                left = int(source.readline().split(b";")[0] or b"0", 16)
                if not left:
                    source.readline()
                    return
                while left:
                    part = source.read(min(left, size))
                    if not part:
                        raise Cut()
                    left -= len(part)
                    yield part
                source.readline()

    def send(self, answer):
        handler = self.handler
        try:
            self.body()  # what was not asked for would be taken for the next request
            handler.send_response(answer.status)
            length = answer.content[2] - answer.content[1] if answer.content else len(answer.body)
            headers = {"Content-Type": answer.type, "Content-Length": str(length), **answer.headers}
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            if handler.command == "HEAD":
                return
            if not answer.content:
                return handler.wfile.write(answer.body)
            path, start, end = answer.content
            with open(path, "rb") as file:
                file.seek(start)
                while start < end:
                    part = file.read(min(end - start, 262144))
                    handler.wfile.write(part)
                    start += len(part)
        except (OSError, ssl.SSLError, Cut):
            handler.close_connection = True

    def end(self):
        if self.file:
            self.file.close()
