"""Dropbox' API for an app with a folder of its own: https://www.dropbox.com/developers/documentation/http/documentation"""
import json, os, re, secrets, shutil, time

from faults import dropbox_error as error
from nodes import ACCOUNTS, now, same
from wire import Answer

CONTENT = {"files/upload", "files/upload_session/start", "files/upload_session/append_v2", "files/upload_session/finish", "files/download"}
RESERVED = {"desktop.ini", "thumbs.db", ".ds_store", "icon\r", ".dropbox", ".dropbox.attr"}
PROVIDER = "dropbox"


def kind(request):
    verb = request.path[3:]
    if verb in ("files/upload", "files/upload_session/start"):
        return "upload"
    if verb.startswith("files/upload_session/"):
        return "part"
    return "write" if re.search("create_folder|move|copy|delete|save", verb) else "read"


def answer(cloud, request):
    account = cloud.account_of(PROVIDER, request.headers.get("Authorization"))
    if account is None:
        tag = "expired_access_token" if cloud.state["access"].get((request.headers.get("Authorization") or "")[7:]) else "invalid_access_token"
        return error(tag, {".tag": tag}, status=401)
    verb = request.path[3:]
    if not request.path.startswith("/2/") or request.method != "POST":
        return Answer(404, b"Unknown API function", type="text/plain")
    if (verb in CONTENT) != (request.host == "content.dropboxapi.com"):
        return wrong(verb, "this function is on the other host")
    sent = request.headers.get("Content-Type")
    if verb in CONTENT:
        if sent and verb != "files/download" and not sent.startswith(("application/octet-stream", "text/plain; charset=dropbox-cors-hack")):
            return wrong(verb, 'Bad HTTP "Content-Type" header: "%s".' % sent)
        text = request.headers.get("Dropbox-API-Arg") or request.query.get("arg")
        if text is None:
            return wrong(verb, "Must provide HTTP header \"Dropbox-API-Arg\" or URL parameter \"arg\".")
        text = text.encode("latin-1")
    else:
        text = request.bytes()
        if sent and sent.split(";")[0] not in ("application/json", "text/plain") or text and not sent:
            return wrong(verb, 'Bad HTTP "Content-Type" header: "%s". Expecting one of "application/json", "application/json; charset=utf-8".' % sent)
    try:
        arguments = json.loads(text) if text else None
    except ValueError:
        return wrong(verb, "could not decode input as JSON")
    request.arguments = arguments
    function = VERBS.get(verb)
    if function is None:
        return Answer(400, ("Unknown API function: \"%s\"" % verb).encode(), type="text/plain")
    return function(cloud, request, account, arguments or {})


def wrong(verb, text):
    return Answer(400, ('Error in call to API function "%s": %s' % (verb, text)).encode(), type="text/plain")


# The account

def current_account(cloud, request, account, _):
    name = ACCOUNTS.get(account, account)
    given, _, surname = name.partition(" ")
    return Answer(200, {
        "account_id": cloud.account_id(PROVIDER, account), "email": account, "email_verified": True, "disabled": False, "locale": "en",
        "name": {"given_name": given, "surname": surname, "familiar_name": given, "display_name": name, "abbreviated_name": name[:1]},
        "referral_link": "https://www.dropbox.com/referrals/x", "is_paired": False, "country": "AU", "account_type": {".tag": "business"},
        "root_info": {".tag": "user", "root_namespace_id": "1", "home_namespace_id": "1"}})


def space_usage(cloud, request, account, _):
    limit = cloud.state["space"].get(PROVIDER + " " + account)
    used = sum(n.size or 0 for n in cloud.nodes.values() if n.provider == PROVIDER and n.account == account)
    return Answer(200, {"used": used, "allocation": {".tag": "individual", "allocated": limit if limit is not None else 2 << 40}})


def token_revoke(cloud, request, account, _):
    entry = cloud.state["access"].get(request.headers["Authorization"].partition(" ")[2])
    with cloud.lock:
        entry["until"] = 0
        cloud.revoke(PROVIDER, refresh=entry["refresh"])
    return Answer.null()


# Names

def refused_name(path):
    """Why a path can't be: malformed_path, disallowed_name, or nothing."""
    if not re.fullmatch(r"(/[^/\\]+)+", path) or re.search("[\x00-\x1f\x7f]", path):
        return "malformed_path"
    for name in path.split("/")[1:]:
        # What lies beyond the Basic Multilingual Plane; names that end in a blank or are too long.
        if len(name) > 255 or any(ord(c) > 0xFFFF for c in name) or name != name.rstrip() or name in (".", ".."):
            return "malformed_path"
        if name.lower() in RESERVED or name.startswith(("~$", ".~")) or name.startswith("~") and name.endswith(".tmp"):
            return "disallowed_name"
    return None


