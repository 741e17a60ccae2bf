// What people enter: one JSON object to the server, which makes a touchpoint of it.

// Answers what was entered; throws an Error whose `field` says what to correct ("" for none).
export async function enter(entry) {
  let answer;
  try {
    answer = await fetch("/v1/entries", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(entry),
    });
  } catch {
    throw wrong("", "the page does not answer; nothing was sent");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw wrong(said.error?.field ?? "", said.error?.message ?? `the page answers ${answer.status}`);
  return said;
}

// Who enters: typed once, kept in this browser.
export const who = () => localStorage.getItem("touchline.by") ?? "";
export const remember = (name) => localStorage.setItem("touchline.by", name);

function wrong(field, message) {
  return Object.assign(new Error(message), { field });
}
