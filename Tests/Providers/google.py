"""Google Drive's API v3 for an app with the scope drive.file: https://developers.google.com/workspace/drive/api/reference/rest/v3"""
import calendar, io, json, os, re, secrets, shutil, tempfile, time, urllib.parse

from faults import drive_error as error
from nodes import ACCOUNTS, now
from wire import Answer

FOLDER = "application/vnd.google-apps.folder"
PROVIDER = "google"
CHUNK = 256 * 1024


def kind(request):
    if request.path.startswith("/upload/"):
        return "part" if "upload_id" in request.query else "upload"
    if request.method in ("POST", "PATCH", "PUT", "DELETE"):
        return "write"
    return "read"


def answer(cloud, request):
    account = cloud.account_of(PROVIDER, request.headers.get("Authorization"))
    if account is None:
        return Answer(401, {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED", "errors": [
            {"domain": "global", "reason": "authError", "message": "Invalid Credentials", "locationType": "header", "location": "Authorization"}]}})
    path, method = request.path, request.method
    if request.host == "openidconnect.googleapis.com" or path == "/oauth2/v3/userinfo":
        return error(403, "insufficientPermissions", "openid was not asked for")
    if path == "/drive/v3/about":
        return about(cloud, request, account)
    if path == "/drive/v3/files/generateIds":
        return generate(cloud, request)
    if path == "/drive/v3/files":
        return listed(cloud, request, account) if method == "GET" else created(cloud, request, account)
    if path == "/upload/drive/v3/files" and request.query.get("upload_id"):
        return part(cloud, request, account)
    if path.startswith("/upload/drive/v3/files"):
        return uploaded(cloud, request, account, path[len("/upload/drive/v3/files/"):])
    if path == "/drive/v3/drives":
        return Answer(200, {"kind": "drive#driveList", "drives": []})
    match = re.fullmatch("/drive/v3/files/([^/]+)", path)
    if match:
        return one(cloud, request, account, urllib.parse.unquote(match[1]))
    return error(404, "notFound", "Not Found")


def about(cloud, request, account):
    if "fields" not in request.query:
        return error(400, "required", "The 'fields' parameter is required for this method.")
    limit = cloud.state["space"].get(PROVIDER + " " + account)
    used = sum(n.size or 0 for n in cloud.nodes.values() if n.provider == PROVIDER and n.account == account)
    return filtered(request, {
        "kind": "drive#about",
        "user": {"kind": "drive#user", "displayName": ACCOUNTS.get(account, account), "emailAddress": account, "me": True,
                 "permissionId": cloud.account_id(PROVIDER, account)},
        "storageQuota": {"usage": str(used), "usageInDrive": str(used), "usageInDriveTrash": "0", **({"limit": str(limit)} if limit is not None else {})}})


def generate(cloud, request):
    with cloud.lock:
        ids = [cloud.new_id(PROVIDER) for _ in range(int(request.query.get("count", 10)))]
        cloud.state["ids"] += ids
        cloud.save()
    return filtered(request, {"kind": "drive#generatedIds", "space": "drive", "ids": ids})


# What the app sees

def seen(cloud, account, id):
    """The node with an id, where the app made it: drive.file shows nothing else."""
    node = cloud.nodes.get(id)
    return node if node and node.provider == PROVIDER and node.account == account and node.app else None


def missing(id):
    return error(404, "notFound", "File not found: %s." % id)


def parent_id(cloud, account, given):
    """None where the app can't see it."""
    root = cloud.root(PROVIDER, account)
    if given in (None, "root", root):
        return root
    node = seen(cloud, account, given)
    return node.id if node and node.folder else None