def entry(cloud, node):
    path = "/" + cloud.path(node)
    if node.folder:
        return {".tag": "folder", "name": node.name, "id": node.id, "path_lower": path.lower(), "path_display": path}
    return {".tag": "file", "name": node.name, "id": node.id, "path_lower": path.lower(), "path_display": path, "rev": node.rev,
            "client_modified": moment(node.modified), "server_modified": moment(node.changed), "size": node.size,
            "content_hash": node.content_hash, "is_downloadable": True}


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def found(cloud, account, path):
    """By path without case, or by id; what lists don't have yet is not found."""
    if path.startswith("id:"):
        node = cloud.nodes.get(path)
        return node if node and node.account == account else None
    node = cloud.at(PROVIDER, account, path)
    return node if node and node.visible <= now() else None


def not_found(field="path"):
    return error("path/not_found", {".tag": "path", field: {".tag": "not_found"}})


def parent_of(cloud, account, path):
    """The id of the folder that `path` lies in, made where it isn't there."""
    parent = cloud.root(PROVIDER, account)
    for name in path.split("/")[1:-1]:
        there = [n for n in cloud.children(PROVIDER, account, parent) if same(n.name) == same(name)]
        if there and not there[0].folder:
            return None
        parent = (there[0] if there else cloud.make(PROVIDER, account, parent, name)).id
    return parent


def get_metadata(cloud, request, account, arguments):
    path = arguments["path"]
    if path in ("", "/"):
        return wrong("files/get_metadata", "path: The root folder is unsupported.")
    node = found(cloud, account, path)
    return Answer(200, entry(cloud, node)) if node else not_found()


def list_folder(cloud, request, account, arguments):
    path, parent = arguments["path"], cloud.root(PROVIDER, account)
    if path == "/":
        return wrong("files/list_folder", "path: Specify the root folder as an empty string rather than as \"/\".")
    if path:
        node = found(cloud, account, path)
        if not node:
            return not_found()
        if not node.folder:
            return error("path/not_folder", {".tag": "path", "path": {".tag": "not_folder"}})
        parent = node.id
    return page(cloud, account, parent, arguments.get("recursive", False), 0, arguments.get("limit") or 1000)


def list_continue(cloud, request, account, arguments):
    try:
        parent, recursive, start, limit = json.loads(arguments["cursor"])
    except ValueError:
        return error("reset", {".tag": "reset"})
    return page(cloud, account, parent, recursive, start, limit)


def page(cloud, account, parent, recursive, start, limit):
    def below(parent):
        for node in sorted(cloud.children(PROVIDER, account, parent), key=lambda n: n.created):
            if node.visible <= now():
                yield node
            if recursive and node.folder:
                yield from below(node.id)

    with cloud.lock:
        nodes = list(below(parent))
    end = start + limit
    return Answer(200, {"entries": [entry(cloud, n) for n in nodes[start:end]], "has_more": end < len(nodes),
                        "cursor": json.dumps([parent, recursive, min(end, len(nodes)), limit])})


def create_folder(cloud, request, account, arguments):
    path = arguments["path"]
    reason = refused_name(path)
    if reason:
        return error("path/" + reason, {".tag": "path", "path": {".tag": reason}})
    with cloud.lock:
        there = cloud.at(PROVIDER, account, path)
        if there:
            tag = "folder" if there.folder else "file"
            return error("path/conflict/" + tag, {".tag": "path", "path": {".tag": "conflict", "conflict": {".tag": tag}}})
        node = cloud.make(PROVIDER, account, parent_of(cloud, account, path), path.split("/")[-1])
    return Answer(200, {"metadata": entry(cloud, node)})


def move(cloud, request, account, arguments):
    source, path = found(cloud, account, arguments["from_path"]), arguments["to_path"]
    if not source:
        return error("from_lookup/not_found", {".tag": "from_lookup", "from_lookup": {".tag": "not_found"}})
    reason = refused_name(path)
    if reason:
        return error("to/" + reason, {".tag": "to", "to": {".tag": reason}})
    with cloud.lock:
        there = cloud.at(PROVIDER, account, path)
        if there and there is not source:
            return error("to/conflict", {".tag": "to", "to": {".tag": "conflict", "conflict": {".tag": "file"}}})
        cloud.change(source, parent=parent_of(cloud, account, path), name=path.split("/")[-1])
    return Answer(200, {"metadata": entry(cloud, source)})


def delete(cloud, request, account, arguments):
    node = found(cloud, account, arguments["path"])
    if not node:
        return error("path_lookup/not_found", {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}})
    last = entry(cloud, node)
    cloud.delete(node)
    return Answer(200, {"metadata": last})


def download(cloud, request, account, arguments):
    node = found(cloud, account, arguments["path"])
    if not node or node.folder:
        return not_found()
    start, end, status = 0, node.size, 200
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
    if wanted:
        start, end, status = int(wanted[1]), min(int(wanted[2]) + 1, node.size) if wanted[2] else node.size, 206
    return Answer(status, headers={"Dropbox-API-Result": json.dumps(entry(cloud, node))}, type="application/octet-stream",
                  content=(os.path.join(cloud.contents, node.content), start, end))


# Uploads

