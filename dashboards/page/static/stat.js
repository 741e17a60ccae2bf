// One question, one number: big, with what it rests on below and its course as a line.

import { el, fill, svg } from "./dom.js";
import { parts, text } from "./format.js";
import { levelAgainst, levelOf, sign } from "./levels.js";

export function drawStat(body, panel, answer) {
  const rows = answer.rows;
  const last = rows[rows.length - 1];
  const at = (name) => (last ? last[answer.names.indexOf(name)] : null);
  const [main, ...others] = panel.fields.filter((field) => !["hidden", "link"].includes(field.show));
  const beside = main.thresholds.length ? others.filter((field) => field.thresholds.length) : [];
  const numbers = [main, ...beside].map((field) => number(field, at(field.name), levelFor(panel, field, at)));
  const notes = others.filter((field) => !beside.includes(field)).map((field) => note(field, at(field.name)));
  const name = panel.fields.some((field) => field.show === "link") ? el("b", {}, String(at("name"))) : null;
  const words = name ? [name, ...notes] : notes;
  fill(
    body,
    el("div", { class: "numbers" }, ...numbers),
    words.length ? el("p", { class: "note" }, ...separated(words.filter(Boolean))) : null,
    rows.length > 1 ? spark(rows, answer.names) : null,
  );
}

function levelFor(panel, field, at) {
  if (field.name === "value" && panel.fields.some((one) => one.name === "target_wait_seconds"))
    return levelAgainst(at("value"), at("target_wait_seconds"));
  return field.thresholds.length ? levelOf(at(field.name), field.thresholds) : null;
}

function number(field, value, level) {
  const [digits, unit] = parts(value, field.unit, field.decimals);
  const loud = level === "watch" || level === "bad";
  const suffix = unit || (field.thresholds.length ? field.title : "");
  const unitClass = field.unit === "time" ? "unit below" : "unit"; // a date is too long to stand beside
  return el(
    "div",
    { class: `number${value === null ? " unknown-value" : ""}${digits.length > 6 ? " long" : ""}`, data: loud ? { level } : {} },
    loud ? sign(level) : null,
    digits,
    suffix ? el("span", { class: unitClass }, ` ${suffix}`) : null,
  );
}

// "target 45 min", "behind 3 s", "74 starts": words around the number as its unit asks for.
function note(field, value) {
  if (value === null || value === undefined) return null;
  const level = levelOf(value, field.thresholds);
  const said = text(value, field.unit, field.decimals);
  const words = field.unit === "seconds" && field.thresholds.length ? `${said} ${field.title}` : described(field, said);
  return el("span", { data: level ? { level } : {} }, level ? sign(level) : null, level ? ` ${words}` : words);
}

const described = (field, said) =>
  field.unit === "count" ? `${said} ${field.title.toLowerCase()}` : `${field.title.toLowerCase()} ${said}`;

const separated = (words) => words.flatMap((word, index) => (index ? [" · ", word] : [word]));

function spark(rows, names) {
  const [time, value] = [names.indexOf("time"), names.indexOf("value")];
  const points = rows.filter((row) => row[value] !== null).map((row) => [row[time], row[value]]);
  if (points.length < 2) return null;
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const values = points.map((point) => point[1]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(high - low, high * 0.25, 1); // a change of one in a hundred shall not look like a mountain
  const floor = (low + high - room) / 2;
  const x = (at) => (((at - first) / (last - first || 1)) * 100).toFixed(2);
  const y = (one) => (96 - ((one - floor) / room) * 92).toFixed(2);
  const line = points.map(([at, one], index) => `${index ? "L" : "M"}${x(at)} ${y(one)}`).join("");
  const box = { class: "spark", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" };
  return svg(
    "svg",
    { ...box, "aria-label": `from ${values[0]} to ${values[values.length - 1]}, lowest ${low}, highest ${high}` },
    svg("path", { class: "under", d: `${line}L100 100L0 100Z` }),
    svg("path", { d: line }),
  );
}
