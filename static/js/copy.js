// Buttons that copy: data-copy holds the text, data-copy-link an address of this site.
// Without a script they are not shown (components.css).

const SHOWN_MS = 2000;

document.documentElement.dataset.scripted = "";

async function write(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Browsers offer the clipboard to secure pages only; this works on the others.
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "out-of-sight";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("not copied");
}

function announce(words) {
  const place = document.getElementById("announcements");
  if (place) place.textContent = words;
}

// Where hoop has switched copying off, the page says so; what somebody types themselves stays theirs.
for (const kind of ["copy", "cut"]) {
  document.addEventListener(kind, (event) => {
    if (!document.querySelector("[data-copying-off]")) return;
    if (event.target.closest?.("input, textarea:not([readonly])")) return;
    event.preventDefault();
    announce("Copying is switched off at hoop");
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-link]");
  if (!button) return;
  const link = button.dataset.copyLink;
  try {
    await write(link === undefined ? button.dataset.copy : new URL(link, location.href).href);
  } catch {
    announce("Could not be copied");
    return;
  }
  button.dataset.done = "";
  announce("Copied");
  setTimeout(() => {
    delete button.dataset.done;
    announce("");
  }, SHOWN_MS);
});
