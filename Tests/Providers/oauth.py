"""Signing in at the providers: the page that asks, the exchange of its code, refreshing, revoking."""
import base64, hashlib, hmac, html, re, urllib.parse

from nodes import ACCOUNTS, now
from wire import Answer

PATHS = {"dropbox": "/settings/storage/dropbox/callback", "google": "/settings/storage/google/callback"}
NARROW = {"https://www.googleapis.com/auth/drive.file", "openid", "email", "profile",
          "https://www.googleapis.com/auth/userinfo.email"}


def is_token(host, path):
    return host == "oauth2.googleapis.com" or path in ("/oauth2/token", "/1/oauth2/token")


def answer(cloud, request):
    provider = "dropbox" if "dropbox" in request.host else "google"
    if request.path in ("/oauth2/authorize", "/o/oauth2/v2/auth"):
        return authorize(cloud, request, provider)
    if request.path in ("/oauth2/token", "/1/oauth2/token", "/token") and request.method == "POST":
        return token(cloud, request, provider)
    if request.host == "oauth2.googleapis.com" and request.path == "/revoke" and request.method == "POST":
        return revoke(cloud, request)
    return Answer(404, {"error": "not_found"})


def page(status, text):
    return Answer(status, ("<!doctype html><html lang=en><meta charset=utf-8><title>%s</title>%s" % (status, text)).encode(), type="text/html; charset=utf-8")


def authorize(cloud, request, provider):
    """GET asks, POST (`account`, `answer` = allow or deny) leads back."""
    asked = request.query
    wrong = problem(cloud, asked, provider)
    if wrong:
        return page(400, "<h1>Error 400</h1><p id=error>" + html.escape(wrong))
    if request.method == "GET":
        chosen = cloud.signed_in(provider)
        accounts = "".join(
            "<label><input type=radio name=account value='%s'%s> %s</label><br>" % (a, " checked" if a == chosen else "", a)
            for a in sorted({*ACCOUNTS, chosen}))
        return page(200, "<h1>%s</h1><form method=post>%s<button name=answer value=allow>Allow</button>"
                    "<button name=answer value=deny>Cancel</button></form>" % (provider, accounts))
    form = request.form()
    back = {"state": asked.get("state", "")}
    if form.get("answer") != "allow":
        back.update(error="access_denied", error_description="The user chose not to give your app access.")
    else:
        account = form.get("account") or cloud.signed_in(provider)
        with cloud.lock:
            code = cloud.secret("4/" if provider == "google" else "")
            first = [provider, account] not in cloud.state["consents"]
            cloud.state["consents"].append([provider, account])
            offline = asked.get("token_access_type") == "offline" if provider == "dropbox" \
                else asked.get("access_type") == "offline" and (first or "consent" in asked.get("prompt", ""))
            cloud.state["codes"][code] = {
                "provider": provider, "account": account, "offline": offline, "redirect": asked["redirect_uri"],
                "challenge": asked["code_challenge"], "until": now() + 600, "used": False}
            cloud.save()
        back["code"] = code
        if provider == "google":
            back["scope"] = asked["scope"]
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    return Answer(302, None, {"Location": asked["redirect_uri"] + separator + urllib.parse.urlencode(back)})


def problem(cloud, asked, provider):
    if asked.get("client_id") != cloud.apps[provider][0]:
        return "invalid_client: no app has this client_id"
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    redirect = asked.get("redirect_uri", "")
    registered = redirect in cloud.redirects if cloud.redirects else urllib.parse.urlsplit(redirect).path == PATHS[provider]
    if not registered:
        return "redirect_uri_mismatch: %s is not registered" % redirect
    if asked.get("code_challenge_method") != "S256" or not re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.get("code_challenge", "")):
        return "invalid_request: PKCE with S256 is wanted"
    if len(asked.get("state", "")) < 43:
        return "invalid_request: a state of 32 bytes is wanted"
    if provider == "google":
        scopes = set(asked.get("scope", "").split())
        if "https://www.googleapis.com/auth/drive.file" not in scopes or scopes - NARROW:
            return "invalid_scope: drive.file and nothing wider is wanted"
    return None


def is_app(cloud, request, form, provider):
    key, secret = form.get("client_id"), form.get("client_secret")
    scheme, _, pair = (request.headers.get("Authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        key, _, secret = base64.b64decode(pair).decode("utf-8", "replace").partition(":")
        key, secret = urllib.parse.unquote(key), urllib.parse.unquote(secret)
    return [key, secret] == list(cloud.apps[provider])


def refused(error, description, status=400):
    return Answer(status, {"error": error, "error_description": description})


def token(cloud, request, provider):
    form = request.form()
    request.arguments = {"grant_type": form.get("grant_type")}
    if not is_app(cloud, request, form, provider):
        return refused("invalid_client", "The OAuth client was not found.", 401)
    with cloud.lock:
        if form.get("grant_type") == "refresh_token":
            entry = cloud.state["refresh"].get(form.get("refresh_token"))
            if not entry or not entry["alive"] or entry["provider"] != provider:
                return refused("invalid_grant", "Token has been expired or revoked." if provider == "google" else "refresh token is invalid or revoked")
            access, life = cloud.issue_access(provider, entry["account"], form["refresh_token"])
            return Answer(200, {"access_token": access, "expires_in": life, "token_type": "bearer" if provider == "dropbox" else "Bearer",
                                **({"scope": "https://www.googleapis.com/auth/drive.file"} if provider == "google" else {})})
        if form.get("grant_type") != "authorization_code":
            return refused("unsupported_grant_type", "")
        code = cloud.state["codes"].get(form.get("code"))
        if not code or code["used"] or code["until"] < now() or code["provider"] != provider:
            return refused("invalid_grant", "code doesn't exist or has expired")
        code["used"] = True
        cloud.save()
        if form.get("redirect_uri") != code["redirect"]:
            return refused("redirect_uri_mismatch" if provider == "google" else "invalid_grant", "redirect_uri mismatch")
        verifier = form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) or not hmac.compare_digest(challenge, code["challenge"]):
            return refused("invalid_grant", "invalid code verifier")
        cloud.state["secrets"].append(verifier)
        return Answer(200, granted(cloud, provider, code["account"], code["offline"]))


def granted(cloud, provider, account, offline=True):
    refresh = cloud.issue_refresh(provider, account) if offline else None
    access, life = cloud.issue_access(provider, account, refresh)
    result = {"access_token": access, "expires_in": life, "token_type": "bearer" if provider == "dropbox" else "Bearer"}
    if refresh:
        result["refresh_token"] = refresh
    if provider == "dropbox":
        result.update(scope="account_info.read files.content.write files.metadata.read", uid=str(int(hashlib.sha256(account.encode()).hexdigest()[:7], 16)),
                      account_id=cloud.account_id(provider, account))
    else:
        result["scope"] = "https://www.googleapis.com/auth/drive.file"
    return result


def revoke(cloud, request):
    given = (request.form() or {}).get("token") or request.query.get("token")
    with cloud.lock:
        refresh = given if given in cloud.state["refresh"] else (cloud.state["access"].get(given) or {}).get("refresh")
        if not refresh or not cloud.state["refresh"][refresh]["alive"]:
            return refused("invalid_token", "Token expired or revoked")
        cloud.revoke("google", refresh=refresh)
    return Answer(200, {})
