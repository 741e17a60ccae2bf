// A board in the browser: listens to its feed, hands each answer to the panel that draws it, keeps the view in the address.

import { dropChart } from "./charts.js";
import { el, fill } from "./dom.js";
import { addressOf, bindFilters, cleared, queryOf, readSelection, showSelection } from "./filters.js";
import { showFreshness } from "./freshness.js";
import { drawHeatmap } from "./heatmap.js";
import { drawHistogram } from "./histogram.js";
import { bindKeyboard } from "./keyboard.js";
import { drawBars, drawRanges } from "./rows.js";
import { drawSeries } from "./series.js";
import { drawStat } from "./stat.js";
import { drawPlain, drawTable } from "./table.js";
import { drawTimeline } from "./timeline.js";
import { bindViews } from "./views.js";

const DRAW = {
  stat: drawStat,
  table: drawTable,
  bars: drawBars,
  ranges: drawRanges,
  series: drawSeries,
  timeline: drawTimeline,
  heatmap: drawHeatmap,
  histogram: drawHistogram,
};
const CHARTS = ["series", "timeline", "heatmap", "histogram"];
const MOVING = ["series", "timeline"];

const board = JSON.parse(document.getElementById("board").textContent);
const panels = new Map(board.panels.map((panel) => [panel.name, panel]));
const answers = new Map();
const asTable = new Set();
const state = { lostSince: null, store: null, report: null, window: null, until: null };
let selection = readSelection(board);
let source = null;
let choices = null;

board.window = { from: Date.now() - selection.minutes * 60_000, to: Date.now() };
board.placeLink = (place, name) => {
  const target = { ...selection, chosen: { ...selection.chosen, place: [place] } };
  const go = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(target);
  };
  return el("a", { href: addressOf(board, target), on: { click: go } }, String(name));
};

function draw(name) {
  const panel = panels.get(name);
  const body = document.querySelector(`#panel-${CSS.escape(name)} > .body`);
  const answer = answers.get(name);
  if (!body || !answer) return;
  if (answer.error) return replace(body, el("p", { class: "error" }, `This query failed: ${answer.error}`));
  if (!answer.rows.length) return replace(body, ...emptiness(panel));
  const show = asTable.has(name) ? "plain" : panel.kind;
  if (body.dataset.shows !== show) {
    dropChart(body);
    fill(body);
    body.dataset.shows = show;
  }
  (show === "plain" ? drawPlain : DRAW[panel.kind])(body, panel, answer, board);
}

function replace(body, ...children) {
  dropChart(body);
  delete body.dataset.shows;
  fill(body, ...children);
}

// An unknown number is a dash and the reason.
function emptiness(panel) {
  const why = el("p", { class: "empty" }, panel.empty);
  return panel.kind === "stat" ? [el("div", { class: "number unknown-value" }, "–"), why] : [why];
}

export function redraw(filter = () => true) {
  for (const [name, panel] of panels) if (filter(panel)) draw(name);
}

// ---- the feed -----------------------------------------------------------------------------------

function listen() {
  source?.close();
  source = new EventSource(`${location.pathname}/events?${queryOf(board, selection)}`);
  const on = (event, act) => source.addEventListener(event, (message) => act(JSON.parse(message.data)));
  source.addEventListener("open", () => fresh({ lostSince: null }));
  source.addEventListener("error", () => fresh({ lostSince: state.lostSince ?? Date.now() }));
  on("hello", (hello) => reloadIfNewer(hello.static));
  on("store", (store) => fresh({ store }));
  on("panel", ({ panel, answer }) => receive(panel, answer));
  on("tick", (tick) => {
    board.window = tick;
    fresh({ window: tick });
    redraw((panel) => MOVING.includes(panel.kind) && !asTable.has(panel.name));
  });
}

function receive(name, answer) {
  if (name === "freshness") return fresh({ report: answer.error ? null : answer });
  answers.set(name, answer);
  draw(name);
}

function fresh(change) {
  Object.assign(state, change);
  showFreshness({ ...state, until: selection.to }, (to) => choose({ ...selection, to }));
}

// A wall screen that runs for weeks gets the new page when the server has one; once, or servers of two versions
// behind one address would have it reload for ever.
function reloadIfNewer(address) {
  if (new URL(import.meta.url).pathname.startsWith(address) || sessionStorage.getItem("reloaded-for") === address) return;
  sessionStorage.setItem("reloaded-for", address);
  location.reload();
}

// ---- the selection ------------------------------------------------------------------------------

function choose(next, { remember = true } = {}) {
  if (remember) history.pushState(null, "", addressOf(board, next));
  selection = next;
  answers.clear();
  state.report = null;
  for (const name of panels.keys()) {
    const body = document.querySelector(`#panel-${CSS.escape(name)} > .body`);
    if (body) replace(body, el("p", { class: "empty" }, "…"));
  }
  show();
  listen();
}

function show() {
  document.body.toggleAttribute("data-one", selection.chosen.place?.length === 1);
  showSelection(board, selection, choices);
  for (const link of document.querySelectorAll("a[data-link]"))
    link.setAttribute("href", `${link.pathname}?${queryOf(board, selection)}`);
  loadChoices();
}

async function loadChoices() {
  try {
    const answer = await fetch(`${location.pathname}/choices?${queryOf(board, selection)}`);
    if (!answer.ok) return;
    choices = await answer.json();
    showSelection(board, selection, choices);
  } catch {
    // without the store there is nothing to choose from; the banner says so
  }
}

// ---- start --------------------------------------------------------------------------------------

bindFilters(board, () => selection, choose);
const views = bindViews({ redraw, asTable, draw });
bindKeyboard({
  ...views,
  range: (minutes) => choose({ ...selection, minutes }),
  clear: () => choose(cleared(board)),
  back: () => views.back() || (queryOf(board, selection).toString() && choose(cleared(board))),
});
window.addEventListener("popstate", () => choose(readSelection(board), { remember: false }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw((panel) => CHARTS.includes(panel.kind)));
document.fonts.ready.then(() => redraw((panel) => CHARTS.includes(panel.kind)));
show();
listen();
