// Lines over time; where an answer has a P50 and a P90, the band between them is filled.

import { baseOption, chartIn, grid, key, line, timeAxis, tooltip, valueAxis } from "./charts.js";
import { text, time } from "./format.js";
import { colours } from "./levels.js";

export function drawSeries(body, panel, answer, board) {
  const paint = colours();
  const at = answer.names.indexOf("time");
  const fields = panel.fields.filter((field) => field.show !== "hidden");
  const columns = fields.map((field) => answer.names.indexOf(field.name));
  const last = answer.rows[answer.rows.length - 1];
  const said = (field, value) => text(value, field.unit, field.decimals);
  const legend = fields.map((field, index) => key(paint.series[index], field.title, said(field, last[columns[index]])));
  const chart = chartIn(body, panel.title, legend);
  const lines = fields.map((field, index) => ({
    type: "line",
    name: field.title,
    showSymbol: false,
    lineStyle: { width: index ? 1.5 : 2.2, color: paint.series[index] },
    itemStyle: { color: paint.series[index] },
    data: answer.rows.map((row) => [row[at], row[columns[index]]]),
  }));
  chart.setOption(
    {
      ...baseOption(),
      grid: grid({ top: 10 }),
      xAxis: timeAxis(board.window),
      yAxis: valueAxis(panel.unit, highest(answer, columns)),
      tooltip: tooltip((params) => tip(params, fields, said), {
        trigger: "axis",
        axisPointer: { lineStyle: { color: paint.quiet } },
      }),
      series: [...bandBetween(answer, fields, columns, at, paint), ...lines],
    },
    { replaceMerge: ["series"] },
  );
}

const highest = (answer, columns) => Math.max(1, ...answer.rows.flatMap((row) => columns.map((column) => row[column] ?? 0)));

// Two stacked areas, the lower one invisible.
function bandBetween(answer, fields, columns, at, paint) {
  const low = fields.findIndex((field) => field.name.includes("p50"));
  const high = fields.findIndex((field) => field.name.includes("p90"));
  if (low < 0 || high < 0) return [];
  const area = (name, value, opacity) => ({
    type: "line",
    name,
    stack: "band",
    silent: true,
    showSymbol: false,
    lineStyle: { width: 0 },
    areaStyle: { color: paint.series[1], opacity },
    data: answer.rows.map((row) => [row[at], value(row)]),
  });
  const between = (row) => (row[columns[low]] === null ? null : row[columns[high]] - row[columns[low]]);
  return [area("below", (row) => row[columns[low]], 0), area("band", between, 0.16)];
}

function tip(params, fields, said) {
  const shown = fields.map((field) => params.find((one) => one.seriesName === field.title)).filter(Boolean);
  if (!shown.length) return [];
  const values = shown.map((one) => {
    const field = fields.find((candidate) => candidate.title === one.seriesName);
    return line(key(one.color, `${field.title} `, said(field, one.value[1])));
  });
  return [line(time(params[0].value[0])), ...values];
}
