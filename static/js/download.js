// A download that waited for its recording begins when the panel that says so is swapped in. Without a
// script the link in it does the same.

document.addEventListener("htmx:load", (event) => {
  const panel = event.detail.elt;
  if (panel.id !== "download") return;
  const link = panel.querySelector("[data-starts]");
  if (link) location.assign(link.href);
});
