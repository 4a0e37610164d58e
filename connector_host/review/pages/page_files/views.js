// One part of the page at a time, by its address (#people, #p12, #r3); search; filters. Without script all parts stand
// one below the other. The browser's own search still finds a hidden part and shows it.
const MOST_FOUND = 50;
const views = findAll("main > section.view");

function show(view) {
  for (const other of views) other.hidden = other === view ? false : "until-found";
  for (const link of findAll("nav.views a")) {
    if (link.hash === `#${view.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view.id === "matrix") startMatrix();
  if (view.id === "decide") startDeciding();
  if (view.id === "resources") startResources();
}

function route() {
  const name = location.hash.slice(1);
  if (name === "main") return;
  if (/^r\d+$/.test(name)) startResources();
  const target = (name && document.getElementById(name)) || views[0];
  const view = target.closest("section.view") ?? views[0];
  show(view);
  if (target === view) {
    scrollTo(0, 0);
    return;
  }
  target.hidden = false; // a filter may have hidden it
  target.parentElement.hidden = false;
  target.open = true;
  target.scrollIntoView({ block: "start" });
  find("summary", target)?.focus({ preventScroll: true });
}

let resourcesStarted = false;
function startResources() {
  if (resourcesStarted) return;
  resourcesStarted = true;
  filterEntries(find("#resources"), listResources(), (on) => resourceText(on), () => true);
}

// ------------------------------------------------------------------------------------------------ filters

const personText = (who) => {
  const { [ID]: id, [NAME]: name, [MAIL]: mail } = reviewData.who[who];
  return fold(`${name}\n${mail}\n${id}`);
};
const resourceText = (on) => fold(`${reviewData.res[on][NAME]}\n${reviewData.res[on][ID]}\n${typeName(reviewData.res[on][TYPE])}`);

// Show the entries of a list whose text contains the typed words and that match the choice beside it.
function filterEntries(section, list, textOf, fits) {
  const field = find("input", section);
  const choice = find("select", section);
  const count = find(".count", section);
  const chunks = findAll(".chunk", list).map((chunk) => [chunk, findAll(".entry", chunk)]);
  const total = chunks.reduce((sum, [, entries]) => sum + entries.length, 0);
  const texts = [];
  const apply = () => {
    const words = searchWords(field.value);
    const chosen = choice?.value ?? "";
    let shown = 0;
    for (const [chunk, entries] of chunks) {
      let matching = 0;
      for (const entry of entries) {
        const at = entryOf(entry);
        entry.hidden = !((!words.length || matchesWords((texts[at] ??= textOf(at)), words)) && fits(at, chosen));
        if (!entry.hidden) matching += 1;
      }
      chunk.hidden = !matching;
      chunk.style.containIntrinsicSize = `auto ${matching * 2.5}rem`; // the height until the browser draws it
      shown += matching;
    }
    count.textContent = shown < total ? `${number(shown)} of ${number(total)}` : number(total);
  };
  field.addEventListener("input", soon(apply));
  choice?.addEventListener("change", apply);
  count.textContent = number(total);
}

function personFits(who, choice) {
  if (!choice) return true;
  if (choice === "privileged") return [...holding(who).keys()].some((held) => reviewData.ent[held][PRIVILEGED]);
  if (choice === "new") return Boolean(reviewData.fresh[who]);
  if (choice.startsWith("type:")) return reviewData.who[who][TYPE] === Number(choice.slice(5));
  return reviewData.who[who][MARKS].includes(choice);
}

// ------------------------------------------------------------------------------------------------ search

function search(text) {
  const box = find("#found");
  const words = searchWords(text);
  box.hidden = !words.length;
  if (!words.length) return;
  const people = [];
  const resources = [];
  for (let who = 0; who < reviewData.who.length; who += 1) if (matchesWords(personText(who), words)) people.push(who);
  for (let on = 0; on < reviewData.res.length; on += 1) if (matchesWords(resourceText(on), words)) resources.push(on);
  find("p", box).textContent = `${plural(people.length, "principal")}, ${plural(resources.length, "resource")}`;
  const holders = foundList("Principals", people, personLink, (who) => [reviewData.who[who][NAME], reviewData.who[who][MAIL]]);
  const about = (on) => [reviewData.res[on][NAME], typeName(reviewData.res[on][TYPE])];
  find("div", box).replaceChildren(...holders, ...foundList("Resources", resources, (on) => `#r${on}`, about));
}

function foundList(title, found, link, about) {
  if (!found.length) return [];
  const list = make("ul");
  for (const at of found.slice(0, MOST_FOUND)) {
    const [name, more] = about(at);
    list.append(make("li", {}, make("a", { href: link(at) }, name), " ", make("span", { className: "soft" }, more)));
  }
  const unlisted = found.length - MOST_FOUND;
  const more = unlisted > 0 ? [make("p", { className: "soft" }, `and ${number(unlisted)} more: refine the search`)] : [];
  return [make("h3", {}, title), list, ...more];
}

// ------------------------------------------------------------------------------------------------ matrix

let matrix;

function startMatrix() {
  if (matrix) {
    matrix.draw();
    return;
  }
  matrix = new Matrix(find("#matrix .grid"), find("#matrix .cell-text"));
  const form = find("#matrix form");
  const apply = () => {
    const { who, type, on, kind, order, filled } = form.elements;
    const rows = chosen(reviewData.who, who.value, type.value, personText);
    const columns = chosen(reviewData.res, on.value, kind.value, resourceText);
    const [down, across] = reach(rows, columns);
    const sort = (list, counts) => {
      const listed = filled.checked ? list.filter((at) => counts.get(at)) : list;
      return order.value === "most" ? listed.sort((left, right) => counts.get(right) - counts.get(left)) : listed;
    };
    const [people, resources] = [sort(rows, down), sort(columns, across)];
    matrix.show(people, resources);
    find("#matrix .count").textContent = `${plural(people.length, "principal")}, ${plural(resources.length, "resource")}`;
  };
  form.addEventListener("input", soon(apply));
  apply();
}

function chosen(objects, text, type, textOf) {
  const words = searchWords(text);
  const found = [];
  for (let at = 0; at < objects.length; at += 1) {
    if (type !== "" && objects[at][TYPE] !== Number(type)) continue;
    if (!words.length || matchesWords(textOf(at), words)) found.push(at);
  }
  return found;
}

// Count, for each row, the columns with a grant, and for each column the rows with one.
function reach(rows, columns) {
  const [down, across] = [new Map(), new Map(columns.map((on) => [on, 0]))];
  for (const who of rows) {
    let count = 0;
    for (const on of heldOn(who).keys()) {
      if (!across.has(on)) continue;
      across.set(on, across.get(on) + 1);
      count += 1;
    }
    down.set(who, count);
  }
  return [down, across];
}

// ------------------------------------------------------------------------------------------------ choices

function fillChoice(select, options, value = "") {
  for (const [name, text] of options) select.append(make("option", { value: name }, text));
  select.value = value;
}

// Return the types of the objects with their counts, the most frequent first.
function typesOf(objects) {
  const counts = new Map();
  for (const object of objects) counts.set(object[TYPE], (counts.get(object[TYPE]) ?? 0) + 1);
  const sorted = [...counts].sort((left, right) => right[1] - left[1] || left[0] - right[0]);
  return sorted.map(([type, count]) => [String(type), `${typeName(type)} (${number(count)})`]);
}

function fillChoices() {
  const types = typesOf(reviewData.who);
  const kinds = typesOf(reviewData.res);
  const words = new Set(reviewData.who.flatMap((who) => who[MARKS]));
  const special = ["disabled", "deleted", "guest", "service", "system", "missing"].filter((word) => words.has(word));
  const choices = [["", "All"], ["privileged", "With privileged grants"]];
  if (Object.keys(reviewData.fresh).length) choices.push(["new", "New or changed since the previous sync"]);
  for (const word of special) choices.push([word, word[0].toUpperCase() + word.slice(1)]);
  if (types.length > 1) choices.push(...types.map(([type, text]) => [`type:${type}`, text]));
  fillChoice(find("#people select"), choices);
  const { type, kind } = find("#matrix form").elements;
  fillChoice(type, [["", "All types"], ...types], types[0]?.[0]);
  fillChoice(kind, [["", "All types"], ...kinds]);
  const fresh = Object.keys(reviewData.fresh).length ? [["new", "New or changed"]] : [];
  const decided = WORDS.map((word) => [word, `Decided: ${word}`]);
  const shown = [["all", "Rows to decide"], ["open", "Undecided"], ...decided, ["privileged", "Privileged"], ["risks", "Privileged or with a risk"], ...fresh];
  fillChoice(decideForm.elements.show, [...shown, ["follows", "Inherited only"], ["everything", "Everything"]], "all");
}

// ------------------------------------------------------------------------------------------------ start

fillChoices();
filterEntries(find("#people"), find("#people .entries"), personText, personFits);
for (const [selector, fill] of [["#people", fillPerson], ["#resources", fillResource]]) {
  // toggle does not bubble, but it can be captured
  find(selector).addEventListener("toggle", ({ target }) => target.open && target.matches(".entry") && fill(target), true);
}
for (const view of views) view.addEventListener("beforematch", () => show(view));
const field = find("#search");
const searchSoon = soon(() => search(field.value));
field.addEventListener("input", searchSoon);
find("#found").addEventListener("click", ({ target }) => {
  if (target.closest("a")) clearSearch();
});
function clearSearch() {
  field.value = "";
  search("");
}
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape" && event.target === field) clearSearch();
});
document.addEventListener("submit", (event) => {
  event.preventDefault(); // nothing is sent
  if (event.target.contains(field)) {
    search(field.value);
    find("#found a")?.click();
  }
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("a[href^='#']")?.hash === location.hash) route(); // already at this address, but perhaps closed since
});
addEventListener("hashchange", route);
route();
document.documentElement.dataset.ready = String(Math.round(performance.now()));
