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
    dialog.querySelector("textarea, [data-close]").focus();
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
  // Back to a page that the browser kept.
  addEventListener("pageshow", () => { if (dialog.open) dialog.close(); else link = null; });
}
