// Fill the opened entry of a principal: by resource, with each path. The plain list remains for print.
const MOST_PATHS = 5;

function entryOf(details) {
  return Number(details.dataset.at);
}

function fillPerson(details) {
  if (find(".tree", details)) return;
  const who = entryOf(details);
  const plain = find(".plain", details);
  const tree = make("ul", { className: "tree" });
  const on = heldOn(who);
  for (const at of [...on.keys()].sort((left, right) => left - right)) tree.append(resourceBranch(who, at, on.get(at)));
  const paths = make("button", { type: "button" }, "By resource, with paths");
  const byWay = make("button", { type: "button" }, "By direct grant and group");
  const choose = (withPaths) => {
    tree.hidden = !withPaths;
    plain.classList.toggle("unseen", withPaths);
    paths.setAttribute("aria-pressed", withPaths);
    byWay.setAttribute("aria-pressed", !withPaths);
  };
  paths.addEventListener("click", () => choose(true));
  byWay.addEventListener("click", () => choose(false));
  const decideHere = make("button", { type: "button" }, "Decide on this access");
  decideHere.addEventListener("click", () => decideOn(who));
  plain.before(make("div", { className: "choose" }, paths, byWay, decideHere), tree);
  choose(true);
}

const resourceName = (on) => (on < 0 ? "(a resource that the sync does not hold)" : reviewData.res[on][NAME]);

function resourceBranch(who, on, entitlements) {
  const type = on < 0 ? "" : ` (${typeName(reviewData.res[on][TYPE])})`;
  const head = on < 0 ? make("span", {}, resourceName(on)) : make("a", { href: `#r${on}` }, resourceName(on));
  const lines = make("ul");
  for (const group of alike(who, entitlements)) lines.append(howLine(who, group));
  return make("li", { className: "on" }, head, make("span", { className: "soft" }, type), lines);
}

// Group the entitlements of one resource that are held in the same way and by the same paths.
function alike(who, entitlements) {
  const groups = new Map();
  for (const held of entitlements) {
    const found = why(who, held, MOST_PATHS);
    const key = JSON.stringify([
      holding(who).get(held),
      found.paths.map((path) => path.slice(0, -1)),
      found.unexplained,
      found.cut,
      freshness(who, held),
    ]);
    if (!groups.has(key)) groups.set(key, { found, held: [] });
    groups.get(key).held.push(held);
  }
  return groups.values();
}

function howLine(who, group) {
  const line = make("li", {}, ...levelsOf(group.held));
  const way = holding(who).get(group.held[0]);
  const word = isDirect(way) ? (sourcesOf(way).length ? "direct, inherited" : "direct") : "inherited";
  line.append(" ", tag(word, "how"));
  const fresh = freshness(who, group.held[0]);
  if (fresh) line.append(" ", tag(fresh));
  const { paths, unexplained, cut } = group.found;
  const inherited = paths.filter((path) => path.length > 1);
  if (inherited.length) {
    const list = make("ul", { className: "paths" });
    for (const path of inherited) list.append(make("li", {}, pathText(who, path, group.held)));
    line.append(list);
  }
  for (const text of notes(who, group, unexplained, cut)) line.append(make("p", { className: "soft" }, text));
  return line;
}

function pathText(who, path, held) {
  const [first] = held;
  const levels = held.map((at) => reviewData.ent[at][LEVEL]).join(", ");
  const last = held.length > 1 ? `${resourceName(reviewData.ent[first][ON])}: ${levels}` : reviewData.ent[first][TITLE];
  return [reviewData.who[who][NAME], ...path.slice(0, -1).map((at) => reviewData.ent[at][TITLE]), last].join(" → ");
}

function* notes(who, group, unexplained, cut) {
  if (unexplained.length) {
    const names = unexplained.map((at) => reviewData.ent[at][TITLE]).join(", ");
    yield reviewData.review.part ? `Inherited through ${names}` : `The grant also names sources that no path in the sync explains: ${names}`;
  }
  if (cut) {
    const names = [fullId(reviewData.who[who]), entitlementId(group.held[0])];
    yield `There are more paths: connector-host why ${names.map(quoted).join(" ")}`;
  }
}

// Quote a word for a command line.
const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

// Return the levels as text; privileged ones are marked.
function levelsOf(entitlements) {
  const parts = [];
  for (const held of entitlements) {
    if (parts.length) parts.push(", ");
    parts.push(make("strong", {}, reviewData.ent[held][LEVEL]));
    if (reviewData.ent[held][PRIVILEGED]) parts.push(" ", tag("privileged"));
  }
  return parts;
}

// ------------------------------------------------------------------------------------------------ resources

const holdersOf = new Map(); // resource -> [[who, entitlements], ...], built on first use

function holders(on) {
  if (!holdersOf.size) {
    for (let who = 0; who < reviewData.who.length; who += 1) {
      for (const [resource, entitlements] of heldOn(who)) {
        if (!holdersOf.has(resource)) holdersOf.set(resource, []);
        holdersOf.get(resource).push([who, entitlements]);
      }
    }
  }
  return holdersOf.get(on) ?? [];
}

function fillResource(details) {
  if (find("table", details)) return;
  const on = entryOf(details);
  const rows = make("tbody");
  for (const [who, entitlements] of holders(on)) {
    const name = make("th", { scope: "row" }, make("a", { href: personLink(who) }, reviewData.who[who][NAME]), ...marksOf(who));
    const how = make("td", {}, wayText(who, entitlements));
    rows.append(make("tr", {}, name, make("td", {}, reviewData.who[who][MAIL]), make("td", {}, ...levelsOf(entitlements)), how));
  }
  const heads = ["Principal", "E-mail", "Holds", "How"].map((text) => make("th", { scope: "col" }, text));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), rows);
  details.append(make("div", { className: "scroll" }, table));
}

const marksOf = (who) => reviewData.who[who][MARKS].flatMap((word) => [" ", tag(word)]);

// Return "direct", "through Engineering member": one text for each way the entitlements are held.
function wayText(who, entitlements) {
  const words = new Map();
  for (const held of entitlements) {
    const way = holding(who).get(held);
    if (words.has(way)) continue;
    const sources = sourcesOf(way).map((at) => reviewData.ent[at][TITLE]);
    const through = sources.length ? [`through ${sources.join(", ")}`] : [];
    words.set(way, [...(isDirect(way) ? ["direct"] : []), ...through].join(", "));
  }
  return [...words.values()].join("; ");
}

function listResources() {
  const list = find("#resource-list");
  const counts = new Map();
  for (let who = 0; who < reviewData.who.length; who += 1) {
    for (const on of heldOn(who).keys()) counts.set(on, (counts.get(on) ?? 0) + 1);
  }
  let chunk;
  for (let on = 0; on < reviewData.res.length; on += 1) {
    if (on % 100 === 0) list.append((chunk = make("div", { className: "chunk" })));
    const held = counts.get(on) ?? 0;
    const head = make("summary", {}, make("span", { className: "name" }, reviewData.res[on][NAME]), " ");
    head.append(make("span", { className: "soft" }, `${typeName(reviewData.res[on][TYPE])} · ${plural(held, "holder")}`));
    const entry = make("details", { id: `r${on}`, className: "entry" }, head);
    entry.dataset.at = on;
    chunk.append(entry);
  }
  return list;
}
