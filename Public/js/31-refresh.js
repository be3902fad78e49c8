// Keeps the list of exports true while one is queued or processing, and rests while nobody looks.
const live = document.getElementById("live");
if (live) {
  const news = document.getElementById("news");
  const connection = document.getElementById("connection");
  let pause = 1500;
  let timer = 0;
  const running = () => live.querySelector("[data-running]");
  const plan = (milliseconds) => {
    clearTimeout(timer);
    if (running() && !document.hidden) timer = setTimeout(refresh, milliseconds);
  };
  document.addEventListener("visibilitychange", () => plan(0));
  plan(pause);

  async function refresh() {
    try {
      const answer = await fetch(live.dataset.status, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (answer.status === 401) return say("You have been signed out. Reload the page to sign in again; the export goes on.");
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.text());
      say("");
      pause = 1500;
    } catch {
      say("The connection is lost, so this list may be out of date. Trying again; the export goes on.");
      pause = Math.min(pause * 2, 30000);
    }
    plan(pause);
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("exports");
    const before = states();
    const focused = document.activeElement;
    const row = live.contains(focused) && focused.closest("[data-export]");
    morph(document.getElementById("exports"), fresh);
    if (row && document.activeElement !== focused) document.getElementById(row.id)?.focus({ preventScroll: true });
    const changed = [...states()].filter(([id, state]) => before.get(id) !== state);
    if (changed.length) news.textContent = changed.map(([id, state]) => `${document.getElementById("name-" + id).textContent}: ${state}.`).join(" ");
  }

  function states() {
    return new Map([...live.querySelectorAll("[data-export]")].map((row) => [row.dataset.export, row.querySelector(".state").textContent]));
  }

  function say(text) {
    if (connection.textContent !== text) connection.textContent = text;
    connection.hidden = !text;
  }
}
