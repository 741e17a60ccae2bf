// Ways to look at a panel: what it counts, as a table, alone on the screen; and the board on a wall.

const WALL_WIDTH = 2500;

export function bindViews({ redraw, asTable, draw }) {
  const help = document.getElementById("help");
  const views = {
    help: () => help.showModal(),
    about: (panel) => panel && toggleAbout(panel),
    table: (panel) => panel && toggleTable(panel, asTable, draw),
    alone: (panel) => panel && toggleAlone(panel, redraw),
    wall: () => toggleWall(redraw),
    back: () => closeAbout() || leaveAlone(redraw) || leaveWall(redraw),
  };
  document.getElementById("help-open").addEventListener("click", views.help);
  document.getElementById("wall").addEventListener("click", views.wall);
  for (const panel of document.querySelectorAll(".panel")) {
    panel.querySelector(".more").addEventListener("click", () => views.about(panel));
    panel.querySelector(".as-table").addEventListener("click", () => views.table(panel));
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".about, .more")) closeAbout();
  });
  const wanted = new URLSearchParams(location.search).get("wall");
  if (wanted === "1" || (wanted === null && window.innerWidth >= WALL_WIDTH)) showWall(true);
  return views;
}

function toggleAbout(panel) {
  const about = panel.querySelector(".about");
  const opening = about.hidden;
  closeAbout();
  about.hidden = !opening;
  panel.querySelector(".more").setAttribute("aria-expanded", String(opening));
  panel.classList.toggle("at-end", panel.getBoundingClientRect().left > window.innerWidth * 0.6);
}

function closeAbout() {
  const open = [...document.querySelectorAll(".about:not([hidden])")];
  for (const about of open) {
    about.hidden = true;
    about.closest(".panel").querySelector(".more").setAttribute("aria-expanded", "false");
  }
  return open.length > 0;
}

function toggleTable(panel, asTable, draw) {
  const name = panel.dataset.panel;
  const on = !asTable.delete(name);
  if (on) asTable.add(name);
  panel.querySelector(".as-table").setAttribute("aria-pressed", String(on));
  closeAbout();
  draw(name);
}

function toggleAlone(panel, redraw) {
  if (leaveAlone(redraw)) return;
  document.body.dataset.alone = "";
  panel.classList.add("alone");
  panel.focus();
  redraw();
}

function leaveAlone(redraw) {
  if (document.body.dataset.alone === undefined) return false;
  delete document.body.dataset.alone;
  document.querySelector(".panel.alone")?.classList.remove("alone");
  redraw();
  return true;
}

function toggleWall(redraw) {
  const on = document.body.dataset.wall === undefined;
  const address = new URL(location.href);
  address.searchParams.set("wall", on ? "1" : "0");
  history.replaceState(null, "", address);
  showWall(on);
  redraw();
}

function leaveWall(redraw) {
  if (document.body.dataset.wall === undefined) return false;
  toggleWall(redraw);
  return true;
}

function showWall(on) {
  document.body.toggleAttribute("data-wall", on);
}
