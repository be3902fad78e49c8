// After a sign-in on the way to a download: starts it, once, and a reload doesn't.
const download = document.querySelector("[data-download-now]");
if (download) {
  history.replaceState(null, "", location.pathname);
  location.href = download.href;
}
