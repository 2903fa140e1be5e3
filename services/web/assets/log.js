// Follows the log: what is recorded while the page is open comes in at the top. Without it, a link leads to newer events.

const follow = document.getElementById("follow");
const events = document.getElementById("events");
const status = document.getElementById("following");
const pause = document.getElementById("pause");
const head = document.getElementById("head");
const most = Number(follow.dataset.most);
const stream = new URL(follow.dataset.stream, location.href);
let last = stream.searchParams.get("after");
let source = null;
let paused = false;
let unsaid = 0;
let saying = 0;

const words = (text) => text.replaceAll("_", " ");

// All that comes in is text: elements are made here, and never read from what was recorded.
function made(name, content, attributes = {}) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...[content].flat());
  return element;
}

function address(path, more = {}) {
  const parameters = new URLSearchParams(follow.dataset.kept);
  for (const [key, value] of Object.entries(more)) parameters.set(key, value);
  return String(parameters) ? `${path}?${parameters}` : path;
}

function here(name, value) {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}

function about(event, act) {
  const told = event.event;
  const note = told.note ? `: ${told.note}` : "";
  if (event.name === "corrected" || event.name === "retracted") return words(told.reason) + note;
  if (event.name === "verified") return words(told.level) + note;
  if (event.name === "reviewed") return `looked through on ${told.reviewed_on}${note}`;
  return act.title ?? "";
}

function row(event) {
  const told = event.event;
  const named = told.replacement ?? told.act ?? {};
  const act = typeof named === "string" ? { act: named } : named;
  const [jurisdiction, slug] = event.stream.split("/", 2);
  const where = [made("a", jurisdiction, { href: address(`/jurisdictions/${jurisdiction}`) })];
  if (slug) where.push(made("br", []), made("a", event.stream, { class: "act", href: address(`/measures/${event.stream}`) }));
  const what = [];
  if (act.act) what.push(made("a", act.act, { class: "act", href: address(`/acts/${act.act}`) }));
  if (act.announced_on) what.push(" ", made("span", `of ${act.announced_on}`, { class: "quiet" }));
  if (act.act) what.push(made("br", []));
  what.push(about(event, act));
  const by = [made("a", event.recorded_by, { href: here("recorded_by", event.recorded_by) })];
  if (event.batch) {
    const short = event.batch.length > 12 ? `${event.batch.slice(0, 12)}…` : event.batch;
    by.push(made("br", []), made("a", `batch ${short}`, { class: "quiet batch", title: event.batch, href: here("batch", event.batch) }));
  }
  const moment = new Date(event.recorded_at).toISOString();
  return made("tr", [
    made("th", made("a", String(event.position), { href: address(`/log/${event.position}`) }), { scope: "row", class: "number", "data-label": "Position" }),
    made("td", made("time", `${moment.slice(0, 10)} ${moment.slice(11, 19)}`, { class: "day", datetime: moment }), { "data-label": "Recorded" }),
    made("td", made("span", words(event.name), { class: `kind ${event.name}` }), { "data-label": "What" }),
    made("td", where, { "data-label": "Measure" }),
    made("td", what, { "data-label": "Act" }),
    made("td", by, { "data-label": "By" }),
  ], { class: "new" });
}

function came(message) {
  const event = JSON.parse(message.data);
  last = String(event.position);
  if (events.querySelector("td[colspan]")) events.replaceChildren();
  events.prepend(row(event));
  while (events.rows.length > most) events.lastElementChild.remove();
  head.textContent = String(event.edition);
  unsaid += 1;
  clearTimeout(saying);
  saying = setTimeout(say, 1000);
}

// Says what came all at once, or a reader of the screen would be told of each.
function say() {
  status.textContent = `${unsaid === 1 ? "1 new event" : `${unsaid} new events`}, to position ${last}`;
  unsaid = 0;
}

function open() {
  stream.searchParams.set("after", last);
  source = new EventSource(stream);
  source.addEventListener("open", () => (status.textContent = "Following: new events come in at the top."));
  source.addEventListener("error", () => {
    const isOver = source.readyState === EventSource.CLOSED;
    status.textContent = isOver ? "Not following: the stream was refused. The link leads to newer events." : "The stream was cut off, and is asked for again.";
  });
  for (const type of follow.dataset.types.split(" ")) source.addEventListener(type, came);
}

function close() {
  source?.close();
  source = null;
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "▶ Follow" : "❚❚ Pause";
  if (paused) {
    close();
    status.textContent = "Paused. What is recorded meanwhile comes in once you follow again.";
  } else open();
});
// A page that nobody looks at holds no stream; it goes on where it was.
document.addEventListener("visibilitychange", () => {
  if (paused) return;
  if (document.hidden) close();
  else if (!source) open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => event.persisted && !paused && !source && open());

pause.hidden = false;
follow.dataset.ready = "yes";
if (!document.hidden) open();
