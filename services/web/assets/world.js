// Makes the map of the world livelier: a slider, play, arrow keys. Without it the page says the same.

const figure = document.querySelector("figure.world");
const map = document.getElementById("map");
const slider = document.getElementById("slider");
const play = document.getElementById("play");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const DAY = 86400000;
const first = Date.parse(figure.dataset.first);
const dayOf = (text) => Math.round((Date.parse(text) - first) / DAY);
const textOf = (day) => new Date(first + day * DAY).toISOString().slice(0, 10);

const places = new Map([...map.querySelectorAll("a[data-code]")].map((link) => [link.dataset.code, placed(link)]));
const counts = new Map([...document.querySelectorAll(".legend [data-effect]")].map((each) => [each.dataset.effect, each.querySelector("b")]));
const here = document.getElementById("strip-here");
const days = [...document.querySelectorAll("#day")];
const summary = document.getElementById("summary");
let rows = null;
let changes = [];
let painted = "";

function placed(link) {
  return { link, shape: link.querySelector(".at"), way: link.querySelector(".way"), title: link.querySelector("title"), name: link.querySelector("title").textContent.split(":")[0], shown: null };
}

const words = (text) => text.replaceAll("_", " ");

// The row that holds on a day: the last one that begins on it or before.
function rowOn(list, day) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].day <= day) low = middle + 1;
    else high = middle;
  }
  return low ? list[low - 1] : null;
}

function paint(day) {
  const tally = {};
  for (const [code, list] of rows) {
    const row = rowOn(list, day);
    const effect = row && row.effect;
    const key = effect ?? "no_headline";
    tally[key] = (tally[key] ?? 0) + 1;
    if (row && row.upcoming) tally.upcoming = (tally.upcoming ?? 0) + 1;
    const place = places.get(code);
    if (place && place.shown !== row) show(place, row);
  }
  for (const [effect, number] of counts) number.textContent = tally[effect] ?? 0;
  for (const each of days) {
    each.textContent = textOf(day);
    each.dateTime = each.textContent;
  }
  document.getElementById("as_of").value = textOf(day);
  here.setAttribute("x", day / Number(here.dataset.days));
}

function show(place, row) {
  place.shown = row;
  place.shape.classList.remove("apart");
  if (row && row.effect) place.shape.setAttribute("fill", `url(#map-${row.effect})`);
  else place.shape.removeAttribute("fill");
  if (row && row.upcoming) {
    if (!place.way) {
      place.way = document.createElementNS("http://www.w3.org/2000/svg", "g");
      place.way.setAttribute("class", "way");
      place.way.setAttribute("fill", "url(#map-upcoming)");
      place.way.append(...[...place.shape.children].map((each) => each.cloneNode()));
      place.link.append(place.way);
    }
    place.way.removeAttribute("display");
  } else if (place.way) place.way.setAttribute("display", "none");
  const headline = row && row.effect ? `${words(row.effect)}, ${words(row.status)}` : "nothing in force";
  const way = row && row.upcoming ? `; on its way: ${words(row.upcoming)} (${words(row.upcomingStatus)})` : "";
  place.title.textContent = `${place.name}: ${headline}${way}`;
}

function address(day) {
  const url = new URL(location.href);
  url.searchParams.set("as_of", textOf(day));
  return url;
}

// The rest of the page (the table, the steps, the citation) is asked of the server once the slider rests.
let asking = null;
async function settle(day) {
  const text = textOf(day);
  if (text === painted) return;
  painted = text;
  const url = address(day);
  history.replaceState(null, "", url);
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: asking.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const selector of ["#matrix", ".steps", "footer.site", "#summary", "header.site nav", ".regions"]) {
      const [old, fresh] = [document.querySelector(selector), page.querySelector(selector)];
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    }
    for (const fresh of page.querySelectorAll("#map a[data-code]")) places.get(fresh.dataset.code)?.link.setAttribute("href", fresh.getAttribute("href"));
    for (const fresh of page.querySelectorAll(".times input[type=hidden]")) document.querySelector(`.times input[name="${fresh.name}"]`)?.setAttribute("value", fresh.value);
    document.title = page.title;
    map.setAttribute("aria-label", page.getElementById("map").getAttribute("aria-label"));
    document.dispatchEvent(new Event("dateline:settled"));
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  }
}

let waiting = 0;
function moved(day, rest = 250) {
  slider.value = day;
  slider.setAttribute("aria-valuetext", textOf(day));
  paint(day);
  clearTimeout(waiting);
  waiting = setTimeout(settle, rest, day);
}

let playing = 0;
function stop() {
  clearInterval(playing);
  playing = 0;
  play.textContent = "▶ Play";
  play.setAttribute("aria-pressed", "false");
}

// Play goes from change to change: nothing is to be seen on the days between.
function start() {
  if (Number(slider.value) >= changes.at(-1)) moved(changes[0]);
  play.textContent = "❚❚ Pause";
  play.setAttribute("aria-pressed", "true");
  playing = setInterval(() => {
    const next = changes.find((day) => day > Number(slider.value));
    if (next === undefined) stop();
    else moved(next, 400);
  }, calm ? 1000 : 250);
}

function roving(event) {
  const links = [...places.values()].map((place) => place.link);
  const at = links.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const link = links[(to + links.length) % links.length];
  links[at].setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
  link.focus();
}

map.addEventListener("keydown", roving);
try {
  const answer = await fetch(figure.dataset.timeline);
  if (!answer.ok) throw new Error(`the timeline is answered with ${answer.status}`);
  const timeline = await answer.json();
  rows = Object.entries(timeline.jurisdictions).map(([code, list]) => [
    code,
    list.map(([on, effect, status, upcoming, upcomingStatus]) => ({ day: dayOf(on), effect, status, upcoming, upcomingStatus })),
  ]);
  changes = timeline.changes.map(dayOf);
  painted = figure.dataset.asOf;
  slider.hidden = play.hidden = changes.length === 0;
  slider.setAttribute("aria-valuetext", textOf(Number(slider.value)));
  slider.addEventListener("input", () => {
    stop();
    moved(Number(slider.value));
  });
  play.addEventListener("click", () => (playing ? stop() : start()));
  figure.dataset.ready = "yes";
} catch (error) {
  figure.dataset.ready = "no"; // the links and the table do all of it
}
