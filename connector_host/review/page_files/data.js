// What the page knows, and how it is asked. The layout is described where it is written: review/page_data.py. Principals
// and resources are in the order of their names, entitlements in the order of their ids.
const book = JSON.parse(document.getElementById("data").textContent);
const [TYPE, ID, NAME, KEY, MAIL, MARKS] = [0, 1, 2, 3, 4, 5]; // of who; the first three of res
const [ENT_ID, ON, LEVEL, TITLE, PRIVILEGED] = [0, 1, 2, 3, 4]; // of ent

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const number = (value) => value.toLocaleString("en-US");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// Search takes no notice of case and accents.
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// An element with properties and children. Texts are only ever text: nothing here reads markup.
function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const spoken = (text) => make("span", { className: "quiet" }, text);
const tag = (word, kind = word) => make("span", { className: `tag tag-${kind}` }, word);

const typeName = (type) => book.types[type][1];
const personLink = (who) => `#${book.who[who][KEY]}`;
const wholeId = (thing) => `${book.types[thing[TYPE]][0]}:${thing[ID]}`;

function entitlementId(at) {
  const held = book.ent[at];
  return held[ENT_ID] || `${wholeId(book.res[held[ON]])}:${held[LEVEL]}`;
}

// What a principal holds: entitlement -> index of the way it is held (book.ways).
const holdings = new Map();
function holding(who) {
  let found = holdings.get(who);
  if (!found) {
    found = new Map();
    const flat = book.held[who];
    for (let at = 0; at < flat.length; at += 2) found.set(flat[at], flat[at + 1]);
    holdings.set(who, found);
  }
  return found;
}

// The same by resource: resource -> its entitlements, in their order.
const byResource = new Map();
function heldOn(who) {
  let found = byResource.get(who);
  if (!found) {
    found = new Map();
    for (const held of holding(who).keys()) {
      const on = book.ent[held][ON];
      if (!found.has(on)) found.set(on, []);
      found.get(on).push(held);
    }
    byResource.set(who, found);
  }
  return found;
}

const isDirect = (way) => book.ways[way][0] === 1;
const sourcesOf = (way) => book.ways[way].slice(1);
const freshness = (who, held) => book.fresh[who]?.[held] ?? "";
