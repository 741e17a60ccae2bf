// Levels with their sign and word, and the colours of the theme that is on.

import { el } from "./dom.js";

export const SIGNS = { ok: "●", watch: "▲", bad: "■", unknown: "○" };

export function sign(level) {
  return el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[level] ?? SIGNS.unknown);
}

export function chip(level, word) {
  return el("span", { class: "chip", data: { level } }, sign(level), word);
}

// The level of a number by its thresholds, each "from here on"; null where it is unknown or below the first.
export function levelOf(value, thresholds) {
  if (value === null || value === undefined) return null;
  return thresholds.reduce((level, one) => (value >= one.at ? one.level : level), null);
}

// Against the target of a place: watch above it, bad above twice, null without one.
export function levelAgainst(value, target) {
  if (value === null || value === undefined || !target) return null;
  return value > 2 * target ? "bad" : value > target ? "watch" : "ok";
}

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["ink", "ink-2", "ink-3", "line", "line-soft", "card", "raised", "quiet", "track", "ok", "watch", "bad", "unknown"];
  const series = [1, 2, 3, 4].map((number) => read(`series-${number}`));
  const heat = [0, 1, 2, 3].map((number) => read(`heat-${number}`));
  return { ...Object.fromEntries(names.map((name) => [name, read(name)])), series, heat };
}
