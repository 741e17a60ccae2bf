// Staff and hours: every place as it is now, and what people say of it.

import { el, fill } from "./dom.js";
import { enter, remember, who } from "./entering.js";
import { NONE, time } from "./format.js";

const ASK_MS = 2_000;
const writes = document.body.dataset.writes === "yes";
const said = document.getElementById("said");
const closing = document.getElementById("closing");
const help = document.getElementById("help");
const by = document.querySelector("input[name=by]");
const find = document.querySelector("input[name=find]");

const rows = new Map(); // place -> what its row is made of
const pending = new Map(); // place -> the entry that does not count yet
const body = el("tbody");

if (by) {
  by.value = who();
  by.addEventListener("change", () => remember(by.value.trim()));
  find.addEventListener("input", sift);
}
look();

async function look() {
  try {
    const answer = await fetch("/staff/places");
    if (!answer.ok) throw new Error(await answer.text());
    const { names, rows: found } = await answer.json();
    draw(found.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))));
  } catch (error) {
    say("wrong", `The places cannot be read: ${error.message}`);
  }
  setTimeout(look, ASK_MS);
}

function draw(places) {
  for (const place of places) {
    let row = rows.get(place.place);
    if (!row) rows.set(place.place, (row = newRow(place)));
    show(row, place);
  }
  const drawn = places.map((place) => rows.get(place.place).line);
  if (body.childElementCount !== drawn.length) {
    fill(body, drawn);
    sift();
  }
  if (!body.isConnected) {
    const titles = ["Place", "State", "At work", "Needed", "As of", ...(writes ? ["Enter", ""] : [])];
    const head = el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title))));
    fill(document.getElementById("places"), el("div", { class: "scroll" }, el("table", {}, head, body)));
  }
  document.body.dataset.ready = "yes";
}

function newRow(place) {
  const cell = (title, name = "") => el("td", { "data-title": title, class: name });
  const row = { name: el("td", { class: "name" }, place.name), state: cell("State"), servers: cell("At work") };
  Object.assign(row, { needed: cell("Needed"), at: cell("As of") });
  const cells = [row.name, row.state, row.servers, row.needed, row.at];
  if (writes) {
    row.count = el("input", { type: "number", min: 0, step: 1, "aria-label": `People at work at ${place.name}` });
    const set = el("form", { on: { submit: (event) => assign(event, place, row) } }, row.count, el("button", {}, "Set"));
    row.hours = el("button", { type: "button", on: { click: () => turn(place, row) } });
    cells.push(el("td", {}, place.holds_presence ? null : set), el("td", {}, row.hours));
  }
  row.line = el("tr", { tabindex: -1, data: { place: place.place } }, cells);
  return row;
}

function show(row, place) {
  row.now = place;
  fill(row.state, el("span", { class: "chip", data: { level: place.state === "open" ? "ok" : "unknown" } }, place.state));
  fill(row.servers, place.servers === null ? NONE : String(place.servers));
  fill(row.needed, needed(place));
  fill(row.at, place.looked_at === null ? "never looked at" : time(place.looked_at));
  if (row.hours) row.hours.textContent = place.state === "open" ? "Close now" : "Open now";
  const entry = pending.get(place.place);
  if (entry && place.looked_at !== null && place.looked_at >= entry.at) {
    pending.delete(place.place);
    row.line.removeAttribute("aria-busy");
    say("counts", `It counts: ${state(place)}, as of ${time(place.looked_at)}.`);
  }
}

function needed(place) {
  if (place.needed === null) return place.needed_reason || NONE;
  const missing = place.servers !== null && place.servers < place.needed;
  return el("span", { class: missing ? "missing" : "" }, `${place.needed}${missing ? `, ${place.needed - place.servers} missing` : ""}`);
}

const state = (place) =>
  `${place.name} is ${place.state}${place.servers === null ? "" : `, ${place.servers} at work`}`;

function assign(event, place, row) {
  event.preventDefault();
  const count = row.count.value.trim();
  send(row, { type: "staff.assigned", place: place.place, data: count === "" ? {} : { count: Number(count) } }, row.count);
}

function turn(place, row) {
  if (row.now.state !== "open") {
    send(row, { type: "place.opened", place: place.place }, row.hours);
    return;
  }
  document.getElementById("closing-title").textContent = `Close ${place.name}?`;
  closing.returnValue = "";
  closing.onclose = () => {
    if (closing.returnValue === "close") send(row, { type: "place.closed", place: place.place }, row.hours);
  };
  closing.showModal();
}

async function send(row, entry, input) {
  say("sent", `Sending for ${row.now.name} …`);
  try {
    const entered = await enter({ ...entry, by: by.value.trim() });
    pending.set(entered.place, { at: Date.parse(entered.occurred_at) });
    row.line.setAttribute("aria-busy", "true");
    if (row.count) row.count.value = "";
    say("sent", `Sent for ${row.now.name} at ${time(Date.parse(entered.occurred_at))}; it counts in a moment.`);
  } catch (error) {
    say("wrong", `${row.now.name}: ${error.message}`);
    (error.field === "by" ? by : input).focus();
  }
}

function say(kind, words) {
  said.dataset.kind = kind;
  said.textContent = words;
}

function sift() {
  const wanted = (find?.value ?? "").trim().toLowerCase();
  for (const { line, now } of rows.values()) line.hidden = !`${now.place} ${now.name} ${now.site}`.toLowerCase().includes(wanted);
}

function move(step) {
  const lines = [...body.children].filter((line) => !line.hidden);
  const at = lines.indexOf(document.activeElement?.closest("tr"));
  lines[Math.min(Math.max(at + step, 0), lines.length - 1)]?.focus();
}

const ACTIONS = { "/": () => find?.focus(), j: () => move(1), k: () => move(-1), "?": () => help.showModal() };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || closing.open) return;
  const typing = event.target instanceof Element && event.target.closest("input");
  if (typing) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!ACTIONS[event.key]) return;
  event.preventDefault();
  ACTIONS[event.key]();
});
