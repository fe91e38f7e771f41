// A page in the background asks less often: what nobody looks at may be a minute old.

const HIDDEN_MS = 60_000;
let asked = 0;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches("[data-watch]")) return;
  const now = Date.now();
  if (document.visibilityState === "hidden" && now - asked < HIDDEN_MS) event.preventDefault();
  else asked = now;
});
