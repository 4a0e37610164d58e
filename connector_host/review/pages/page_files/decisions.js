// The decisions that are made in the page: kept in the browser, saved as a file, loaded again. Nothing is sent.
const WORDS = ["keep", "revoke", "ask", "reassign"];
const DECIDED = new Set(["keep", "revoke"]);
const FILE_FORMAT = "connector-host decisions 1";
const { review } = reviewData;
const STORAGE_KEY = `connector-host review ${review.id}`;

// The rows: for each the principal, the resource, the id in the review, the entitlements that are held directly, and
// the risk marks.
const reviewRows = [];
for (let who = 0; who < reviewData.rows.length; who += 1) {
  const flat = reviewData.rows[who];
  for (let at = 0; at < flat.length; ) {
    const [on, id, count] = [flat[at], flat[at + 1], flat[at + 2]];
    const direct = flat.slice(at + 3, at + 3 + count);
    at += 3 + count;
    reviewRows.push({ who, on, id, direct, risks: flat.slice(at + 1, at + 1 + flat[at]) });
    at += 1 + flat[at];
  }
}
const rowsToDecide = reviewRows.filter((row) => row.direct.length);
const rowNumbers = new Map(); // built on first use: "system id" -> number in reviewRows
const systemOf = (who) => Number(/^p(\d+)-/.exec(reviewData.who[who][KEY])[1]);
const rowKey = (row) => `${systemOf(row.who)} ${row.id}`;

function rowByKey(key) {
  if (!rowNumbers.size) for (const [number, row] of reviewRows.entries()) if (row.direct.length) rowNumbers.set(rowKey(row), number);
  return rowNumbers.get(key);
}

// number in reviewRows -> {word, day, only: [entitlement, ...], to, note}
const decisions = new Map();
const reviewState = { reviewer: review.reviewer, stored: true, saved: true };

const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};

function decide(number, changes) {
  const decision = { word: "", day: "", only: [], to: "", note: "", ...decisions.get(number), ...changes };
  if ("word" in changes) decision.day = changes.word ? today() : "";
  if (decision.word !== "revoke") decision.only = [];
  if (decision.word || decision.note) decisions.set(number, decision);
  else decisions.delete(number);
  reviewState.saved = false;
  storeSoon();
}

const decisionOn = (number) => decisions.get(number)?.word ?? "";

function countWords() {
  const counts = Object.fromEntries(WORDS.map((word) => [word, 0]));
  for (const { word } of decisions.values()) if (word) counts[word] += 1;
  return counts;
}

// ------------------------------------------------------------------------------------------------ the browser's storage

// Many rows have the same word and day and nothing else: these are stored as ranges, so that large reviews fit.
function packed() {
  const [ranges, single] = [{}, []];
  for (const [number, { word, day, only, to, note }] of [...decisions].sort((left, right) => left[0] - right[0])) {
    if (!word || only.length || to || note) {
      single.push([number, word, day, only, to, note]);
      continue;
    }
    const list = (ranges[`${word} ${day}`] ??= []);
    if (list.at(-1) === number - 1) list[list.length - 1] = number;
    else list.push(number, number); // first and last
  }
  return { reviewer: reviewState.reviewer, ranges, single };
}

function* unpacked({ ranges, single }) {
  for (const [key, list] of Object.entries(ranges)) {
    const [word, day] = key.split(" ");
    for (let at = 0; at < list.length; at += 2) {
      for (let number = list[at]; number <= Math.min(list[at + 1], reviewRows.length); number += 1) {
        yield [number, word, day, [], "", ""];
      }
    }
  }
  yield* single;
}

function store() {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(packed()));
    reviewState.stored = true;
  } catch {
    reviewState.stored = false; // no storage for this page, or no room
  }
  showProgress();
}
const storeSoon = soon(store, 200);
addEventListener("pagehide", storeSoon.now); // a page that is closed at once keeps its last decision too

