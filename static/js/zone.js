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

function reveal() {
  document.querySelector(".row-marked")?.scrollIntoView({ block: "center" });
}

offer(document);
reveal();
document.addEventListener("htmx:afterSettle", () => offer(document));
