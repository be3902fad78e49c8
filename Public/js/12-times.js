// Times tick, in the words of the server (Wording.relative) and by its clock.
const ahead = document.body.dataset.now ? document.body.dataset.now * 1000 - Date.now() : 0;

function relative(seconds) {
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const [length, unit] = size >= 172800 ? [86400, "day"] : size >= 3600 ? [3600, "hour"] : size >= 60 ? [60, "minute"] : [1, "second"];
  const count = Math.round(size / length);
  const text = `${count.toLocaleString("en-GB")} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function tick() {
  if (document.hidden) return;
  const now = Math.round((Date.now() + ahead) / 1000);
  for (const time of document.querySelectorAll("time[title]")) {
    const text = relative(now - Date.parse(time.dateTime) / 1000);
    if (time.firstChild.data !== text) time.firstChild.data = text;
  }
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
