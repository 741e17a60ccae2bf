// Every action has a key; `?` lists them.

const RANGES = { 1: 15, 2: 30, 3: 60, 4: 180, 5: 720, 6: 1440 };

export function bindKeyboard(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (typing && event.key !== "Escape") return;
    if (document.getElementById("help").open) return;
    const act = actionFor(event.key, actions);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function actionFor(key, actions) {
  if (RANGES[key]) return () => actions.range(RANGES[key]);
  switch (key) {
    case "?":
      return actions.help;
    case "j":
      return () => move(1);
    case "k":
      return () => move(-1);
    case "i":
      return () => actions.about(focused());
    case "t":
      return () => actions.table(focused());
    case "f":
      return () => actions.alone(focused());
    case "s":
      return () => document.querySelector('#filters [name="site"]')?.focus();
    case "p":
      return () => document.querySelector('#filters [name="place"]')?.focus();
    case "x":
      return actions.clear;
    case "w":
      return actions.wall;
    case "Escape":
      return actions.back;
    default:
      return null;
  }
}

const visible = () => [...document.querySelectorAll(".panel")].filter((panel) => panel.offsetParent !== null);

export function focused() {
  return document.activeElement?.closest(".panel") ?? visible()[0] ?? null;
}

function move(step) {
  const panels = visible();
  const at = panels.indexOf(document.activeElement?.closest(".panel"));
  const next = panels[Math.min(Math.max(at + step, 0), panels.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
