// How fresh the picture is: the pill in the bar, and a banner that says what holds it back.

import { el, fill } from "./dom.js";
import { text, time } from "./format.js";
import { sign } from "./levels.js";

// What is worst is said first: no connection to this server, no store, then what the pipeline says of itself.
export function judge({ lostSince, store, report, window, until }) {
  if (lostSince)
    return {
      level: "bad",
      pill: "No connection",
      strong: "No connection to the page’s server",
      rest: `since ${time(lostSince)}. What you see is from then; it is tried again.`,
      stale: true,
    };
  if (store?.state === "unreachable")
    return {
      level: "bad",
      pill: "Store unreachable",
      strong: `Store unreachable since ${time(store.since)}.`,
      rest: "What you see is from then; it is asked again. " + (store.reason ? `(${store.reason})` : ""),
      stale: true,
    };
  if (!report) return { level: "unknown", pill: "Asking …" };
  return report.rows.length ? judged(report, window, until) : nothing();
}

const nothing = () => ({
  level: "unknown",
  pill: "No data yet",
  strong: "No stage has reported yet.",
  rest: "Start a worker, or wait for the first touchpoint.",
});

function judged(report, window, until) {
  const one = Object.fromEntries(report.names.map((name, index) => [name, report.rows[0][index]]));
  if (one.as_of === null) return { level: "bad", pill: "Nothing known", strong: "Nothing known yet.", rest: one.text };
  if (one.severity === 0)
    return { level: "ok", pill: until ? "Complete to the end of the range" : `Live · data as of ${time(one.as_of)}` };
  const left = secondsLeft(one);
  if (left !== null) return catchingUp(one, left);
  const far = !until && window && one.as_of < window.from;
  return {
    level: one.severity === 1 ? "watch" : "bad",
    pill: `${one.severity === 1 ? "Behind" : "Stale"} · data as of ${time(one.as_of)}`,
    strong: `Data as of ${time(one.as_of)}, ${text(one.delay_seconds, "seconds")} behind.`,
    rest: why(one),
    stale: one.severity > 1,
    show: far ? Math.ceil((one.as_of + 1) / 1000) * 1000 : null,
  };
}

const reports = [];

// How long until the data is live again, by its pace over the last reports; null where it does not gain on the clock.
function secondsLeft(one) {
  if (one.as_of < reports.at(-1)?.known) reports.length = 0; // begun anew
  if (reports.at(-1)?.at !== one.reported_at) reports.push({ at: one.reported_at, known: one.as_of });
  while (reports.length > 8) reports.shift();
  const elapsed = one.reported_at - reports[0].at;
  const gained = one.as_of - reports[0].known - elapsed;
  if (elapsed < 500 || gained < elapsed || one.records_waiting === 0) return null;
  return (one.delay_seconds * elapsed) / gained;
}

function catchingUp(one, left) {
  const went = `${one.records_waiting.toLocaleString()} records to go at ${one.held_back_by}`;
  return {
    level: "watch",
    pill: `Catching up · data as of ${time(one.as_of)}`,
    strong: `Catching up: you see ${time(one.as_of)}; live in about ${text(Math.max(left, 1), "seconds")}.`,
    rest: `${went}.`,
  };
}

function why(one) {
  const silent = one.silent_seconds > 30 ? `The worker has not reported for ${text(one.silent_seconds, "seconds")}. ` : "";
  const waiting = one.records_waiting.toLocaleString();
  const held = one.records_waiting > 0 ? `${waiting} records wait there.` : "nothing new arrives there.";
  return `${silent}Held back by ${one.held_back_by}: ${held}`;
}

export function showFreshness(state, onShow) {
  const said = judge(state);
  const pill = document.getElementById("freshness");
  pill.dataset.level = said.level;
  fill(pill, sign(said.level), said.pill);
  const banner = document.getElementById("banner");
  banner.hidden = !said.strong;
  banner.dataset.level = said.level;
  document.body.toggleAttribute("data-stale", Boolean(said.stale));
  if (!said.strong) return;
  const show = said.show
    ? el("button", { type: "button", on: { click: () => onShow(said.show) } }, "Show the time where the data ends")
    : null;
  fill(banner, el("strong", {}, said.strong), " ", el("span", {}, said.rest), " ", show);
}

