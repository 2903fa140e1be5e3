// Draws services/web/map.json from Natural Earth (see README.md). Every decision on what belongs where is in this first part.
import { readFileSync, writeFileSync } from "node:fs";
import { geoContains, geoEqualEarth, geoPath } from "d3-geo";
import polylabel from "polylabel";
import { feature, mergeArcs } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify } from "topojson-simplify";

// What Natural Earth gives no ISO number, by its name there.
const UNNUMBERED = { Kosovo: "XK", Somaliland: "SO", "N. Cyprus": "CY", "Indian Ocean Ter.": "CC" };

// Pieces of land that go from one state to another, or to a place of their own, found by a point on them (degrees).
const PIECES = [
  { name: "Crimea", at: [34.1, 45.0], from: "RU", to: "UA" },
  { name: "Tokelau", at: [-172.49, -8.56], from: "NZ", to: "TK" },
  { name: "Tokelau", at: [-171.2, -9.34], from: "NZ", to: "TK" },
  { name: "Christmas Island", at: [105.66, -10.49], from: "CC", to: "CX" },
];

// Too small for Natural Earth at this scale.
const POINTS = { GI: [-5.35, 36.14], TV: [179.2, -8.52], BV: [3.36, -54.42] };

// Where the largest piece of land is not where people look for the state: Tarawa, the Peninsula.
const LABELS = { KI: [172.98, 1.42], MY: [102.2, 4.2] };

// Codes of their own, drawn within a state; codes with no place at all, Antarctica and islets of two seas; and what
// Natural Earth gives to nobody.
const WITHIN = { BQ: "NL", GF: "FR", GP: "FR", MQ: "FR", RE: "FR", SJ: "NO", YT: "FR" };
const NOWHERE = ["AQ", "UM"];
const NOBODYS = ["Siachen Glacier"];

// What a view shows at least: west, south, east, north.
const VIEWS = {
  europe: [-11, 34.5, 42, 71.2],
  "middle-east": [31, 13, 61, 40],
  "south-and-east-asia": [62, -10, 150, 50],
  africa: [-20, -35, 52, 38],
  americas: [-125, -55, -35, 70],
  caribbean: [-86, 10, -58, 25],
  oceania: [112, -48, 190, 12],
};

const WIDTH = 9600;
const HEIGHT = 4800;
const MARGIN = 20;

// In square units of the grid, of which 100 are a square pixel of a map 960 wide.
const DETAIL = { europe: 3, elsewhere: 16 }; // the least triangle that is kept: Europe is looked at from nearest
const ISLET = { europe: 20, elsewhere: 40 }; // the least island that is kept, unless it is a state's largest
const SMALL = 1200; // states smaller than this keep every point

const projection = geoEqualEarth()
  .rotate([-11, 0])
  .precision(0) // an edge stays straight on the plane: borders along parallels too
  .fitExtent([[MARGIN, MARGIN], [WIDTH - MARGIN, HEIGHT - MARGIN]], { type: "Sphere" });

// ---- which arcs belong to which code ------------------------------------------------------------------------------------

const world = JSON.parse(readFileSync(new URL(import.meta.resolve("world-atlas/countries-50m.json")), "utf8"));
const belongings = new Map(); // code -> polygons of arcs

for (const { id, properties, type, arcs } of world.objects.countries.geometries) {
  const code = id ? new Intl.Locale(`und-${id}`).region : UNNUMBERED[properties.name]; // numeric to alpha-2
  if (NOWHERE.includes(code) || NOBODYS.includes(properties.name)) continue;
  if (!code) throw new Error(`${properties.name} has no ISO number: say in UNNUMBERED where it belongs`);
  give(code, type === "Polygon" ? [arcs] : arcs);
}

for (const { name, at, from, to } of PIECES) {
  const polygons = belongings.get(from);
  const found = polygons.filter((arcs) => geoContains(feature(world, { type: "Polygon", arcs }), at));
  if (found.length !== 1) throw new Error(`${name}: ${found.length} pieces of ${from} are at ${at}, not one`);
  belongings.set(from, polygons.filter((arcs) => arcs !== found[0]));
  give(to, found);
}

function give(code, polygons) {
  belongings.set(code, [...(belongings.get(code) ?? []), ...polygons]);
}

// ---- the same land on the plane: each border once, whoever shares it ----------------------------------------------------

const whole = new Map(); // code -> rings on the plane, borders within it dissolved
for (const [code, polygons] of belongings) {
  whole.set(code, ringsOf(mergeArcs(world, [{ type: "MultiPolygon", arcs: polygons }])));
}

// The rings a geometry of the world becomes on the plane, largest first.
function ringsOf(geometry) {
  const rings = [];
  const pen = {
    moveTo: (x, y) => rings.push([[x, y]]),
    lineTo: (x, y) => rings.at(-1).push([x, y]),
    closePath: () => rings.at(-1).push(rings.at(-1)[0]),
  };
  geoPath(projection, pen)(feature(world, geometry));
  return rings.sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)));
}

function area(ring) {
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length];
    twice += x * nextY - nextX * y;
  });
  return twice / 2;
}

