"""What tests and people ask of the fake itself, by plain HTTP."""
import io, json, os

import oauth
from faults import MODES
from nodes import now
from wire import Answer

HELP = """\
GET  /files     ?provider=&account=   all that lies there: path, id, size, sha256, trashed, by the app or a person, revisions
GET  /content   ?id=                  what a file holds
GET  /log       ?since=SECONDS        the requests, a JSON object a line; never a token
GET  /secrets                         every token, code and verifier that was given out: to be searched for elsewhere
GET  /modes                           the modes that are on, and how often each was `met`
POST /mode      provider= mode= after= times= match= wait= rate=      mode=ok ends all (of a provider)
POST /grant     provider= account=    tokens, as JSON, with the line for rclone's TOKEN setting
POST /account   provider= account=    who is signed in at the page that asks
POST /space     provider= account= bytes=     room of the account in all; empty: no limit
POST /revoke    provider= account=    a person removes the app: refreshing is refused, the tokens are dead
POST /expire    provider= account=    the access tokens end, refreshing helps
POST /rename    provider= account= path= to=  a person renames a file or folder (`to` is a name)
POST /move      provider= account= path= to=  a person moves it into the folder `to`
POST /trash     provider= account= path=      a person puts it in the trash (Dropbox: deletes it)
POST /untrash   provider= account= path=
POST /delete    provider= account= path=      a person deletes it for ever
POST /put       provider= account= path= text=  a person puts a file there (without `text`: a folder)
POST /forget                          all files, tokens and modes

Modes:
"""


def answer(cloud, faults, request):
    form = request.form() if request.method == "POST" else request.query
    provider = form.get("provider")
    account = form.get("account") or (cloud.signed_in(provider) if provider else None)
    verb = request.path.strip("/")
    with cloud.lock:
        if request.method == "GET":
            return asked(cloud, faults, verb, form)
        if verb == "mode":
            return Answer(200, {}) if faults.set(form) else Answer(422, {"error": "there is no such mode"})
        if verb == "forget":
            faults.set({"mode": "ok"})
            for node in list(cloud.nodes.values()):
                cloud.delete(node)
            for key in ("codes", "refresh", "access", "space", "signed_in"):
                cloud.state[key] = {}
            cloud.state["consents"] = []
            cloud.save()
            return Answer(200, {})
        if provider not in ("dropbox", "google"):
            return Answer(422, {"error": "provider is dropbox or google"})
        if verb == "grant":
            tokens = oauth.granted(cloud, provider, account)
            tokens["rclone"] = json.dumps({"access_token": tokens["access_token"], "token_type": "bearer",
                                           "refresh_token": tokens["refresh_token"], "expiry": "2020-01-01T00:00:00Z"})
            return Answer(200, tokens)
        if verb == "account":
            cloud.state["signed_in"][provider] = account
        elif verb == "space":
            limit = form.get("bytes")
            cloud.state["space"][provider + " " + account] = int(limit) if limit else None
        elif verb == "revoke":
            cloud.revoke(provider, account)
        elif verb == "expire":
            cloud.refuse_access(provider, account)
        elif verb == "put":
            return put(cloud, provider, account, form)
        else:
            return person(cloud, provider, account, verb, form)
        cloud.save()
    return Answer(200, {})


def asked(cloud, faults, verb, form):
    if verb == "":
        return Answer(200, (HELP + "".join("%-14s %s\n" % pair for pair in MODES.items())).encode(), type="text/plain")
    if verb == "files":
        return Answer(200, [described(cloud, n) for n in sorted(cloud.nodes.values(), key=lambda n: (n.provider, cloud.path(n)))
                            if form.get("provider") in (None, n.provider) and form.get("account") in (None, n.account)])
    if verb == "content":
        node = cloud.nodes.get(form.get("id"))
        if not node or node.folder:
            return Answer(404, {})
        return Answer(200, content=(os.path.join(cloud.contents, node.content), 0, node.size), type="application/octet-stream")
    if verb == "log":
        with open(os.path.join(cloud.folder, "requests.jsonl"), "rb") as file:
            lines = file.readlines()
        since = float(form.get("since", 0))
        return Answer(200, b"".join(line for line in lines if json.loads(line)["at"] >= since), type="application/jsonl")
    if verb == "secrets":
        return Answer(200, cloud.state["secrets"] + [pair[1] for pair in cloud.apps.values()])
    if verb == "modes":
        return Answer(200, faults.rules)
    return Answer(404, {"error": "see GET /"})


def described(cloud, node):
    return {"provider": node.provider, "account": node.account, "id": node.id, "path": cloud.path(node), "folder": node.folder,
            "size": node.size, "sha256": getattr(node, "sha256", None), "trashed": cloud.is_trashed(node), "app": node.app,
            "revisions": node.revisions}


def person(cloud, provider, account, verb, form):
    node = cloud.nodes.get(form.get("id")) or cloud.at(provider, account, form.get("path", ""), trashed=verb == "untrash")
    if not node:
        return Answer(404, {"error": "nothing has this path"})
    if verb == "rename":
        cloud.change(node, name=form["to"])
    elif verb == "move":
        to = cloud.at(provider, account, form.get("to", ""))
        cloud.change(node, parent=to.id if to else cloud.root(provider, account))
    elif verb == "delete" or verb == "trash" and provider == "dropbox":
        cloud.delete(node)
    elif verb in ("trash", "untrash"):
        cloud.change(node, trashed=verb == "trash")
    else:
        return Answer(404, {"error": "see GET /"})
    return Answer(200, {})


def put(cloud, provider, account, form):
    folder, _, name = form["path"].strip("/").rpartition("/")
    parent = cloud.root(provider, account)
    for part in [p for p in folder.split("/") if p]:
        there = [n for n in cloud.children(provider, account, parent) if n.name == part and n.folder and not n.trashed]
        parent = (there[0] if there else cloud.make(provider, account, parent, part, app=False)).id
    body = io.BytesIO(form["text"].encode()) if "text" in form else None
    return Answer(200, described(cloud, cloud.make(provider, account, parent, name, body, app=False)))
