// One customer: times in the viewer's own zone, and a key for every action.

// To the minute; the second stands in the title.
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

for (const moment of document.querySelectorAll("time")) {
  moment.title = moment.textContent;
  moment.textContent = short.format(new Date(moment.dateTime));
}
document.body.dataset.ready = "yes"; // times read as they will stay

const help = document.getElementById("help");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = ACTIONS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const ACTIONS = {
  "/": () => document.querySelector("#find input").focus(),
  j: () => move(1),
  k: () => move(-1),
  r: () => location.reload(),
  "?": () => help.showModal(),
  Escape: closeAll,
};

function move(step) {
  const parts = [...document.querySelectorAll("#parts > section")];
  const at = parts.indexOf(document.activeElement?.closest("section"));
  const next = parts[Math.min(Math.max(at + step, 0), parts.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start", behavior: "auto" });
}

function closeAll() {
  for (const open of document.querySelectorAll("details.about-it[open]")) open.open = false;
}

// Of the definitions one is open at a time.
document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!opened.open || !opened.matches("details.about-it")) return;
  for (const other of document.querySelectorAll("details.about-it[open]")) if (other !== opened) other.open = false;
}, true);
