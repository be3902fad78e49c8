"""Modes: what goes wrong from now on. Several may be on; the first whose turn it is decides a request."""
import re, threading, time

from wire import Answer, Cut

MODES = {
    "down": "the proxy finds nobody (502), all requests",
    "cut": "the connection ends in the middle of an upload's body",
    "cut-after": "an upload is stored, then the connection ends without an answer",
    "dup": "an upload is stored, then the answer is 503",
    "503": "503, all requests",
    "html": "502 and a page of HTML, as a proxy in between answers; all requests",
    "hang": "no answer until the modes change, all requests",
    "slow": "each request waits WAIT seconds (1), an upload comes in with RATE bytes a second (262144)",
    "ratelimit": "too often: Drive 403 userRateLimitExceeded, Dropbox 429 too_many_requests",
    "429": "429 with Retry-After: WAIT (1)",
    "quota": "full: an upload is refused when it begins",
    "quota-middle": "full: an upload is refused after bytes of it were taken",
    "badname": "the name is refused: Dropbox malformed_path, Drive 400 invalid",
    "notallowed": "the app may not: Dropbox missing_scope, Drive 403 insufficientPermissions",
    "notfound": "Drive 404 of an upload's folder, Dropbox path/not_found",
    "corrupt": "an upload is stored with one bit turned",
    "late": "what is stored from now on is in no list for WAIT seconds (5); by its id Drive has it at once",
    "refused": "the access tokens that are out are good no longer (401), refreshing helps",
    "invalid_grant": "refreshing is refused (400 invalid_grant), and so are the access tokens that are out",
    "invalid_client": "the app's key or secret is refused (401 invalid_client)",
}
# Which requests a mode is about where the rule doesn't say: kinds are oauth, read, write (folders, moves), upload, part (the
# second and later requests of an upload in several).
UPLOADS = ("upload", "part")
ABOUT = {
    "cut": UPLOADS, "cut-after": UPLOADS, "dup": UPLOADS, "quota": UPLOADS + ("write",), "quota-middle": UPLOADS,
    "badname": UPLOADS, "notfound": UPLOADS, "corrupt": UPLOADS, "invalid_grant": ("oauth",), "invalid_client": ("oauth",),
    "refused": ("read", "write") + UPLOADS, "ratelimit": ("read", "write") + UPLOADS, "429": ("read", "write") + UPLOADS,
    "notallowed": ("read", "write") + UPLOADS,
}
ALL = ("oauth", "read", "write") + UPLOADS
# Those of what was stored, and those of content on its way.
STORED = ("dup", "cut-after")
CONTENT = ("cut", "quota-middle", "corrupt")


