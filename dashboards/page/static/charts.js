// What the charts share: one ECharts instance per panel, axes and tooltips in the page's own look.

import { el, fill } from "./dom.js";
import * as echarts from "./echarts.js";
import { hour, text } from "./format.js";
import { colours } from "./levels.js";

const charts = new Map();

// The chart of a panel, made at its first use below an optional legend.
export function chartIn(body, label, legend = null) {
  let holder = body.querySelector(":scope > .chart");
  if (!holder) {
    holder = el("div", { class: "chart", role: "img", "aria-label": label });
    fill(body, el("div", { class: "legend" }), holder);
  }
  fill(body.querySelector(":scope > .legend"), legend ?? []);
  body.querySelector(":scope > .legend").hidden = !legend;
  let chart = charts.get(holder);
  if (!chart) {
    chart = echarts.init(holder, null, { renderer: "canvas" });
    const sizes = new ResizeObserver(() => chart.resize());
    sizes.observe(holder);
    charts.set(holder, chart);
  }
  return chart;
}

// The chart goes where its panel shows something else.
export function dropChart(body) {
  const holder = body.querySelector(":scope > .chart");
  if (!holder) return;
  charts.get(holder)?.dispose();
  charts.delete(holder);
}

export function fontSize(share = 0.8) {
  const wall = document.body.dataset.wall !== undefined;
  return wall ? Math.round(window.innerHeight * 0.021) : Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * share);
}

export function timeAxis(window) {
  const paint = colours();
  return {
    type: "time",
    min: window.from,
    max: window.to,
    splitNumber: 5,
    axisLine: { lineStyle: { color: paint.line } },
    axisTick: { show: false },
    axisLabel: { color: paint["ink-3"], fontSize: fontSize(), hideOverlap: true, formatter: (value) => hour(value) },
    splitLine: { show: false },
  };
}

const STEPS = [15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 28800, 86400];

// From 0; waits in steps that people count in, a quarter hour and not 1,000 seconds.
export function valueAxis(unit, highest) {
  const paint = colours();
  const interval = unit === "seconds" ? STEPS.find((step) => highest / step <= 5) : undefined;
  return {
    type: "value",
    min: 0,
    minInterval: 1,
    splitNumber: 4,
    ...(interval ? { interval, max: Math.ceil(highest / interval) * interval } : {}),
    axisLabel: { color: paint["ink-3"], fontSize: fontSize(), formatter: (value) => axisText(value, unit) },
    splitLine: { lineStyle: { color: paint["line-soft"] } },
  };
}

const axisText = (value, unit) => (unit === "per_minute" ? `${value}/min` : text(value, unit));

export const grid = (more = {}) => ({
  left: 10,
  right: 14,
  top: 6,
  bottom: 8,
  outerBoundsMode: "same",
  outerBoundsContain: "all",
  outerBoundsClampWidth: "45%", // or long names of places are cut where the chart is narrow
  outerBoundsClampHeight: "45%",
  ...more,
});

// Tooltips are elements that we make, never markup: names come from events.
export function tooltip(content, more = {}) {
  const paint = colours();
  return {
    confine: true,
    transitionDuration: 0,
    backgroundColor: paint.raised,
    borderColor: paint.line,
    borderWidth: 1,
    padding: [8, 12],
    textStyle: { color: paint.ink, fontFamily: "Inter, system-ui, sans-serif" },
    formatter: (params) => el("div", { class: "tip" }, content(params)),
    ...more,
  };
}

export function key(colour, name, value = null, shape = "") {
  const swatch = el("span", { class: `swatch ${shape}`, style: { "--colour": colour } });
  return el("span", { class: "key" }, swatch, name, value === null ? null : el("b", {}, value));
}

export const line = (...parts) => el("div", {}, ...parts);

export const baseOption = () => ({
  animation: false,
  textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
  aria: { enabled: false },
});
