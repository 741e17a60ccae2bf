// How many, by length: stacked columns, one colour per ending.

import { baseOption, chartIn, fontSize, grid, key, line, tooltip, valueAxis } from "./charts.js";
import { text } from "./format.js";
import { colours } from "./levels.js";

export function drawHistogram(body, panel, answer) {
  const paint = colours();
  const [label, ...stacked] = panel.fields;
  const column = (field) => answer.names.indexOf(field.name);
  const total = (field) => answer.rows.reduce((sum, row) => sum + (row[column(field)] ?? 0), 0);
  const shades = [paint.series[0], paint.series[2], paint.series[3]];
  const shown = stacked.map((field, index) => ({ field, colour: shades[index], total: total(field) })).filter((one) => one.total);
  const legend = shown.map((one) => key(one.colour, one.field.title, text(one.total, "count"), "block"));
  chartIn(body, panel.title, legend).setOption(
    {
      ...baseOption(),
      grid: grid({ top: 8, right: 2 }),
      xAxis: {
        type: "category",
        data: answer.rows.map((row) => row[column(label)]),
        axisLine: { lineStyle: { color: paint.line } },
        axisTick: { show: false },
        axisLabel: { color: paint["ink-3"], fontSize: fontSize(), interval: 0, hideOverlap: true },
      },
      yAxis: valueAxis("count", 0),
      tooltip: tooltip((params) => tip(params), { trigger: "axis", axisPointer: { type: "none" } }),
      series: shown.map((one) => ({
        type: "bar",
        name: one.field.title,
        stack: "waits",
        barCategoryGap: "18%",
        itemStyle: { color: one.colour, borderRadius: 2 },
        data: answer.rows.map((row) => row[column(one.field)]),
      })),
    },
    { replaceMerge: ["series", "xAxis"] },
  );
}

function tip(params) {
  return [line(`${params[0].name} min`), ...params.map((one) => line(key(one.color, `${one.seriesName} `, text(one.value, "count"), "block")))];
}