class Faults:
    def __init__(self, cloud):
        self.cloud, self.rules = cloud, []
        self.changed = threading.Condition(cloud.lock)

    def set(self, form):
        """`mode`, and: `provider` (both), `after` requests that pass first, `times` (for ever), `match` (a regular expression
        for 'METHOD host/path'), `wait` seconds, `rate`."""
        with self.changed:
            mode, provider = form.get("mode", "ok"), form.get("provider")
            if mode == "ok":
                self.rules = [r for r in self.rules if provider and r["provider"] not in (None, provider)]
                self.cloud.late = 0
            elif mode not in MODES:
                return False
            else:
                self.rules.append({
                    "mode": mode, "provider": provider, "after": int(form.get("after", 0)), "match": form.get("match"),
                    "times": int(form["times"]) if "times" in form else None, "wait": float(form.get("wait", 5 if mode == "late" else 1)),
                    "rate": int(form.get("rate", 262144)), "met": 0})
                if mode == "late":
                    self.cloud.late = self.rules[-1]["wait"]
                if mode == "invalid_grant" and not self.rules[-1]["after"]:
                    for one in (provider,) if provider else ("dropbox", "google"):
                        self.cloud.refuse_access(one)
            self.changed.notify_all()
            return True

    def is_down(self, is_google):
        return any(r["mode"] == "down" and r["provider"] in (None, "google" if is_google else "dropbox") for r in self.rules)

    def _turn(self, request, kind):
        provider = "google" if "google" in request.host else "dropbox"
        line = "%s %s%s" % (request.method, request.host, request.handler.path)
        with self.changed:
            for rule in self.rules:
                if rule["mode"] in ("down", "late") or rule["provider"] not in (None, provider):
                    continue
                about = ALL if rule["match"] else ABOUT.get(rule["mode"], ALL)
                if kind not in about or rule["match"] and not re.search(rule["match"], line):
                    continue
                if rule["mode"] in STORED and not stores(request) or rule["mode"] in CONTENT and opens(request):
                    continue
                if rule["after"] > 0:
                    rule["after"] -= 1
                    continue
                rule["met"] += 1
                if rule["times"] is not None:
                    rule["times"] -= 1
                    if rule["times"] <= 0:
                        self.rules.remove(rule)
                return dict(rule, of=provider, rule=rule)
        return None

    def _not_yet(self, rule):
        """Gives a rule its turn back."""
        with self.changed:
            if rule["times"] is not None:
                rule["times"] += 1
                if rule not in self.rules:
                    self.rules.append(rule)

    def around(self, request, kind, answer):
        rule = self._turn(request, kind)
        if rule is None:
            return answer()
        mode, provider = rule["mode"], rule["of"]
        request.rule = mode
        if mode == "slow":
            request.rate = rule["rate"]
            time.sleep(rule["wait"])
            return answer()
        if mode == "hang":
            with self.changed:
                self.changed.wait_for(lambda: all(r["mode"] != "hang" for r in self.rules))
            raise Cut()
        if mode == "cut":
            length = int(request.headers.get("Content-Length") or 0)
            request.cut_after = max(length // 2, 1)
            request.body()
            raise Cut()
        if mode == "503":
            return unavailable(provider)
        if mode == "html":
            return Answer(502, b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>", type="text/html")
        if mode == "refused":
            self.cloud.refuse_access(provider)
            return answer()
        if mode == "invalid_grant":
            self.cloud.refuse_access(provider)
            return Answer(400, {"error": "invalid_grant", "error_description":
                                "refresh token is invalid or revoked" if provider == "dropbox" else "Token has been expired or revoked."})
        if mode == "invalid_client":
            return Answer(401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
        if mode in ("ratelimit", "429"):
            return too_often(provider, mode, rule["wait"])
        if mode == "notallowed":
            return not_allowed(provider)
        if mode == "quota-middle":
            request.body()
        request.fault = mode
        result = answer()
        if mode in STORED and result.status >= 300:
            self._not_yet(rule["rule"])  # a piece of an upload whose end will be stored
            return result
        if mode == "dup":
            return unavailable(provider)
        if mode == "cut-after":
            raise Cut()
        return result


def opens(request):
    """Whether this request only opens an upload whose content follows."""
    return request.query.get("uploadType") == "resumable" and "upload_id" not in request.query \
        or request.path.endswith("upload_session/start") and not int(request.headers.get("Content-Length") or 1)


def stores(request):
    """Whether a file is there after this request, where it is the last of its upload."""
    if "google" in request.host:
        return "upload_id" in request.query or request.query.get("uploadType") in ("multipart", "media")
    return "finish" in request.path or request.path.endswith("files/upload")


def drive_error(status, reason, message, headers=None):
    return Answer(status, {"error": {"code": status, "message": message, "errors": [
        {"domain": "usageLimits" if "Exceeded" in reason else "global", "reason": reason, "message": message}]}}, headers)


def dropbox_error(summary, tag, headers=None, status=409):
    return Answer(status, {"error_summary": summary + "/..", "error": tag}, headers)


def unavailable(provider):
    if provider == "dropbox":
        return Answer(503, b"Service Unavailable", type="text/plain")
    return drive_error(503, "backendError", "Backend Error")


def too_often(provider, mode, wait):
    headers = {"Retry-After": str(int(wait))} if mode == "429" else {}
    if provider == "google":
        if mode == "429":
            return drive_error(429, "rateLimitExceeded", "Rate Limit Exceeded", headers)
        return drive_error(403, "userRateLimitExceeded", "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota.")
    reason = "too_many_write_operations" if mode == "429" else "too_many_requests"
    return dropbox_error(reason, {".tag": reason, "reason": {".tag": reason}, "retry_after": int(wait)}, headers, 429)


def not_allowed(provider):
    if provider == "google":
        return drive_error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    return dropbox_error("missing_scope", {".tag": "missing_scope", "required_scope": "files.content.write"}, status=401)
