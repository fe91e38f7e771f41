// The position strip is one tab stop; the arrow keys, Home and End move along it. Without a script
// every part of it is a stop, behind a link that skips them.

const MOVES = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

function rove() {
  for (const strip of document.querySelectorAll("[data-strip]")) {
    strip.querySelectorAll("a").forEach((cell, at) => cell.setAttribute("tabindex", at ? "-1" : "0"));
  }
}

document.addEventListener("keydown", (event) => {
  const strip = event.key in MOVES && event.target.closest?.("[data-strip]");
  if (!strip || event.altKey || event.ctrlKey || event.metaKey) return;
  const cells = [...strip.querySelectorAll("a")];
  const at = cells.indexOf(event.target.closest("a"));
  const next = cells[Math.max(0, Math.min(cells.length - 1, at + MOVES[event.key]))];
  event.preventDefault();
  for (const cell of cells) cell.setAttribute("tabindex", cell === next ? "0" : "-1");
  next.focus();
});

rove();
document.addEventListener("htmx:afterSettle", rove);
