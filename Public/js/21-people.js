// The dialog's choice: the server searches while one types, who is chosen stays in sight, and the button says whom it
// exports.
const choosing = document.getElementById("export-form");
if (choosing) {
  const [field, confirm, problem, counted] = ["user-q", "confirm", "people-problem", "people-counted"].map((id) => document.getElementById(id));
  const chosen = () => choosing.querySelector("[name=user_id]:checked");
  const isUser = () => choosing.elements.scope.value === "user";
  let timer, asking;

  // Enter in the field searches; anywhere else it confirms, as the form's first button does.
  document.getElementById("user-search").remove();
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find();
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, 150);
  });
  document.querySelector("[data-opens]")?.addEventListener("click", find);
  choosing.addEventListener("change", tell);
  choosing.addEventListener("submit", (event) => {
    if (!isUser() || chosen()) return;
    event.preventDefault();
    complain(true);
    field.focus();
  });
  addEventListener("pageshow", tell);
  tell();

  function tell() {
    const name = isUser() ? chosen()?.closest("label").querySelector("bdi").textContent : "the entire organisation";
    const whom = document.getElementById("whom");
    whom.textContent = name ? `Export ${name}` : "Nobody is chosen yet.";
    whom.className = "unseen";
    if (name) confirm.dataset.whom = `\u2068${name}\u2069`; else delete confirm.dataset.whom;
    if (name) complain(false);
  }

  function complain(wrong) {
    problem.hidden = !wrong;
    field.setAttribute("aria-invalid", wrong);
    if (wrong) field.setAttribute("aria-describedby", problem.id); else field.removeAttribute("aria-describedby");
  }

  async function find() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const id = chosen()?.value ?? "";
    const query = new URLSearchParams({ scope: choosing.elements.scope.value, user_id: id, q: field.value });
    let page;
    try {
      const answer = await fetch(`${choosing.dataset.search}?${query}`, { signal: asking.signal });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.getElementById("people")) throw new Error(answer.status);
    } catch (error) {
      if (error.name !== "AbortError") counted.textContent = "The search got no answer. Reload the page, or try again in a moment.";
      return;
    }
    if ((chosen()?.value ?? "") !== id) return find();
    const focused = document.activeElement;
    for (const part of ["people-chosen", "people-found", "people-counted"]) {
      document.getElementById(part).replaceChildren(...page.getElementById(part).childNodes);
    }
    if (focused.name === "user_id" && !focused.isConnected) choosing.querySelector(`[value="${focused.value}"]`)?.focus();
    morph(document.getElementById("whole"), page.getElementById("whole"));
    if (document.querySelector("#whole :disabled")) choosing.elements.scope.value = "user";
    tell();
  }
}
