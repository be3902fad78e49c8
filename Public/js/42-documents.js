// Documents on their way to a deal: one after the other, a request each. They can be dropped on the list, too.
const adding = document.querySelector("[data-adds]");
if (adding) {
  const place = document.getElementById("documents");
  const list = document.createElement("ul");
  const heard = document.createElement("p");
  const waiting = [];
  let sent, page;
  list.className = "sending";
  heard.className = "unseen";
  heard.setAttribute("role", "status");
  adding.append(list, heard);
  adding.querySelector(".droppable").hidden = false;

  const add = (files) => {
    for (const row of list.querySelectorAll(".problem")) row.remove();
    for (const file of files) {
      const row = document.createElement("li");
      const bar = document.createElement("progress");
      bar.max = file.size || 1;
      bar.value = 0;
      bar.ariaLabel = file.name;
      row.append(file.name, bar);
      list.append(row);
      waiting.push({ file, row, bar });
    }
    if (!sent) next();
  };

  function next() {
    sent = waiting.shift();
    if (!sent) return page && !list.hasChildNodes() ? location.assign(page) : undefined;
    const { file, row, bar } = sent;
    const fail = (text) => {
      row.className = "problem";
      row.textContent = heard.textContent = `${file.name}: ${text}`;
      next();
    };
    if (file.size > adding.dataset.adds) return fail("it is too large.");
    const form = new FormData();
    form.append("csrf_token", adding.elements.csrf_token.value);
    form.append("file", file);
    const call = new XMLHttpRequest();
    call.upload.onprogress = ({ loaded }) => (bar.value = loaded);
    call.onerror = () => fail("the connection was cut. Add it again.");
    call.onload = () => {
      const answer = new DOMParser().parseFromString(call.responseText, "text/html");
      const fresh = answer.getElementById("documents-list");
      if (call.status >= 400 || !fresh) return fail(answer.querySelector("main p")?.textContent ?? "it was not added.");
      page = call.responseURL;
      row.remove();
      morph(document.getElementById("documents-list"), fresh);
      heard.textContent = `${file.name} is added.`;
      next();
    };
    call.open("POST", adding.action);
    call.send(form);
  }

  adding.addEventListener("submit", (event) => {
    event.preventDefault();
    add([...adding.elements.file.files]);
    adding.reset();
  });
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    place.dataset.over = "";
  });
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => delete place.dataset.over);
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  addEventListener("beforeunload", (event) => { if (sent) event.preventDefault(); });
}
