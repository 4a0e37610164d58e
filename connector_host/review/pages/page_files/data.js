// The data of the page and functions to read it. review/pages/page_data.py, which writes it, describes the layout. Principals
// and resources are sorted by name, entitlements by id.
const reviewData = JSON.parse(document.getElementById("data").textContent);
const [TYPE, ID, NAME, KEY, MAIL, MARKS] = [0, 1, 2, 3, 4, 5]; // of who; the first three of res
const [ENT_ID, ON, LEVEL, TITLE, PRIVILEGED] = [0, 1, 2, 3, 4]; // of ent

const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];
const number = (value) => value.toLocaleString("en-US");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// Search as index/text_search.py does, which all commands and the explorer use: case, accents, width and spacing make no
// difference, and every word has to match. A test compares the two.
const PLAIN_LETTERS = {
  "\u0142": "l", "\u00f8": "o", "\u0111": "d", "\u00f0": "d", "\u0127": "h", "\u0167": "t", "\u0131": "i", "\u014b": "n",
  "\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u00df": "ss", "\u03c2": "\u03c3", "\u017f": "s",
  "\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
};
const letters = (text) => [...text].map((letter) => PLAIN_LETTERS[letter] ?? letter).join("");
const withoutAccents = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
const fold = (text) =>
  letters(withoutAccents(letters(withoutAccents(text).toLowerCase())).normalize("NFC"))
    .replace(/[\s\u0085\u001c-\u001f]+/g, " ")
    .trim();
const searchWords = (text) => fold(text).split(" ").filter(Boolean);
const matchesWords = (folded, words) => words.every((word) => folded.includes(word));

// Return a function that runs an action once, after its calls have ended for a moment; its `now` does not wait for that.
const soon = (action, wait = 120) => {
  let timer = null;
  const run = () => {
    timer = null;
    action();
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
  later.now = () => {
    if (timer === null) return;
    clearTimeout(timer);
    run();
  };
  return later;
};

// Create an element with properties and children. Texts are never parsed as markup.
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const spoken = (text) => make("span", { className: "quiet" }, text);
const tag = (word, kind = word) => make("span", { className: `tag tag-${kind}` }, word);

const typeName = (type) => reviewData.types[type][1];
const personLink = (who) => `#${reviewData.who[who][KEY]}`;
const fullId = (object) => `${reviewData.types[object[TYPE]][0]}:${object[ID]}`;

function entitlementId(at) {
  const held = reviewData.ent[at];
  return held[ENT_ID] || `${fullId(reviewData.res[held[ON]])}:${held[LEVEL]}`;
}

// The grants of a principal: entitlement -> index of the way it is held (reviewData.ways).
const holdings = new Map();
function holding(who) {
  let found = holdings.get(who);
  if (!found) {
    found = new Map();
    const flat = reviewData.held[who];
    for (let at = 0; at < flat.length; at += 2) found.set(flat[at], flat[at + 1]);
    holdings.set(who, found);
  }
  return found;
}

// The grants of a principal by resource: resource -> its entitlements, in their order.
const byResource = new Map();
function heldOn(who) {
  let found = byResource.get(who);
  if (!found) {
    found = new Map();
    for (const held of holding(who).keys()) {
      const on = reviewData.ent[held][ON];
      if (!found.has(on)) found.set(on, []);
      found.get(on).push(held);
    }
    byResource.set(who, found);
  }
  return found;
}

const isDirect = (way) => reviewData.ways[way][0] === 1;
const sourcesOf = (way) => reviewData.ways[way].slice(1);
const freshness = (who, held) => reviewData.fresh[who]?.[held] ?? "";
