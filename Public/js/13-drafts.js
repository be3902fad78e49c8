// What somebody writes into a form with data-keep is kept until it was sent, in case the session ends meanwhile. It is kept
// in this tab alone: gone with the tab, at the sign-out, and once somebody else signs in. Passwords and codes never are.
{
  const who = document.body.dataset.who;
  const failed = "failed" in document.body.dataset;
  const signsIn = document.querySelector("[data-signs-in]");

  const drafts = {
    get all() {
      try { return Object.keys(sessionStorage).filter((key) => key.startsWith("draft ")); } catch { return []; }
    },
    key: (form) => `draft ${form.getAttribute("action").split("?")[0]} ${form.id}`,
    read(key) {
      try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
    },
    write(key, draft) {
      try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* No room, or not allowed. */ }
    },
    drop: (key) => sessionStorage.removeItem(key),
    dropAll() {
      for (const key of drafts.all) drafts.drop(key);
    },
  };

  const isKept = (form) => form?.method === "post" && "keep" in form.dataset;
  const written = (form) =>
    [...form.elements].filter((field) => field.name && (field.matches("textarea, select") || ["text", "email"].includes(field.type)) && !/password|code/.test(field.autocomplete));
  const signOuts = "BroadcastChannel" in window ? new BroadcastChannel("sign-out") : null;

  document.addEventListener("input", (event) => keep(event.target.form, {}));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ("signsOut" in form.dataset) {
      drafts.dropAll();
      signOuts?.postMessage("");
    } else if (!event.defaultPrevented) keep(form, { sent: true });
  });
  document.addEventListener("focusin", (event) => restore(event.target.form));
  signOuts?.addEventListener("message", drafts.dropAll);

  // Nothing came of what was sent, or somebody has to sign in again: then it waits for its form. What was sent well is dropped
  // on the next page, and so is what was left unsent on purpose, or what the server shows again by itself.
  let isSentKept = false;
  for (const key of drafts.all) {
    const draft = drafts.read(key);
    const wentBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    const isShown = failed && [...document.forms].some((form) => isKept(form) && drafts.key(form) === key);
    if (!draft || (who && draft.who !== who) || isShown) drafts.drop(key);
    else if (failed || signsIn || (draft.sent && wentBack)) {
      isSentKept ||= draft.sent;
      drafts.write(key, { ...draft, sent: false, waits: true });
    } else if (who && !draft.waits) drafts.drop(key);
  }
  if (who) for (const form of document.forms) restore(form);
  const unsent = document.getElementById("unsent");
  if (unsent && isSentKept) unsent.append(" What you wrote is kept.");

  function keep(form, more) {
    if (!who || !isKept(form)) return;
    const fields = Object.fromEntries(written(form).map((field) => [field.name, field.value]));
    drafts.write(drafts.key(form), { who, fields, ...more });
  }

  function restore(form) {
    if (!isKept(form) || form.dataset.restored) return;
    form.dataset.restored = "yes";
    const key = drafts.key(form);
    const draft = drafts.read(key);
    if (!draft?.waits || draft.who !== who) return;
    const changed = written(form).filter((field) => {
      const value = draft.fields[field.name];
      const before = field.value;
      if (value === undefined || value === before) return false;
      field.value = value;
      if (field.value !== value) field.value = before;
      return field.value !== before;
    });
    if (!changed.length) return drafts.drop(key);
    const note = document.createElement("p");
    note.className = "flash kept";
    note.setAttribute("role", "status");
    note.textContent = "This is what you wrote. It was not sent yet.";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = "Discard it";
    button.addEventListener("click", () => {
      drafts.drop(key);
      form.reset();
      note.remove();
      changed[0].focus();
    });
    note.append(" ", button);
    form.prepend(note);
    form.closest("details")?.setAttribute("open", "");
    if (form.closest("dialog:not([open])")) form.closest("dialog").showModal();
    changed[0].focus();
  }
}
