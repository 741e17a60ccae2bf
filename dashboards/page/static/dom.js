// Elements from plain values. Texts become text nodes and nothing else, so no name from an event can become markup.

export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "style") for (const [rule, to] of Object.entries(value)) node.style.setProperty(rule, to);
    else if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// A button for narrow screens, where a long list shows its first rows only until somebody wants all.
export function allButton(body, count, what) {
  if (count <= 8) return null;
  const open = () => body.toggleAttribute("data-all", true);
  return el("button", { class: "all", type: "button", on: { click: open } }, `All ${count} ${what}`);
}

export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}