def entry(cloud, account, node):
    parent = cloud.nodes.get(node.parent)
    sees = node.parent == cloud.root(PROVIDER, account) or parent is not None and parent.app
    values = {
        "kind": "drive#file", "id": node.id, "name": node.name, "mimeType": FOLDER if node.folder else getattr(node, "mime", None) or "application/octet-stream",
        "trashed": cloud.is_trashed(node), "explicitlyTrashed": node.trashed, "createdTime": moment(node.created),
        "modifiedTime": moment(node.modified), "version": str(node.version), "ownedByMe": True, "spaces": ["drive"],
        "owners": [{"emailAddress": account, "me": True}], "webViewLink": "https://drive.google.com/open?id=" + node.id,
        "capabilities": {"canAddChildren": node.folder, "canEdit": True, "canTrash": True}}
    if sees:
        values["parents"] = [node.parent]
    if not node.folder:
        values.update(size=str(node.size), md5Checksum=node.md5, sha1Checksum=node.sha1, sha256Checksum=node.sha256,
                      headRevisionId=node.rev, originalFilename=node.name)
    return values


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % (seconds % 1 * 1000)


def seconds(text):
    if not text:
        return None
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole[:19], "%Y-%m-%dT%H:%M:%S")) + (float("0." + fraction) if fraction.isdigit() else 0)


def filtered(request, value, default=None, status=200):
    """Only the fields that were asked for; without a mask, the few that Drive gives by itself."""
    mask = request.query.get("fields") or default
    return Answer(status, value if mask in (None, "*") else masked(value, mask))


def masked(value, mask):
    if isinstance(value, list):
        return [masked(v, mask) for v in value]
    if not isinstance(value, dict):
        return value
    wanted, depth, start = {}, 0, 0
    for i, c in enumerate(mask + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            part = mask[start:i].strip()
            start = i + 1
            match = re.fullmatch(r"([^/(]+)(?:/(.*)|\((.*)\))?", part)
            if match:
                wanted[match[1]] = match[2] or match[3]
    if "*" in wanted:
        return value
    return {k: masked(v, wanted[k]) if wanted[k] else v for k, v in value.items() if k in wanted}


BRIEF = "kind,id,name,mimeType"


def one(cloud, request, account, id):
    # An app with drive.file has no root to look at; rclone then calls it 'root'.
    if id == "root" or id == cloud.root(PROVIDER, account):
        return missing(id)
    node = seen(cloud, account, id)
    if not node:
        return missing(id)
    if request.method == "GET":
        return download(cloud, request, node) if request.query.get("alt") == "media" else filtered(request, entry(cloud, account, node), BRIEF)
    if request.method == "DELETE":
        cloud.delete(node)
        return Answer(204)
    return changed(cloud, request, account, node, json.loads(request.bytes() or b"{}"))


def changed(cloud, request, account, node, wanted, body=None):
    request.arguments = wanted
    values = {k: wanted[k] for k in ("name", "trashed") if k in wanted}
    if request.query.get("addParents"):
        values["parent"] = parent_id(cloud, account, request.query["addParents"])
        if values["parent"] is None:
            return missing(request.query["addParents"])
    if body is not None:
        cloud.make(PROVIDER, account, node.parent, node.name, body, over=node, corrupt=getattr(request, "fault", None) == "corrupt")
    if wanted.get("modifiedTime"):
        values["modified"] = seconds(wanted["modifiedTime"])
    cloud.change(node, **values)
    return filtered(request, entry(cloud, account, node), BRIEF)


def download(cloud, request, node):
    if node.folder:
        return error(403, "fileNotDownloadable", "Only files with binary content can be downloaded.")
    start, end, status = 0, node.size, 200
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
    if wanted:
        start, end, status = int(wanted[1]), min(int(wanted[2]) + 1, node.size) if wanted[2] else node.size, 206
    return Answer(status, content=(os.path.join(cloud.contents, node.content), start, end), type="application/octet-stream",
                  headers={"Content-Range": "bytes %d-%d/%d" % (start, end - 1, node.size)} if status == 206 else {})


# Lists

def listed(cloud, request, account):
    try:
        holds = Query(request.query.get("q", "")).test
    except ValueError as problem:
        return error(400, "invalid", "Invalid Value: " + str(problem))
    with cloud.lock:
        root = cloud.root(PROVIDER, account)
        nodes = [n for n in cloud.nodes.values()
                 if n.provider == PROVIDER and n.account == account and n.app and n.visible <= now()]
        entries = [e for e in (entry(cloud, account, n) for n in sorted(nodes, key=lambda n: -n.modified)) if holds(e, root)]
    start, size = int(request.query.get("pageToken") or 0), int(request.query.get("pageSize", 100))
    value = {"kind": "drive#fileList", "incompleteSearch": False, "files": entries[start:start + size]}
    if start + size < len(entries):
        value["nextPageToken"] = str(start + size)
    return filtered(request, value, "kind,nextPageToken,incompleteSearch,files(%s)" % BRIEF)


class Query:
    """`q` of files.list: terms with and, or, not and parentheses."""
    TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|[()]|!=|<=|>=|=|<|>|[A-Za-z][A-Za-z0-9.]*)")

    def __init__(self, text):
        self.tokens, at = [], 0
        while text[at:].strip():
            match = self.TOKEN.match(text, at)
            if not match:
                raise ValueError(text[at:])
            self.tokens.append(match[1])
            at = match.end()
        self.test = self._or() if self.tokens else lambda entry, root: True
        if self.tokens:
            raise ValueError(self.tokens[0])

    def _next(self, expected=None):
        if not self.tokens or expected and self.tokens[0] != expected:
            raise ValueError("end")
        return self.tokens.pop(0)

    def _or(self):
        terms = [self._and()]
        while self.tokens[:1] == ["or"]:
            self._next()
            terms.append(self._and())
        return lambda e, r: any(t(e, r) for t in terms)

    def _and(self):
        terms = [self._not()]
        while self.tokens[:1] == ["and"]:
            self._next()
            terms.append(self._not())
        return lambda e, r: all(t(e, r) for t in terms)

    def _not(self):
        if self.tokens[:1] == ["not"]:
            self._next()
            term = self._not()
            return lambda e, r: not term(e, r)
        if self.tokens[:1] == ["("]:
            self._next()
            term = self._or()
            self._next(")")
            return term
        return self._term()

    def _term(self):
        left, operator, right = self._next(), self._next(), self._next()
        text = lambda token: re.sub(r"\\(.)", r"\1", token[1:-1])
        if operator == "in" and right == "parents":
            return lambda e, r: (r if text(left) == "root" else text(left)) in e.get("parents", [])
        if operator == "in" and right in ("owners", "writers", "readers"):
            return lambda e, r: True
        value = {"true": True, "false": False}[right] if right in ("true", "false") else text(right)
        if left in ("name", "title") and operator == "contains":
            return lambda e, r: e["name"].lower().startswith(value.lower()) or value.lower() in e["name"].lower().split()
        if operator in ("=", "!="):
            # Drive compares names without case.
            fold = (lambda v: v.lower()) if left == "name" else (lambda v: v)
            return lambda e, r: (fold(e.get(left)) == fold(value)) == (operator == "=")
        if left in ("modifiedTime", "createdTime"):
            return lambda e, r: {"<": e[left] < value, ">": e[left] > value, "<=": e[left] <= value, ">=": e[left] >= value}[operator]
        raise ValueError(" ".join((left, operator, right)))