const total = (rings) => Math.abs(rings.reduce((sum, ring) => sum + area(ring), 0));

const shapes = {};
for (const [code, rings] of whole) shapes[code] = { type: "Polygon", coordinates: rings };
const plane = presimplify(topology(shapes));
const uses = new Map(); // arc -> how many rings have it
const detailed = new Set(); // arcs of small states
for (const [code, { arcs }] of Object.entries(plane.objects)) {
  for (const arc of arcs.flat().map(index)) {
    uses.set(arc, (uses.get(arc) ?? 0) + 1);
    if (total(whole.get(code)) < SMALL) detailed.add(arc);
  }
}

function index(arc) {
  return arc < 0 ? ~arc : arc;
}

const EUROPE = view(VIEWS.europe);

function part(x, y) {
  const [left, top, width, height] = EUROPE;
  return x > left && x < left + width && y > top && y < top + height ? "europe" : "elsewhere";
}

// What is left of an arc: whole numbers, no point twice in a row.
const lines = plane.arcs.map((arc, i) => {
  const kept = detailed.has(i) ? arc : arc.filter(([x, y, weight]) => weight >= DETAIL[part(x, y)]);
  return kept.map(([x, y]) => [Math.round(x), Math.round(y)]);
});

function ring(arcs) {
  const points = arcs.flatMap((arc) => (arc < 0 ? lines[~arc].toReversed() : lines[arc]));
  return points.filter(([x, y], i) => {
    const [lastX, lastY] = points.at(i - 1);
    return x !== lastX || y !== lastY;
  });
}

// ---- what is written ----------------------------------------------------------------------------------------------------

const places = {};
for (const [code, { arcs }] of Object.entries(plane.objects)) {
  const rings = arcs
    .map((arcs, i) => ({ points: ring(arcs), needed: i === 0 || arcs.some((arc) => uses.get(index(arc)) > 1) }))
    .filter(({ points, needed }) => points.length && Math.abs(area(points)) >= (needed ? 0.5 : ISLET[part(...points[0])]))
    .map(({ points }) => points);
  const [x, y] = code in LABELS ? projection(LABELS[code]) : polylabel(rings.length ? rings : whole.get(code), 1);
  places[code] = { d: path(rings), x: Math.round(x), y: Math.round(y), a: Math.round(total(rings) / 10) / 10 };
}
for (const [code, at] of Object.entries(POINTS)) {
  const [x, y] = projection(at);
  places[code] = { d: "", x: Math.round(x), y: Math.round(y), a: 0 };
}

// A path that begins where it says, so that paths can be joined, and goes on by steps without a needless sign. After z the
// pen is where the ring began.
function path(rings) {
  let at = [0, 0];
  return rings
    .map(([start, ...others], i) => {
      const move = i === 0 ? `M${start}l` : `m${step(at, start)}`;
      const lines = others.map((point, j) => step(j === 0 ? start : others[j - 1], point));
      at = start;
      return `${move} ${lines.join(" ")}z`;
    })
    .join("")
    .replaceAll(",", " ")
    .replaceAll(/(?<=l) | (?=-)/g, "");
}

function step([fromX, fromY], [x, y]) {
  return [x - fromX, y - fromY];
}

// The outline of the globe: up one side of the cut through the Bering Strait, down the other.
function sphere() {
  const lats = Array.from({ length: 37 }, (_, i) => 5 * i - 90);
  const side = (lon) => lats.map((lat) => projection([lon, lat]).map(Math.round));
  return path([[...side(-168.999999), ...side(190.999999).toReversed()]]);
}

// The box [x, y, width, height] that holds a part of the world, as wide as the map for its height.
function view([west, south, east, north]) {
  const xs = [];
  const ys = [];
  for (let lat = south; lat <= north; lat += 0.1) {
    for (const lon of [west, east]) {
      const [x, y] = projection([lon, lat]); // a parallel is a straight line: its ends are enough
      xs.push(x);
      ys.push(y);
    }
  }
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = Math.max(right - left, ((bottom - top) * WIDTH) / HEIGHT);
  const height = (width * HEIGHT) / WIDTH;
  const x = Math.min(Math.max((left + right - width) / 2, 0), WIDTH - width);
  return [x, (top + bottom - height) / 2, width, height].map(Math.round);
}

const sorted = (entries) => entries.sort(([a], [b]) => (a < b ? -1 : 1));
const line = ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
const block = (entries) => `{\n${entries.map(line).join(",\n")}\n }`;
const views = [["world", [0, 0, WIDTH, HEIGHT]], ...Object.entries(VIEWS).map(([name, box]) => [name, view(box)])];

writeFileSync(
  new URL("../../services/web/map.json", import.meta.url),
  `{
 "source": "Natural Earth 4.1 (public domain), by way of world-atlas 2.0.2 (ISC). Drawn by maintenance/map/draw.js.",
 "note": "Boundaries are for orientation and imply no position on the status of any territory.",
 "sphere": ${JSON.stringify(sphere())},
 "views": ${block(views)},
 "within": ${JSON.stringify(WITHIN)},
 "nowhere": ${JSON.stringify(NOWHERE)},
 "places": ${block(sorted(Object.entries(places)))}
}
`,
);
