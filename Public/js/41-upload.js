// Files on their way.
const sending = document.querySelector("[data-upload]");
if (sending) {
  const problem = document.getElementById("files-problem");
  const bar = document.createElement("progress");
  bar.ariaLabel = "Upload";
  const say = (text) => {
    problem.textContent = text;
    bar.remove();
  };
  sending.addEventListener("submit", (event) => {
    event.preventDefault();
    if (bar.isConnected) return;
    const size = [...sending.files.files].reduce((sum, file) => sum + file.size, 1);
    if (size + 1e5 > sending.dataset.upload) return say("Too much at once. Put CSV files into a ZIP.");
    say("");
    const call = new XMLHttpRequest();
    bar.max = size;
    bar.value = 0;
    sending.append(bar);
    call.upload.onprogress = ({ loaded }) => (bar.value = loaded);
    call.onerror = () => say("The connection was cut. Press Upload again.");
    call.onload = () => {
      if (call.status < 400) return location.assign(call.responseURL);
      const page = new DOMParser().parseFromString(call.responseText, "text/html");
      say((page.getElementById("files-problem") ?? page.querySelector("main p")).textContent);
    };
    call.open("POST", sending.action);
    call.send(new FormData(sending));
  });
}
