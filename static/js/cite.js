// Citing: a click on a number opens its line with the citation ready, Shift-click on another
// makes a stretch of both and all between. Without a script the numbers are plain links.

function ends(link) {
  const text = new URL(link, location.href).searchParams.get("e");
  if (!text) return null;
  const [first, last = first] = text.split("-");
  return { first, last };
}

function order(one, other) {
  const [event, line = 0] = one.split(".").map(Number);
  const [otherEvent, otherLine = 0] = other.split(".").map(Number);
  return event - otherEvent || line - otherLine;
}

function marked() {
  const here = ends(location.href);
  if (here) return here;
  const row = document.querySelector("#event-log .row-marked .row-no");
  return row && ends(row.href);
}

document.addEventListener("click", (event) => {
  const number = event.shiftKey && event.target.closest?.("#event-log .row-no");
  if (!number) return;
  // Else a browser opens a window of its own.
  event.preventDefault();
  const from = marked();
  const to = ends(number.href);
  const target = new URL(number.href);
  if (from && to) {
    const [first, last] = order(from.first, to.first) <= 0 ? [from.first, to.last] : [to.first, from.last];
    target.searchParams.set("e", first === last ? first : `${first}-${last}`);
    target.hash = `e${first.replace(".", "-")}`;
  }
  location.assign(target);
});

function reveal() {
  const row = document.querySelector("#event-log .row-marked");
  if (!row) return;
  const citation = document.querySelector("#event-log .cited");
  // A number was clicked, or a hit: whoever follows a link that was pasted sees the lines alone.
  // A long stretch has none yet: it is gone through first.
  const details = citation?.querySelector("details");
  if (details && location.hash.startsWith("#e")) details.open = true;
  // The styles leave room for the citation above the row.
  row.scrollIntoView({ block: details?.open ? "start" : "center" });
}

reveal();
