// The level of each place over time: one strip per place, worst on top, colour and word together.

import { baseOption, chartIn, fontSize, grid, key, line, timeAxis, tooltip } from "./charts.js";
import { text, time } from "./format.js";
import { colours } from "./levels.js";

const QUIET = { ok: 0.34, watch: 1, bad: 1, unknown: 0.28 };

export function drawTimeline(body, panel, answer, board) {
  const paint = colours();
  const records = answer.rows.map((row) => Object.fromEntries(answer.names.map((name, index) => [name, row[index]])));
  const places = [...new Set(records.map((record) => record.place))].slice(0, body.clientHeight > 0 ? room(body) : 20);
  const names = new Map(records.map((record) => [record.place, record.name]));
  const spells = places.flatMap((place, index) => spellsOf(records, place, index, board.window));
  const seen = [...new Set(spells.map((spell) => spell.value[3]))].sort();
  const legend = seen.map((code) => {
    const level = board.levels[code];
    return key(faded(paint[level.level], QUIET[level.level]), level.word, null, "block");
  });
  const chart = chartIn(body, panel.title, legend);
  chart.setOption(
    {
      ...baseOption(),
      grid: grid({ top: 4 }),
      xAxis: timeAxis(board.window),
      yAxis: placeAxis(places.map((place) => names.get(place)), paint),
      tooltip: tooltip((spell) => tip(spell, board), { trigger: "item" }),
      series: [
        {
          type: "custom",
          renderItem: (parameters, api) => strip(parameters, api, board, paint),
          encode: { x: [1, 2], y: 0 },
          clip: true,
          data: spells,
        },
      ],
    },
    { replaceMerge: ["series", "yAxis"] },
  );
}

const faded = (colour, opacity) => `color-mix(in srgb, ${colour} ${opacity * 100}%, transparent)`;

// So many strips as can be read in the height there is.
function room(body) {
  return Math.max(4, Math.min(20, Math.floor((body.clientHeight - 5 * fontSize()) / (1.75 * fontSize()))));
}

function spellsOf(records, place, index, window) {
  const own = records.filter((record) => record.place === place);
  return own.map((record, number) => ({
    name: record.name,
    value: [index, record.time, own[number + 1]?.time ?? window.to, record.value],
  }));
}

function placeAxis(names, paint) {
  return {
    type: "category",
    data: names,
    inverse: true,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: paint["ink-2"], fontSize: fontSize(0.84), width: fontSize() * 11, overflow: "truncate" },
  };
}

function strip(parameters, api, board, paint) {
  const [from, to] = [api.coord([api.value(1), api.value(0)]), api.coord([api.value(2), api.value(0)])];
  const height = Math.min(api.size([0, 1])[1] * 0.66, fontSize() * 2.4);
  const level = board.levels[api.value(3)];
  const box = { x: from[0], y: from[1] - height / 2, width: Math.max(to[0] - from[0] - 1, 1), height };
  const left = Math.max(box.x, parameters.coordSys.x);
  const shown = { ...box, x: left, width: Math.max(box.x + box.width - left, 0) };
  const rect = { type: "rect", shape: { ...shown, r: 3 }, style: { fill: paint[level.level], opacity: QUIET[level.level] } };
  const room = shown.width > fontSize() * 4.6 && height > fontSize() * 0.9 && level.level !== "ok";
  const label = {
    type: "text",
    silent: true,
    style: {
      text: room ? level.word : "",
      x: shown.x + 6,
      y: from[1],
      verticalAlign: "middle",
      fill: level.level === "unknown" ? paint["ink-2"] : "#14181f",
      font: `600 ${fontSize(0.74)}px Inter, system-ui, sans-serif`,
    },
  };
  return { type: "group", children: [rect, label] };
}

function tip(spell, board) {
  const [, from, to, code] = spell.value;
  const level = board.levels[code];
  const lasted = text((to - from) / 1000, "seconds");
  return [line(spell.name), line(`${level.sign} ${level.word} for ${lasted}`), line(`${time(from)} to ${time(to)}`)];
}
