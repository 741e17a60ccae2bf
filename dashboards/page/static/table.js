// Tables: rows keep their elements while they stay, so that focus and selection survive an update.

import { allButton, el, fill } from "./dom.js";
import { NONE, parts } from "./format.js";
import { chip, levelOf } from "./levels.js";

const NUMBERS = ["number", "bar"];

export function drawTable(body, panel, answer, board) {
  const fields = panel.fields.filter((field) => field.show !== "hidden");
  const kept = body.querySelector("tbody");
  const known = new Map([...(kept?.children ?? [])].map((row) => [row.dataset.key, row]));
  const rows = answer.rows.map((row) => {
    const record = Object.fromEntries(answer.names.map((name, index) => [name, row[index]]));
    const key = String(record.place ?? row.slice(0, 2).join("\u0000"));
    const line = known.get(key) ?? el("tr", { data: { key } });
    update(line, fields.map((field) => cell(field, record, board)));
    return line;
  });
  if (kept) fill(kept, rows);
  else fill(body, el("div", { class: "scroll", tabindex: "-1" }, el("table", {}, header(fields), el("tbody", {}, rows))));
  body.querySelector(":scope > .all")?.remove();
  body.append(...[allButton(body, rows.length, "rows")].filter(Boolean));
  hideCutOff(body);
}

// A wall cannot scroll: a row that would be cut in half is not shown.
function hideCutOff(body) {
  const holder = body.querySelector(".scroll");
  const wall = document.body.dataset.wall !== undefined;
  const end = holder.getBoundingClientRect().bottom + 1;
  for (const row of holder.querySelectorAll("tbody tr")) row.classList.remove("cut-off");
  if (!wall) return;
  for (const row of holder.querySelectorAll("tbody tr")) row.classList.toggle("cut-off", row.getBoundingClientRect().bottom > end);
}

// Any answer as plain numbers, for a panel that is otherwise drawn.
export function drawPlain(body, panel, answer) {
  const title = (name) => panel.fields.find((field) => field.name === name);
  const fields = answer.names.map((name) => title(name) ?? { title: name, unit: "text", decimals: 0 });
  const line = (row) => el("tr", {}, fields.map((field, index) => plain(field, row[index])));
  const head = el("tr", {}, fields.map((field) => el("th", { class: numeric(field) ? "num" : "" }, field.title)));
  const table = el("table", {}, el("thead", {}, head), el("tbody", {}, answer.rows.map(line)));
  fill(body, el("div", { class: "scroll" }, table));
}

function header(fields) {
  const one = (field) => el("th", { class: `${numeric(field) ? "num" : ""} ${shown(field)}`, scope: "col" }, field.title);
  return el("thead", {}, el("tr", {}, fields.map(one)));
}

// Only cells that differ are replaced.
function update(line, cells) {
  cells.forEach((cell, index) => {
    const old = line.children[index];
    if (!old) line.append(cell);
    else if (!old.isEqualNode(cell)) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(cell);
      if (focused) cell.querySelector("a")?.focus();
    }
  });
}

function cell(field, record, board) {
  const value = record[field.name];
  const looks = shown(field);
  switch (field.show) {
    case "link":
      return el("td", { class: `name ${looks}`, title: value }, board.placeLink(record.place, value));
    case "level": {
      const level = board.levels[value] ?? board.levels[5];
      return el("td", { class: `level ${looks}` }, chip(level.level, level.word));
    }
    case "bar":
      return el("td", { class: looks }, value === null ? none() : meter(field, value));
    case "text":
      return el("td", { class: `text ${looks}`, data: { title: field.title } }, String(value ?? NONE));
    default:
      return el("td", { class: `num ${looks}`, data: { title: field.title } }, value === null ? none() : figure(field, value));
  }
}

const none = () => el("span", { class: "small", title: "unknown" }, NONE);

function figure(field, value) {
  const [digits, unit] = parts(value, field.unit, field.decimals);
  return el("span", {}, digits, unit ? el("span", { class: "unit" }, ` ${unit}`) : null);
}

function meter(field, value) {
  const level = levelOf(value, field.thresholds) ?? "none";
  const bar = el("span", { class: "fill", style: { "--part": String(Math.min(Math.max(value, 0), 1)) } });
  return el("div", { class: "meter", data: { level } }, bar, figure(field, value));
}

function plain(field, value) {
  return el("td", { class: numeric(field) ? "num" : "" }, parts(value, field.unit, field.decimals).join(" "));
}

const numeric = (field) => NUMBERS.includes(field.show) && field.unit !== "text" && field.show !== "bar";
const shown = (field) => `${field.phone ? "" : "not-phone"} ${field.wall ? "" : "not-wall"}`.trim();
