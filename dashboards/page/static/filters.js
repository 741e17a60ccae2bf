// What the viewer has chosen lives in the address, so a view can be shared, reloaded and gone back to.

import { el, fill } from "./dom.js";

export function readSelection(board) {
  const query = new URLSearchParams(location.search);
  const chosen = {};
  for (const name of board.variables) chosen[name] = query.getAll(name).filter(Boolean);
  return { minutes: Number(query.get("minutes")) || board.minutes, to: Number(query.get("to")) || null, chosen };
}

export function queryOf(board, selection) {
  const query = new URLSearchParams();
  if (selection.minutes !== board.minutes) query.set("minutes", selection.minutes);
  if (selection.to) query.set("to", selection.to);
  for (const name of board.variables) for (const value of selection.chosen[name]) query.append(name, value);
  return query;
}

// The address of the page with another selection; the wall view stays on.
export function addressOf(board, selection) {
  const query = queryOf(board, selection);
  const wall = new URLSearchParams(location.search).get("wall");
  if (wall !== null) query.set("wall", wall);
  const text = query.toString();
  return location.pathname + (text ? `?${text}` : "");
}

// Put the selection into the form and tell `changed` what the viewer makes of it.
export function bindFilters(board, current, changed) {
  const form = document.getElementById("filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const selection = current();
    const chosen = Object.fromEntries(board.variables.map((name) => [name, values(form.elements[name])]));
    if (form.elements.minutes.value === "until") return askUntil(form, selection);
    const until = form.elements.until.value ? new Date(form.elements.until.value).getTime() : null;
    if (chosen.site?.join() !== selection.chosen.site?.join() && chosen.place) chosen.place = [];
    changed({ minutes: Number(form.elements.minutes.value), to: until, chosen });
  });
  document.getElementById("clear").addEventListener("click", () => changed(cleared(board)));
}

// "Back in time": the range stays, its end becomes a moment that the viewer sets, first of all now.
function askUntil(form, selection) {
  const until = form.elements.until;
  form.elements.minutes.value = String(selection.minutes);
  until.value = localInput(selection.to ?? Math.floor(Date.now() / 60_000) * 60_000);
  until.closest("label").hidden = false;
  until.focus();
}

export const cleared = (board) => ({
  minutes: board.minutes,
  to: null,
  chosen: Object.fromEntries(board.variables.map((name) => [name, []])),
});

const values = (select) => (select.value === "\u0000" ? JSON.parse(select.selectedOptions[0].dataset.all) : select.value ? [select.value] : []);

export function showSelection(board, selection, choices) {
  const form = document.getElementById("filters");
  for (const name of board.variables) showChoice(form.elements[name], selection.chosen[name], choices?.[name]);
  const minutes = form.elements.minutes;
  if (![...minutes.options].some((option) => option.value === String(selection.minutes)))
    minutes.append(el("option", { value: selection.minutes }, `${selection.minutes} min`));
  minutes.value = String(selection.minutes);
  form.elements.until.value = selection.to ? localInput(selection.to) : "";
  form.elements.until.closest("label").hidden = !selection.to;
  const untouched = queryOf(board, selection).toString() === "";
  document.getElementById("clear").hidden = untouched;
}

function showChoice(select, chosen, choices) {
  const known = choices ?? chosen.map((value) => [value, value]);
  const options = known.map(([value, label]) => el("option", { value }, label));
  for (const value of chosen) if (!known.some((one) => one[0] === value)) options.push(el("option", { value }, value));
  const several = chosen.length > 1 ? el("option", { value: "\u0000", data: { all: JSON.stringify(chosen) } }, `${chosen.length} chosen`) : null;
  fill(select, el("option", { value: "" }, "All"), several, options);
  select.value = several ? "\u0000" : (chosen[0] ?? "");
  select.disabled = false;
}

// What <input type="datetime-local"> wants: the viewer's own clock, no zone.
function localInput(ms) {
  const moment = new Date(ms);
  return new Date(ms - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
