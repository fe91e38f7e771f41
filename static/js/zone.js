// Offers the browser's own time zone where the page shows another one. The server does the rest.

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

function offer(root) {
  for (const place of root.querySelectorAll("[data-zone]")) {
    const same = own === place.dataset.zone || (place.dataset.zone === "UTC" && own === "Etc/UTC");
    if (!own || same) continue;
    const link = place.querySelector("a");
    link.href = place.dataset.zoneHref + encodeURIComponent(own);
    link.textContent = `Show in ${own}`;
    place.hidden = false;
  }
}

offer(document);
document.addEventListener("htmx:afterSettle", () => offer(document));