# New files

def place(cloud, request, account, wanted):
    """What keeps a new file from being made, else its parent and its id."""
    given = (wanted.get("parents") or [None])[0]
    parent = parent_id(cloud, account, given)
    fault = getattr(request, "fault", None)
    if parent is None or fault == "notfound":
        return missing(given), None, None
    if fault == "badname" or not wanted.get("name") and wanted.get("name") is not None:
        return error(400, "invalid", "Invalid Value"), None, None
    id = wanted.get("id")
    if id is not None:
        if id in cloud.nodes:
            return error(409, "fileIdInUse", "A file already exists with the provided ID."), None, None
        if id not in cloud.state["ids"]:
            return error(400, "invalid", "The provided file ID is not usable."), None, None
    return None, parent, id


def full(cloud, request, account, size):
    free = cloud.free(PROVIDER, account)
    if getattr(request, "fault", None) in ("quota", "quota-middle") or free is not None and size > free:
        return error(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.")
    return None


def created(cloud, request, account):
    """A folder, or an empty file: only what it is called is sent."""
    wanted = json.loads(request.bytes() or b"{}")
    request.arguments = wanted
    with cloud.lock:
        problem, parent, id = place(cloud, request, account, wanted)
        if problem or getattr(request, "fault", None) in ("quota", "quota-middle"):
            return problem or full(cloud, request, account, 0)
        body = None if wanted.get("mimeType") == FOLDER else io.BytesIO()
        node = cloud.make(PROVIDER, account, parent, wanted.get("name", "Untitled"), body, id=id, modified=seconds(wanted.get("modifiedTime")))
    return filtered(request, entry(cloud, account, node), BRIEF)


def store(cloud, request, account, wanted, body, over=None):
    if over is not None:
        return changed(cloud, request, account, over, wanted, body)
    problem, parent, id = place(cloud, request, account, wanted)
    if problem:
        return problem
    node = cloud.make(PROVIDER, account, parent, wanted.get("name", "Untitled"), body, id=id, mime=wanted.get("mimeType"),
                      modified=seconds(wanted.get("modifiedTime")), corrupt=getattr(request, "fault", None) == "corrupt")
    return filtered(request, entry(cloud, account, node), BRIEF)


def uploaded(cloud, request, account, id):
    """The first request of an upload: all of it (media, multipart), or what it is called (resumable)."""
    over = None
    if id:
        over = seen(cloud, account, id)
        if not over:
            return missing(id)
    kind = request.query.get("uploadType")
    if kind == "resumable":
        wanted = json.loads(request.bytes() or b"{}")
        request.arguments = wanted
        size = int(request.headers.get("X-Upload-Content-Length") or 0)
        problem = None if over else place(cloud, request, account, wanted)[0]
        problem = problem or full(cloud, request, account, size)
        if problem:
            return problem
        name = secrets.token_urlsafe(16)
        open(os.path.join(cloud.sessions, name), "wb").close()
        cloud.uploads[name] = {"wanted": wanted, "over": id or None, "account": account, "query": dict(request.query)}
        address = "https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable&upload_id=" + name
        return Answer(200, None, {"Location": address, "X-GUploader-UploadID": name})
    body = request.body()
    if kind == "media":
        return full(cloud, request, account, request.received) or store(cloud, request, account, {}, body, over)
    boundary = re.search(r'boundary="?([^";]+)', request.headers.get("Content-Type") or "")
    if kind != "multipart" or not boundary:
        return error(400, "badRequest", "uploadType is media, multipart or resumable")
    parts = body.read().split(b"--" + boundary[1].encode())
    wanted = json.loads(parts[1].split(b"\r\n\r\n", 1)[1])
    content = parts[2].split(b"\r\n\r\n", 1)[1][:-2]
    request.arguments = wanted
    return full(cloud, request, account, len(content)) or store(cloud, request, account, wanted, io.BytesIO(content), over)


def part(cloud, request, account):
    """A further request of a resumable upload: a piece of it, or the question how much is there."""
    name = os.path.basename(request.query["upload_id"])
    upload, path = cloud.uploads.get(name), os.path.join(cloud.sessions, name)
    if upload is None or upload["account"] != account:
        return error(404, "notFound", "Not Found")
    body = request.body()
    there = os.path.getsize(path)
    match = re.fullmatch(r"bytes (\*|(\d+)-(\d+))/(\*|\d+)", request.headers.get("Content-Range") or "")
    asks = match is not None and match[1] == "*" and match[4] != "0"
    if match is None:
        start, total = 0, request.received
    elif match[1] == "*":
        start, total = there, int(match[4]) if match[4] != "*" else None
    else:
        start, total = int(match[2]), int(match[4]) if match[4] != "*" else None
    if not asks:
        if start != there:
            return resume(there)
        if (start + request.received != total) and request.received % CHUNK:
            return error(400, "badRequest", "Failed to parse Content-Range header: chunks are multiples of 256 KiB.")
        problem = full(cloud, request, account, start + request.received)
        if problem:
            return problem
        with open(path, "ab") as file:
            shutil.copyfileobj(body, file)
        there = os.path.getsize(path)
    if total is None or there < total:
        return resume(there)
    request.query = upload["query"]
    over = seen(cloud, account, upload["over"]) if upload["over"] else None
    with open(path, "rb") as content:
        answer = store(cloud, request, account, upload["wanted"], content, over)
    if answer.status == 200:
        os.unlink(path)
        cloud.uploads.pop(name, None)
    return answer


def resume(there):
    return Answer(308, None, {"Range": "bytes=0-%d" % (there - 1)} if there else {})
