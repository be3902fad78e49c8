// Keeps the page of exports, of an import or of the storage true: often while an export is queued or processing, now and then otherwise, and at once when
// somebody looks at it again. It rests while nobody sees it and nothing runs.
const live = document.getElementById("live");
if (live) {
  const news = document.getElementById("news");
  const connection = document.getElementById("connection");
  const notify = document.getElementById("notify");
  const title = document.title;
  const what = live.dataset.what ?? "Export";
  const often = 1500;
  let pause = often;
  let timer = 0;
  let isAsking = false;
  let ended = "";
  const running = () => live.querySelector("[data-running]");
  const plan = (milliseconds) => {
    clearTimeout(timer);
    if (milliseconds !== undefined) timer = setTimeout(refresh, milliseconds);
    else if (running()) plan(document.hidden ? Math.max(pause, 5000) : pause);
    else if (!document.hidden) plan(Math.max(pause, 30000));
  };
  const look = () => {
    if (document.hidden) return plan();
    ended = "";
    headline();
    plan(0);
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("online", look);
  live.addEventListener("click", (event) => event.target.closest("a.download") && plan(2000));
  notify?.firstElementChild.addEventListener("click", async () => {
    const answer = await Notification.requestPermission();
    headline();
    if (answer === "granted") news.textContent = "This browser will tell you when it’s ready.";
  });
  headline();
  plan();

  async function refresh() {
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(live.dataset.status, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000) });
      if (answer.status === 401 || answer.type === "opaqueredirect") return signedOut();
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.text());
      say("");
      pause = often;
    } catch {
      say(`The connection is lost, so this list may be out of date. Trying again${running() ? `; the ${what.toLowerCase()} goes on` : ""}.`);
      pause = Math.min(pause * 2, 30000);
    } finally {
      isAsking = false;
    }
    plan();
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const before = states();
    const focused = document.activeElement;
    const row = live.contains(focused) && focused.closest("[data-export], [data-import]");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) morph(part, fresh);
    }
    tick();
    if (row && document.activeElement !== focused) document.getElementById(row.id)?.focus({ preventScroll: true });
    const changed = [...states()].filter(([id, state]) => before.get(id) !== state);
    if (changed.length) news.textContent = changed.map(([id, state]) => `${document.getElementById("name-" + id).textContent}: ${state}.`).join(" ");
    const done = changed.filter(([id, state]) => before.has(id) && ["Completed", "Failed", "Ready", "Undone"].includes(state)).at(-1);
    if (done) {
      ended = done[1] === "Failed" ? `${what} failed` : `✓ ${what} ${what === "Export" ? "ready" : done[1].toLowerCase()}`;
      tell(done[0]);
    }
    headline();
  }

  // In the tab, which people see while they are elsewhere: how far it is, then that it has ended, until they are back.
  function headline() {
    const progress = live.querySelector("progress");
    document.title = progress ? `${progress.value} % · ${title}` : ended || title;
    if (notify) notify.hidden = !running() || !("Notification" in window) || Notification.permission !== "default" || /Android/.test(navigator.userAgent);
  }

  // Without a name: it may stand on a locked screen.
  function tell(id) {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
    const text = ended.endsWith("failed") ? "See why on the Export page." : "You find it on the Export page.";
    try {
      new Notification(ended, { body: text, tag: id }).addEventListener("click", () => focus());
    } catch { /* A phone's browser, which takes none from a page. */ }
  }

  function states() {
    return new Map([...live.querySelectorAll("[data-export], [data-import]")].map((row) => [row.dataset.export ?? row.dataset.import, row.querySelector(".state").textContent]));
  }

  function signedOut() {
    say(`You have been signed out${running() ? `; the ${what.toLowerCase()} goes on` : ""}. `);
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "Sign in again";
    connection.append(link);
  }

  function say(text) {
    if (connection.textContent !== text) connection.textContent = text;
    connection.hidden = !text;
  }
}
