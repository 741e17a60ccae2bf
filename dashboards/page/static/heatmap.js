// Place by hour: the darker or brighter the longer; the minutes stand in the cell where they fit.

import { baseOption, chartIn, fontSize, grid, line, tooltip } from "./charts.js";
import { hour, text, time } from "./format.js";
import { colours } from "./levels.js";

const HOUR = 3_600_000;

export function drawHeatmap(body, panel, answer, board) {
  const paint = colours();
  const records = answer.rows.map((row) => Object.fromEntries(answer.names.map((name, index) => [name, row[index]])));
  const hours = everyHour(records);
  const { places, names } = ordered(records);
  const most = Math.max(60, ...records.map((record) => record.value));
  const cells = records.map((record) => ({
    name: record.name,
    value: [hours.indexOf(record.time), places.indexOf(record.place), record.value, record.waits, record.time],
    label: { color: inkOn(record.value / most, paint) },
  }));
  const chart = chartIn(body, panel.title);
  chart.setOption(
    {
      ...baseOption(),
      grid: grid({ top: 4, right: 2 }),
      xAxis: axis(hours.map((at) => hour(at)), paint, { axisLabel: { interval: "auto" } }),
      yAxis: axis(places.map((place) => names.get(place)), paint, { inverse: true, wide: true }),
      visualMap: { show: false, min: 0, max: most, dimension: 2, inRange: { color: paint.heat } },
      tooltip: tooltip((cell) => tip(cell), { trigger: "item" }),
      series: [
        {
          type: "heatmap",
          data: cells,
          itemStyle: { borderWidth: 2, borderColor: paint.card, borderRadius: 4 },
          emphasis: { itemStyle: { borderColor: paint["ink-2"] } },
          label: { show: wideEnough(body, hours), fontSize: fontSize(0.72), formatter: minutes },
        },
      ],
    },
    { replaceMerge: ["series", "xAxis", "yAxis"] },
  );
}

function everyHour(records) {
  const times = records.map((record) => record.time);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return Array.from({ length: (last - first) / HOUR + 1 }, (_, index) => first + index * HOUR);
}

// The place with the longest mean wait on top.
function ordered(records) {
  const names = new Map(records.map((record) => [record.place, record.name]));
  const worst = new Map();
  for (const record of records) worst.set(record.place, Math.max(worst.get(record.place) ?? 0, record.value));
  return { places: [...worst.keys()].sort((one, other) => worst.get(other) - worst.get(one)), names };
}

function axis(data, paint, { inverse = false, wide = false, axisLabel = {} } = {}) {
  const size = { fontSize: fontSize(wide ? 0.84 : 0.8), color: paint[wide ? "ink-2" : "ink-3"] };
  const width = wide ? { width: fontSize() * 11, overflow: "truncate" } : { hideOverlap: true };
  return {
    type: "category",
    data,
    inverse,
    axisLine: { show: false },
    axisTick: { show: false },
    splitArea: { show: false },
    axisLabel: { ...size, ...width, ...axisLabel },
  };
}

const wideEnough = (body, hours) => (body.clientWidth - 14 * fontSize()) / hours.length > fontSize() * 2.1;

// Readable on every step of the scale: its far half is dark by day and bright by night.
const inkOn = (share, paint) => (share > 0.5 ? paint.card : paint["ink-2"]);

const minutes = (cell) => (cell.value[2] < 30 ? "" : String(Math.round(cell.value[2] / 60)));

function tip(cell) {
  const [, , seconds, waits, at] = cell.value;
  const until = time(at + HOUR, { seconds: false });
  return [
    line(cell.name),
    line(`${time(at, { seconds: false })} to ${until}`),
    line(`mean wait ${text(seconds, "seconds")} · ${waits} waits`),
  ];
}