def commit(cloud, request, account, body, size, wanted):
    """Stores a file; what is wrong is an error's tag as `upload` has it."""
    fault = getattr(request, "fault", None)
    path = wanted["path"]
    reason = "malformed_path" if fault == "badname" else refused_name(path)
    if reason:
        return None, {".tag": reason}
    if fault == "notfound":
        return None, {".tag": "not_found"}
    free = cloud.free(PROVIDER, account)
    if fault in ("quota", "quota-middle") or free is not None and size > free:
        return None, {".tag": "insufficient_space"}
    mode = wanted.get("mode") or "add"
    mode = mode if isinstance(mode, str) else mode[".tag"]
    with cloud.lock:
        there = cloud.at(PROVIDER, account, path)
        parent = parent_of(cloud, account, path)
        if parent is None or there and there.folder:
            return None, {".tag": "conflict", "conflict": {".tag": "folder" if there else "file_ancestor"}}
    node = cloud.make(PROVIDER, account, parent, path.split("/")[-1], body, over=there, corrupt=fault == "corrupt") \
        if not there or mode == "overwrite" else there
    if there and mode == "add":
        body.seek(0)
        with open(os.path.join(cloud.contents, there.content), "rb") as old:
            if old.read() != body.read():
                return None, {".tag": "conflict", "conflict": {".tag": "file"}}
    modified = wanted.get("client_modified")
    if modified:
        import calendar
        cloud.change(node, modified=calendar.timegm(time.strptime(modified, "%Y-%m-%dT%H:%M:%SZ")))
    return node, None


def upload(cloud, request, account, arguments):
    body = request.body()
    if request.received > 150 << 20:
        return error("payload_too_large", {".tag": "payload_too_large"}, status=413)
    node, reason = commit(cloud, request, account, body, request.received, arguments)
    if reason:
        return error("path/" + reason[".tag"], {".tag": "path", "reason": reason, "upload_session_id": "none"})
    return Answer(200, {k: v for k, v in entry(cloud, node).items() if k != ".tag"})


def session_start(cloud, request, account, arguments):
    id = "pid_upload_session:" + secrets.token_urlsafe(16)
    with open(os.path.join(cloud.sessions, id), "wb") as file:
        shutil.copyfileobj(request.body(), file)
    return Answer(200, {"session_id": id})


def session_append(cloud, request, account, arguments):
    if getattr(request, "fault", None) == "quota-middle":
        return error("insufficient_space", {".tag": "other"})
    wrong_offset = append(cloud, request, arguments["cursor"])
    return wrong_offset or Answer.null()


def append(cloud, request, cursor):
    path = os.path.join(cloud.sessions, os.path.basename(cursor["session_id"]))
    if not os.path.exists(path):
        return error("not_found", {".tag": "not_found"})
    if os.path.getsize(path) != cursor["offset"]:
        return error("incorrect_offset", {".tag": "incorrect_offset", "correct_offset": os.path.getsize(path)})
    with open(path, "ab") as file:
        shutil.copyfileobj(request.body(), file)
    return None


def finished(cloud, request, account, cursor, wanted):
    path = os.path.join(cloud.sessions, os.path.basename(cursor["session_id"]))
    if not os.path.exists(path):
        return None, {".tag": "lookup_failed", "lookup_failed": {".tag": "not_found"}}
    if os.path.getsize(path) != cursor["offset"]:
        return None, {".tag": "lookup_failed", "lookup_failed": {".tag": "incorrect_offset", "correct_offset": os.path.getsize(path)}}
    with open(path, "rb") as body:
        node, reason = commit(cloud, request, account, body, os.path.getsize(path), wanted)
    if reason:
        return None, {".tag": "path", "path": reason}
    os.unlink(path)
    return node, None


def session_finish(cloud, request, account, arguments):
    cursor = dict(arguments["cursor"])
    failed = append(cloud, request, cursor)
    if failed:
        return failed
    cursor["offset"] += request.received
    node, reason = finished(cloud, request, account, cursor, arguments["commit"])
    if reason:
        return error("path/" + reason.get("path", reason)[".tag"], reason)
    return Answer(200, {k: v for k, v in entry(cloud, node).items() if k != ".tag"})


def batch(cloud, request, account, arguments):
    entries = []
    for one in arguments["entries"]:
        node, reason = finished(cloud, request, account, one["cursor"], one["commit"])
        entries.append({".tag": "failure", "failure": reason} if reason else dict(entry(cloud, node), **{".tag": "success"}))
    return entries


def finish_batch(cloud, request, account, arguments):
    return Answer(200, {".tag": "complete", "entries": batch(cloud, request, account, arguments)})


def finish_batch_v2(cloud, request, account, arguments):
    return Answer(200, {"entries": batch(cloud, request, account, arguments)})


VERBS = {
    "users/get_current_account": current_account, "users/get_space_usage": space_usage, "auth/token/revoke": token_revoke,
    "files/get_metadata": get_metadata, "files/list_folder": list_folder, "files/list_folder/continue": list_continue,
    "files/create_folder_v2": create_folder, "files/move_v2": move, "files/delete_v2": delete, "files/download": download,
    "files/upload": upload, "files/upload_session/start": session_start, "files/upload_session/append_v2": session_append,
    "files/upload_session/finish": session_finish, "files/upload_session/finish_batch": finish_batch,
    "files/upload_session/finish_batch_v2": finish_batch_v2,
}
