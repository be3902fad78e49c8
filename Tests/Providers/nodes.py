"""What the providers keep: accounts, tokens, and a tree of files for each account, on disk after every change."""
import base64, hashlib, json, os, secrets, threading, time, unicodedata

BLOCK = 4 * 1024 * 1024
ACCOUNTS = {"files@harbour.example": "Harbour Files", "other@harbour.example": "Other Person"}


def now():
    return time.time()


class Node:
    """A file or a folder. `app`: the app made it, and may see it; `visible`: from when on lists have it."""

    def __init__(self, values):
        self.__dict__.update(values)


class Cloud:
    def __init__(self, folder, apps, redirects):
        self.folder, self.apps, self.redirects = folder, apps, redirects
        self.lock = threading.RLock()
        self.contents = os.path.join(folder, "contents")
        self.sessions = os.path.join(folder, "sessions")
        for path in (self.contents, self.sessions):
            os.makedirs(path, exist_ok=True)
        self.nodes = {}  # id -> Node
        self.state = {"signed_in": {}, "codes": {}, "refresh": {}, "access": {}, "space": {}, "secrets": [], "ids": [], "consents": []}
        self.uploads = {}  # Drive's resumable ones, Dropbox's sessions
        self.late = 0
        self._load()
        self.requests = open(os.path.join(folder, "requests.jsonl"), "a", buffering=1)
        self.started = now()

    # On disk

    def _load(self):
        try:
            with open(os.path.join(self.folder, "state.json")) as file:
                self.state.update(json.load(file))
        except FileNotFoundError:
            pass
        try:
            with open(os.path.join(self.folder, "nodes.jsonl")) as file:
                for line in file:
                    try:
                        values = json.loads(line)
                    except ValueError:
                        continue  # the last line, cut by a kill
                    if values.get("gone"):
                        self.nodes.pop(values["id"], None)
                    else:
                        self.nodes[values["id"]] = Node(values)
        except FileNotFoundError:
            pass
        self.journal = open(os.path.join(self.folder, "nodes.jsonl"), "a", buffering=1)

    def save(self, node=None, gone=False):
        """Keeps a node, or accounts and tokens."""
        if node is not None:
            return self.journal.write(json.dumps(dict(node.__dict__, gone=True) if gone else node.__dict__) + "\n")
        path = os.path.join(self.folder, "state.json")
        with open(path + ".new", "w") as file:
            json.dump(self.state, file)
        os.replace(path + ".new", path)

    def log(self, entry):
        entry["at"] = round(now(), 3)
        self.requests.write(json.dumps(entry) + "\n")

    # Tokens

    def secret(self, prefix):
        value = prefix + secrets.token_urlsafe(24)
        self.state["secrets"].append(value)
        return value

    def signed_in(self, provider):
        return self.state["signed_in"].get(provider, "files@harbour.example")

    def account_id(self, provider, account):
        digest = hashlib.sha256((provider + account).encode()).digest()
        return "dbid:" + base64.urlsafe_b64encode(digest)[:35].decode() if provider == "dropbox" \
            else str(int.from_bytes(digest[:8], "big")).rjust(20, "1")[:20]

    def issue_access(self, provider, account, refresh):
        token = self.secret("sl." if provider == "dropbox" else "ya29.")
        life = 14400 if provider == "dropbox" else 3599
        self.state["access"][token] = {"provider": provider, "account": account, "refresh": refresh, "until": now() + life}
        self.save()
        return token, life

    def issue_refresh(self, provider, account):
        token = self.secret("db-rt-" if provider == "dropbox" else "1//")
        self.state["refresh"][token] = {"provider": provider, "account": account, "alive": True}
        self.save()
        return token

    def account_of(self, provider, authorization):
        """Whose token it is: None for one that is unknown, has run out or was revoked."""
        scheme, _, token = (authorization or "").partition(" ")
        entry = self.state["access"].get(token)
        if scheme.lower() != "bearer" or not entry or entry["provider"] != provider or entry["until"] <= now():
            return None
        return entry["account"]

    def refuse_access(self, provider, account=None):
        """The access tokens that are out are good no longer; refreshing gives new ones."""
        for entry in self.state["access"].values():
            if entry["provider"] == provider and account in (None, entry["account"]):
                entry["until"] = 0
        self.save()

    def revoke(self, provider, account=None, refresh=None):
        """Somebody removed the app from the account, or the app gave its token back."""
        for token, entry in self.state["refresh"].items():
            if entry["provider"] == provider and (token == refresh if refresh else account in (None, entry["account"])):
                entry["alive"] = False
                for access in self.state["access"].values():
                    if access["refresh"] == token:
                        access["until"] = 0
        self.save()

    # The tree

    def root(self, provider, account):
        return "0A" + hashlib.sha256((provider + account).encode()).hexdigest()[:17]

    def children(self, provider, account, parent):
        return [n for n in self.nodes.values()
                if n.parent == parent and n.provider == provider and n.account == account]

    def is_trashed(self, node):
        while node:
            if node.trashed:
                return True
            node = self.nodes.get(node.parent)
        return False

    def path(self, node):
        names = []
        while node:
            names.append(node.name)
            node = self.nodes.get(node.parent)
        return "/".join(reversed(names))

    def at(self, provider, account, path, trashed=False):
        """The node with a path, as people see it; where several have it, the first."""
        parent, node = self.root(provider, account), None
        for name in [part for part in path.split("/") if part]:
            named = [n for n in self.children(provider, account, parent)
                     if same(n.name) == same(name) and (trashed or not n.trashed)]
            if not named:
                return None
            node = named[0]
            parent = node.id
        return node

    def free(self, provider, account):
        """Bytes that still fit; None without a limit."""
        limit = self.state["space"].get(provider + " " + account)
        if limit is None:
            return None
        return limit - sum(n.size or 0 for n in self.nodes.values() if n.provider == provider and n.account == account)

    def make(self, provider, account, parent, name, body=None, app=True, id=None, over=None, modified=None, corrupt=False, **more):
        """A new node, or new content of `over`. `body` is a file; None makes a folder."""
        values = {"size": None}
        if body is not None:
            values = self._keep(body, corrupt)
        with self.lock:
            at = now()
            if over is not None:
                node = over
                node.__dict__.update(values)
            else:
                node = Node(dict(
                    values, id=id or self.new_id(provider), provider=provider, account=account, parent=parent, name=name, app=app,
                    folder=body is None, trashed=False, created=at, visible=at + self.late, version=0, revisions=0))
                self.nodes[node.id] = node
            node.__dict__.update(more)
            node.version += 1
            node.revisions += 1
            node.rev = "%015x" % (secrets.randbits(56))
            node.changed = at
            node.modified = modified or at
            self.save(node)
            return node

    def new_id(self, provider):
        return "id:" + secrets.token_urlsafe(16) if provider == "dropbox" else "1" + secrets.token_urlsafe(24)

    def _keep(self, body, corrupt):
        body.seek(0)
        sha256, md5, sha1, blocks, size = hashlib.sha256(), hashlib.md5(), hashlib.sha1(), [], 0
        path = os.path.join(self.contents, secrets.token_hex(12))
        with open(path, "wb") as kept:
            while True:
                block = body.read(BLOCK)
                if not block:
                    break
                if corrupt and not size:
                    block = bytes([block[0] ^ 1]) + block[1:]
                for digest in (sha256, md5, sha1):
                    digest.update(block)
                blocks.append(hashlib.sha256(block).digest())
                kept.write(block)
                size += len(block)
        return {"content": os.path.basename(path), "size": size, "sha256": sha256.hexdigest(), "md5": md5.hexdigest(),
                "sha1": sha1.hexdigest(), "content_hash": hashlib.sha256(b"".join(blocks)).hexdigest()}

    def change(self, node, **values):
        with self.lock:
            node.__dict__.update(values)
            node.version += 1
            self.save(node)
            return node

    def delete(self, node):
        """For ever, with all that is in it."""
        with self.lock:
            for child in [n for n in self.nodes.values() if n.parent == node.id]:
                self.delete(child)
            self.nodes.pop(node.id, None)
            self.save(node, gone=True)


def same(name):
    return unicodedata.normalize("NFC", name).lower()
