// Keys: "/" goes to the box, "n" and "p" turn the log's pages. A button in the footer turns
// them off for who dictates or types with one hand, and the browser remembers it.

const OFF = "hoopviewer-keys-off";

function stored() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false;
  }
}

let off = stored();

function remember() {
  try {
    if (off) localStorage.setItem(OFF, "");
    else localStorage.removeItem(OFF);
  } catch {
    // A browser that keeps nothing asks again on the next page.
  }
}

function label() {
  const button = document.querySelector("[data-keys]");
  if (button) button.textContent = off ? "Turn keys on" : "Turn keys off";
}

function writing(element) {
  return element.closest?.("input, textarea, select, [contenteditable]") != null;
}

document.addEventListener("keydown", (event) => {
  if (off || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  if (event.key === "/") {
    const box = document.querySelector("[data-box]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "n" || event.key === "p") {
    document.querySelector(`#event-log a[rel="${event.key === "n" ? "next" : "prev"}"]`)?.click();
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-keys]")) return;
  off = !off;
  remember();
  label();
});

label();
