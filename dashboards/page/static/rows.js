// One row per place with a track: how long the longest waits, or between what a wait is expected.

import { allButton, el, fill } from "./dom.js";
import { parts, text } from "./format.js";
import { levelAgainst, sign } from "./levels.js";

export function drawBars(body, panel, answer, board) {
  const records = recordsOf(answer);
  const most = scale(records, (record) => record.value);
  fill(body, holder(records.map((record) => bar(record, most, board))), allButton(body, records.length, "places"));
}

export function drawRanges(body, panel, answer, board) {
  const records = recordsOf(answer);
  const most = scale(records, (record) => record.estimate_p90_seconds);
  fill(body, holder(records.map((record) => range(record, most, board))), allButton(body, records.length, "places"));
}

const recordsOf = (answer) =>
  answer.rows.map((row) => Object.fromEntries(answer.names.map((name, index) => [name, row[index]])));

const holder = (rows) => el("div", { class: "scroll" }, el("div", { class: "rows" }, rows));

// The end of every track: the longest value, or a target not far beyond it.
function scale(records, value) {
  const longest = Math.max(60, ...records.map((record) => value(record) ?? 0));
  const targets = records.map((record) => record.target_wait_seconds ?? 0).filter((target) => target < longest * 1.4);
  return Math.max(longest, ...targets) * 1.02;
}

function bar(record, most, board) {
  const level = levelAgainst(record.value, record.target_wait_seconds);
  const track = el(
    "div",
    { class: "track", data: { level: level ?? "none" }, title: against(record) },
    el("span", { class: "fill", style: { "--part": part(record.value, most) } }),
    mark(record, most),
  );
  const loud = level === "watch" || level === "bad";
  const what = el("span", { class: "what", data: { level } }, loud ? sign(level) : null, loud ? " " : null, figure(record.value));
  return el("div", { class: "row" }, name(record, board), track, what);
}

function range(record, most, board) {
  if (record.estimate_p50_seconds === null)
    return el("div", { class: "row" }, name(record, board), el("span", { class: "why" }, `no estimate: ${record.reason || "unknown"}`));
  const band = { "--from": part(record.estimate_p50_seconds, most), "--to": part(record.estimate_p90_seconds, most) };
  const track = el("div", { class: "track", title: against(record) }, el("span", { class: "band", style: band }), mark(record, most));
  const what = el(
    "span",
    { class: "what" },
    figure(record.estimate_p50_seconds),
    " to ",
    figure(record.estimate_p90_seconds),
    el("span", { class: "small", title: "intervals between service starts that this rests on" }, ` · n ${record.estimate_samples}`),
  );
  return el("div", { class: "row" }, name(record, board), track, what);
}

const name = (record, board) => el("span", { class: "name", title: record.name }, board.placeLink(record.place, record.name));

function mark(record, most) {
  const target = record.target_wait_seconds;
  if (!target || target > most) return null;
  return el("span", { class: "target", style: { "--at": part(target, most) } });
}

const against = (record) =>
  record.target_wait_seconds ? `target ${text(record.target_wait_seconds, "seconds")}` : "no target";

const part = (value, most) => String(Math.min(value / most, 1).toFixed(4));

function figure(seconds) {
  const [digits, unit] = parts(seconds, "seconds");
  return el("span", {}, digits, el("span", { class: "unit" }, ` ${unit}`));
}
