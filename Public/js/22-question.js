// What can't be undone asks first: the page that a link leads to is shown as a dialog.
{
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "question-title");
  let link;

  document.addEventListener("click", (event) => {
    const found = event.target.closest("a[data-asks]");
    if (!found || !dialog.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link) return;
    link = found;
    ask(link.closest("[tabindex='-1']"));
  });

  async function ask(row) {
    const answer = await fetch(link.href).catch(() => null);
    const page = answer && answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const question = page && page.getElementById("question");
    if (!question) return location.assign(link.href);
    question.className = "";
    dialog.replaceChildren(question);
    document.body.append(dialog);
    link.focus();
    dialog.showModal();
    dialog.querySelector("textarea, [type=search], [data-close]").focus();
    // The list may have been renewed meanwhile.
    dialog.onclose = () => {
      (link.isConnected ? link : row)?.focus();
      link = null;
      dialog.remove();
    };
  }

  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog && !event.target.closest("[data-close]")) return;
    if (event.target === dialog && inside(dialog, event)) return;
    event.preventDefault();
    dialog.close();
  });
  // A search in the question brings what it finds, and whoever is chosen stays.
  let asked = 0;
  const find = async (form) => {
    const turn = ++asked;
    const query = new URLSearchParams(new FormData(form));
    const chosen = dialog.querySelector("[name=user_id]:checked");
    if (chosen) query.set("user_id", chosen.value);
    const answer = await fetch(`${form.action}?${query}`).catch(() => null);
    const page = answer && answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = page && page.getElementById(form.dataset.finds);
    if (!list) return form.submit();
    if (turn === asked) dialog.querySelector(`#${list.id}`)?.replaceChildren(...list.childNodes);
  };
  dialog.addEventListener("input", (event) => {
    if (event.target.type === "search") find(event.target.form);
  });
  dialog.addEventListener("submit", (event) => {
    if (!event.target.dataset.finds) return;
    event.preventDefault();
    find(event.target);
  });
  // Back to a page that the browser kept.
  addEventListener("pageshow", () => { if (dialog.open) dialog.close(); else link = null; });
}