function readStored() {
  let text = null;
  try {
    text = localStorage.getItem(STORAGE_KEY);
    localStorage.setItem(`${STORAGE_KEY} test`, "");
    localStorage.removeItem(`${STORAGE_KEY} test`);
  } catch {
    reviewState.stored = false;
  }
  if (text === null) return;
  try {
    const kept = JSON.parse(text);
    reviewState.reviewer = String(kept.reviewer ?? "") || review.reviewer;
    decisions.clear();
    for (const [number, word, day, only, to, note] of unpacked(kept)) {
      if (reviewRows[number]?.direct.length && (WORDS.includes(word) || !word)) decisions.set(number, { word, day, only, to, note });
    }
  } catch {
    // not what this page stores: begin anew
  }
}

// ------------------------------------------------------------------------------------------------ the decision file

function decisionFile() {
  return {
    format: FILE_FORMAT,
    review: review.id,
    saved: new Date().toISOString(),
    reviewer: reviewState.reviewer.trim(),
    systems: review.systems,
    decisions: [...decisions].sort((left, right) => left[0] - right[0]).map(([number, decision]) => fileEntry(reviewRows[number], decision)),
  };
}

function fileEntry(row, { word, day, only, to, note }) {
  const entry = {
    system: review.systems[systemOf(row.who)].system,
    row: row.id,
    principal: fullId(reviewData.who[row.who]),
    resource: row.on < 0 ? "" : fullId(reviewData.res[row.on]),
    decision: word,
    date: day,
  };
  if (only.length) entry.only = only.map(entitlementId);
  if (word === "reassign") entry.to = to.trim();
  if (note.trim()) entry.note = note.trim();
  return entry;
}

function fileName() {
  const name = decodeURIComponent(location.pathname.split("/").at(-1) ?? "").replace(/\.html?$/i, "");
  return `${name || "review"}.decisions.json`;
}

// Return why the decisions cannot be saved yet, and which rows to show for that; an empty text if they can.
function unready() {
  const counts = countWords();
  if (!reviewState.reviewer.trim() && counts.keep + counts.revoke) return ["Enter your name under Reviewer first.", ""];
  const nobody = [...decisions.values()].filter(({ word, to }) => word === "reassign" && !to.trim()).length;
  if (nobody) return [`${plural(nobody, "row")} reassigned to nobody: enter a name, or decide otherwise.`, "reassign"];
  return ["", ""];
}

function download(name, text) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Take the decisions of a file; return a sentence on the result.
function takeFile(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    return "This is not a decision file: nothing was loaded.";
  }
  if (file?.format !== FILE_FORMAT || !Array.isArray(file.decisions)) return "This is not a decision file: nothing was loaded.";
  if (file.review !== review.id) return "These decisions belong to another review: nothing was loaded.";
  const entitlements = new Map(reviewData.ent.map((_, at) => [entitlementId(at), at]));
  const systems = new Map(review.systems.map(({ system }, number) => [system, number]));
  let [loaded, unknown] = [0, 0];
  for (const { system, row, decision, date, only = [], to = "", note = "" } of file.decisions) {
    const number = rowByKey(`${systems.get(system)} ${row}`);
    const selected = only.map((id) => entitlements.get(id));
    if (number === undefined || (decision && !WORDS.includes(decision)) || selected.includes(undefined)) {
      unknown += 1;
      continue;
    }
    decisions.set(number, { word: decision, day: date, only: selected, to, note });
    loaded += 1;
  }
  reviewState.reviewer = file.reviewer || reviewState.reviewer;
  store();
  const missing = unknown ? ` ${plural(unknown, "row")} of the file cannot be matched with this page and was left out.` : "";
  return `${plural(loaded, "decision")} loaded.${missing}`;
}

addEventListener("beforeunload", (event) => {
  if (!reviewState.saved && !reviewState.stored) event.preventDefault(); // the browser asks before the decisions are lost
});
addEventListener("storage", ({ key }) => {
  if (key !== STORAGE_KEY) return;
  readStored(); // another tab shows the same page
  redrawRows();
});
