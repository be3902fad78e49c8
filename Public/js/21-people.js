// Searching a user while typing: in the list where it holds all users, else on the server.
const people = document.getElementById("people");
if (people) {
  const search = document.getElementById("user-search");
  const field = document.getElementById("user-q");
  const counted = document.getElementById("people-counted");
  let timer;
  document.querySelector("[data-search]").hidden = true;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if ("complete" in people.dataset) filter();
    else timer = setTimeout(ask, 200);
  });
  search.addEventListener("submit", (event) => event.preventDefault());

  function filter() {
    const words = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const person of people.querySelectorAll(".person")) {
      const text = person.textContent.toLowerCase();
      person.hidden = !words.every((word) => text.includes(word));
      if (!person.hidden) shown += 1;
    }
    counted.textContent = shown === 1 ? "1 user" : `${shown} users`;
  }

  async function ask() {
    const typed = field.value;
    const answer = await fetch(`${search.action}?scope=user&q=${encodeURIComponent(typed)}`).catch(() => null);
    if (!answer || !answer.ok || field.value !== typed) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("people");
    if (!found) return;
    people.replaceChildren(...found.childNodes);
    counted.textContent = page.getElementById("people-counted").textContent;
  }
}
