// A password can be shown while it is typed; it is hidden again before it is sent.
for (const field of document.querySelectorAll("[type=password]")) {
  const button = document.createElement("button");
  const what = field.labels[0].textContent.toLowerCase();
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${what}`);
  };
  button.type = "button";
  button.className = "plain show";
  button.setAttribute("aria-controls", field.id);
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
  field.after(button);
  show(false);
}
