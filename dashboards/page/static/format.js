// Numbers as people read them: a value and its unit, apart, so that the unit can be smaller.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clockShort = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

export const NONE = "–";

// [value, unit] of a number in the unit that the panel names; an unknown number is a dash, never 0.
export function parts(value, unit, decimals = 0) {
  if (value === null || value === undefined) return [NONE, ""];
  switch (unit) {
    case "seconds":
      return duration(value);
    case "ratio":
      return [whole.format(value * 100), "%"];
    case "per_minute":
      return [value.toLocaleString(undefined, { maximumFractionDigits: 1 }), "/min"];
    case "time":
      return [clock.format(new Date(value)), isNear(value) ? "" : day.format(new Date(value))];
    case "text":
      return [String(value), ""];
    default:
      return [value.toLocaleString(undefined, { maximumFractionDigits: decimals }), ""];
  }
}

export function text(value, unit, decimals = 0) {
  const [number, suffix] = parts(value, unit, decimals);
  return suffix ? `${number}${suffix === "/min" ? "" : "\u00a0"}${suffix}` : number; // together on one line
}

// 45 s, 4:05 min, 41 min, 1:13 h: as much as anybody acts on.
function duration(seconds) {
  if (seconds < 59.5) return [whole.format(seconds), "s"];
  if (seconds < 600) return [`${Math.floor(Math.round(seconds) / 60)}:${two(Math.round(seconds) % 60)}`, "min"];
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return [String(minutes), "min"];
  if (minutes < 48 * 60) return [`${Math.floor(minutes / 60)}:${two(minutes % 60)}`, "h"];
  return [whole.format(minutes / 1440), "days"];
}

const two = (number) => String(number).padStart(2, "0");

const isNear = (ms) => Math.abs(Date.now() - ms) < 20 * 3_600_000;

// The time of day; with the date in front when it is not about now.
export function time(ms, { seconds = true } = {}) {
  const moment = new Date(ms);
  return (isNear(ms) ? "" : `${day.format(moment)}, `) + (seconds ? clock : clockShort).format(moment);
}

export const hour = (ms) => clockShort.format(new Date(ms));
