// The dialog's choice: the server searches while one types, who is chosen stays in sight, and the button says whom it
// exports.
const choosing = document.getElementById("export-form");
if (choosing) {
  const part = (id, page = document) => page.getElementById(id);
  const [field, confirm, problem] = ["user-q", "confirm", "people-problem"].map((id) => part(id));
  const { scope } = choosing.elements;
  const chosen = () => choosing.querySelector("[name=user_id]:checked");
  let timer, asking;

  // Enter in the field searches; anywhere else it confirms, as the form's first button does.
  part("user-search").remove();
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
    if (scope.value !== "user" || chosen()) return;
    event.preventDefault();
    complain(true);
    field.focus();
  });
  addEventListener("pageshow", tell);
  tell();

  function tell() {
    const name = scope.value === "user" ? chosen()?.closest("label").querySelector("bdi").textContent : "the entire organisation";
    part("whom").textContent = name ? `Export ${name}` : "Nobody is chosen yet.";
    part("whom").className = "unseen";
    confirm.toggleAttribute("data-whom", !!name);
    if (!name) return;
    confirm.dataset.whom = `\u2068${name}\u2069`;
    complain(false);
  }

  function complain(isWrong) {
    problem.hidden = !isWrong;
    field.setAttribute("aria-invalid", isWrong);
    field.setAttribute("aria-describedby", isWrong ? problem.id : "");
  }

  async function find() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const id = chosen()?.value ?? "";
    const query = new URLSearchParams({ scope: scope.value, user_id: id, q: field.value });
    let page;
    let trouble = "The search got no answer. Reload the page, or try again in a moment.";
    try {
      const answer = await fetch(`${choosing.dataset.search}?${query}`, { signal: asking.signal });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.redirected) trouble = "You have been signed out. Reload the page, and sign in again.";
      if (!part("people", page)) throw new Error(answer.status);
    } catch (error) {
      if (error.name !== "AbortError") part("people-counted").textContent = trouble;
      return;
    }
    // Somebody else was chosen meanwhile.
    if ((chosen()?.value ?? "") !== id) return find();
    const focused = document.activeElement;
    for (const name of ["people-chosen", "people-found", "people-counted"]) part(name).replaceChildren(...part(name, page).childNodes);
    if (!focused.isConnected) choosing.querySelector(`[value="${focused.value}"]`)?.focus();
    morph(part("whole"), part("whole", page));
    if (scope[0].disabled) scope.value = "user";
    tell();
  }
}
