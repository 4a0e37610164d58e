// One part of the page at a time, by its address (#people, #p12, #r3); search; filters. Without script all parts stand
// one under the other. A hidden part is still found by the browser's own search, which shows it.
const MOST_FOUND = 50;
const views = all("main > section.view");

function show(view) {
  for (const other of views) other.hidden = other === view ? false : "until-found";
  for (const link of all("nav.views a")) {
    if (link.hash === `#${view.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view.id === "matrix") startMatrix();
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
  one("summary", target)?.focus({ preventScroll: true });
}

let resourcesStarted = false;
function startResources() {
  if (resourcesStarted) return;
  resourcesStarted = true;
  filterEntries(one("#resources"), listResources(), (on) => resourceText(on), () => true);
}

// ------------------------------------------------------------------------------------------------ filters

const personText = (who) => {
  const { [ID]: id, [NAME]: name, [MAIL]: mail } = book.who[who];
  return fold(`${name}\n${mail}\n${id}`);
};
const resourceText = (on) => fold(`${book.res[on][NAME]}\n${book.res[on][ID]}\n${typeName(book.res[on][TYPE])}`);

const soon = (action, wait = 120) => {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  };
};

// The entries of a list whose text has what was typed in, and which `fits` the choice beside it.
function filterEntries(section, list, textOf, fits) {
  const field = one("input", section);
  const choice = one("select", section);
  const count = one(".count", section);
  const chunks = all(".chunk", list).map((chunk) => [chunk, all(".entry", chunk)]);
  const total = chunks.reduce((sum, [, entries]) => sum + entries.length, 0);
  const texts = [];
  const apply = () => {
    const wanted = fold(field.value.trim());
    const chosen = choice?.value ?? "";
    let left = 0;
    for (const [chunk, entries] of chunks) {
      let here = 0;
      for (const entry of entries) {
        const at = entryOf(entry);
        entry.hidden = !((!wanted || (texts[at] ??= textOf(at)).includes(wanted)) && fits(at, chosen));
        if (!entry.hidden) here += 1;
      }
      chunk.hidden = !here;
      chunk.style.containIntrinsicSize = `auto ${here * 2.5}rem`; // its height as long as it is not laid out
      left += here;
    }
    count.textContent = left < total ? `${number(left)} of ${number(total)}` : number(total);
  };
  field.addEventListener("input", soon(apply));
  choice?.addEventListener("change", apply);
  count.textContent = number(total);
}

function personFits(who, choice) {
  if (!choice) return true;
  if (choice === "privileged") return [...holding(who).keys()].some((held) => book.ent[held][PRIVILEGED]);
  if (choice === "new") return Boolean(book.fresh[who]);
  if (choice.startsWith("type:")) return book.who[who][TYPE] === Number(choice.slice(5));
  return book.who[who][MARKS].includes(choice);
}

// ------------------------------------------------------------------------------------------------ search

function search(wanted) {
  const box = one("#found");
  box.hidden = !wanted;
  if (!wanted) return;
  const people = [];
  const resources = [];
  for (let who = 0; who < book.who.length; who += 1) if (personText(who).includes(wanted)) people.push(who);
  for (let on = 0; on < book.res.length; on += 1) if (resourceText(on).includes(wanted)) resources.push(on);
  one("p", box).textContent = `${plural(people.length, "principal")}, ${plural(resources.length, "resource")}`;
  const holders = foundList("Principals", people, personLink, (who) => [book.who[who][NAME], book.who[who][MAIL]]);
  const about = (on) => [book.res[on][NAME], typeName(book.res[on][TYPE])];
  one("div", box).replaceChildren(...holders, ...foundList("Resources", resources, (on) => `#r${on}`, about));
}

function foundList(title, found, link, about) {
  if (!found.length) return [];
  const list = make("ul");
  for (const at of found.slice(0, MOST_FOUND)) {
    const [name, more] = about(at);
    list.append(make("li", {}, make("a", { href: link(at) }, name), " ", make("span", { className: "soft" }, more)));
  }
  const rest = found.length - MOST_FOUND;
  const more = rest > 0 ? [make("p", { className: "soft" }, `and ${number(rest)} more: type more letters`)] : [];
  return [make("h3", {}, title), list, ...more];
}

// ------------------------------------------------------------------------------------------------ matrix

let matrix;

function startMatrix() {
  if (matrix) {
    matrix.draw();
    return;
  }
  matrix = new Matrix(one("#matrix .grid"), one("#matrix .told"));
  const form = one("#matrix form");
  const apply = () => {
    const { who, type, on, kind, order, filled } = form.elements;
    const rows = chosen(book.who, who.value, type.value, personText);
    const columns = chosen(book.res, on.value, kind.value, resourceText);
    const [down, across] = reach(rows, columns);
    const sort = (list, counts) => {
      const kept = filled.checked ? list.filter((at) => counts.get(at)) : list;
      return order.value === "most" ? kept.sort((left, right) => counts.get(right) - counts.get(left)) : kept;
    };
    const [people, things] = [sort(rows, down), sort(columns, across)];
    matrix.show(people, things);
    one("#matrix .count").textContent = `${plural(people.length, "principal")}, ${plural(things.length, "resource")}`;
  };
  form.addEventListener("input", soon(apply));
  apply();
}

function chosen(things, text, type, textOf) {
  const wanted = fold(text.trim());
  const found = [];
  for (let at = 0; at < things.length; at += 1) {
    if (type !== "" && things[at][TYPE] !== Number(type)) continue;
    if (!wanted || textOf(at).includes(wanted)) found.push(at);
  }
  return found;
}

// On how many of the columns each row holds something, and by how many of the rows something is held on each column.
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

// The types that some of the things are of, with how many, the most frequent first.
function typesOf(things) {
  const counts = new Map();
  for (const thing of things) counts.set(thing[TYPE], (counts.get(thing[TYPE]) ?? 0) + 1);
  const sorted = [...counts].sort((left, right) => right[1] - left[1] || left[0] - right[0]);
  return sorted.map(([type, count]) => [String(type), `${typeName(type)} (${number(count)})`]);
}

function fillChoices() {
  const types = typesOf(book.who);
  const kinds = typesOf(book.res);
  const words = new Set(book.who.flatMap((who) => who[MARKS]));
  const special = ["disabled", "deleted", "guest", "service", "system", "missing"].filter((word) => words.has(word));
  const choices = [["", "All"], ["privileged", "Holds something privileged"]];
  if (Object.keys(book.fresh).length) choices.push(["new", "New or changed since the sync before"]);
  for (const word of special) choices.push([word, word[0].toUpperCase() + word.slice(1)]);
  if (types.length > 1) choices.push(...types.map(([type, text]) => [`type:${type}`, text]));
  fillChoice(one("#people select"), choices);
  const { type, kind } = one("#matrix form").elements;
  fillChoice(type, [["", "All types"], ...types], types[0]?.[0]);
  fillChoice(kind, [["", "All types"], ...kinds]);
}

// ------------------------------------------------------------------------------------------------ start

fillChoices();
filterEntries(one("#people"), one("#people .entries"), personText, personFits);
for (const [selector, fill] of [["#people", fillPerson], ["#resources", fillResource]]) {
  // toggle does not bubble, but it can be caught on its way down
  one(selector).addEventListener("toggle", ({ target }) => target.open && target.matches(".entry") && fill(target), true);
}
for (const view of views) view.addEventListener("beforematch", () => show(view));
const field = one("#search");
const searchSoon = soon(() => search(fold(field.value.trim())));
field.addEventListener("input", searchSoon);
one("#found").addEventListener("click", ({ target }) => {
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
  event.preventDefault(); // nothing is sent: Enter in a field is only Enter
  if (event.target.contains(field)) {
    search(fold(field.value.trim()));
    one("#found a")?.click();
  }
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("a[href^='#']")?.hash === location.hash) route(); // there already, but perhaps closed since
});
addEventListener("hashchange", route);
route();
document.documentElement.dataset.ready = String(Math.round(performance.now()));
