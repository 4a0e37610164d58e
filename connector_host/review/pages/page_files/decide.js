// The part *Decide*: the rows of the review, a page of them at a time, with a decision for each.
const ROWS_SHOWN = 50;
const deciding = find("#decide");
const decideForm = find("form", deciding);
const shownRows = { numbers: [], first: 0, who: -1 };

const rowName = (row) => `${reviewData.who[row.who][NAME]} on ${resourceName(row.on)}`;

// Return the entitlements of a row that are only inherited.
function inheritedOn(row) {
  const own = new Set(row.direct);
  return (heldOn(row.who).get(row.on) ?? []).filter((held) => !own.has(held) && !isDirect(holding(row.who).get(held)));
}

const sourceNames = (who, entitlements) => {
  const sources = new Set(entitlements.flatMap((held) => sourcesOf(holding(who).get(held))));
  return [...sources].map((at) => reviewData.ent[at][TITLE]);
};

// ------------------------------------------------------------------------------------------------ which rows

const rowTexts = [];
const rowText = (number) =>
  (rowTexts[number] ??= `${personText(reviewRows[number].who)}\n${reviewRows[number].on < 0 ? "" : resourceText(reviewRows[number].on)}\n${fold(
    [...reviewRows[number].direct].map((held) => `${reviewData.ent[held][LEVEL]} ${reviewData.ent[held][TITLE]}`).join("\n"),
  )}`);

function rowFits(number, choice) {
  const row = reviewRows[number];
  if (choice === "follows") return !row.direct.length;
  if (!row.direct.length) return choice === "everything";
  if (choice === "open") return !DECIDED.has(decisionOn(number));
  if (choice === "privileged") return row.direct.some((held) => reviewData.ent[held][PRIVILEGED]);
  if (choice === "risks") return row.risks.length > 0 || row.direct.some((held) => reviewData.ent[held][PRIVILEGED]);
  if (choice === "new") return row.direct.some((held) => freshness(row.who, held));
  return WORDS.includes(choice) ? decisionOn(number) === choice : true;
}

function matchingRows() {
  const words = searchWords(decideForm.elements.text.value);
  const choice = decideForm.elements.show.value;
  const numbers = [];
  for (let number = 0; number < reviewRows.length; number += 1) {
    if (shownRows.who >= 0 && reviewRows[number].who !== shownRows.who) continue;
    if (rowFits(number, choice) && (!words.length || matchesWords(rowText(number), words))) numbers.push(number);
  }
  return numbers;
}

// ------------------------------------------------------------------------------------------------ drawing

function showProgress() {
  const counts = countWords();
  const decided = counts.keep + counts.revoke;
  const total = rowsToDecide.length;
  const bar = find("#progress");
  bar.max = Math.max(total, 1);
  bar.value = decided;
  const open = ["ask", "reassign"].filter((word) => counts[word]).map((word) => `, ${number(counts[word])} ${word}`);
  find("#decided").textContent = `${number(decided)} of ${plural(total, "row")} decided${open.join("")}`;
  find("#kept").textContent = reviewState.stored
    ? "Your decisions are kept in this browser. Save them to hand them in."
    : "This browser does not keep your decisions: save them before you close the page.";
}

function drawRows(first = 0) {
  const { numbers } = shownRows;
  shownRows.first = Math.max(0, Math.min(first, numbers.length - 1));
  const shown = numbers.slice(shownRows.first, shownRows.first + ROWS_SHOWN);
  find("tbody", deciding).replaceChildren(...shown.map(rowElement));
  const total = decideForm.elements.show.value === "everything" ? reviewRows.length : rowsToDecide.length;
  find(".count", deciding).textContent = `${plural(numbers.length, "row")} of ${number(total)}`;
  const last = shownRows.first + shown.length;
  find(".shown", deciding).textContent = numbers.length ? `${number(shownRows.first + 1)} to ${number(last)} of ${number(numbers.length)}` : "No row matches.";
  find(".before", deciding).disabled = !shownRows.first;
  find(".after", deciding).disabled = last >= numbers.length;
  const open = shown.filter((at) => reviewRows[at].direct.length && !decisionOn(at));
  const keep = find(".keep-shown", deciding);
  keep.textContent = `Keep the undecided rows shown (${open.length})`;
  keep.disabled = !open.length;
}

function redrawRows(first = 0) {
  shownRows.numbers = matchingRows();
  find("#reviewer").value = reviewState.reviewer;
  const chosen = find(".chosen", deciding);
  chosen.hidden = shownRows.who < 0;
  if (shownRows.who >= 0) find("span", chosen).textContent = `Only ${reviewData.who[shownRows.who][NAME]}`;
  drawRows(first);
  showProgress();
}

function rowElement(at) {
  const row = reviewRows[at];
  const who = reviewData.who[row.who];
  const name = make("th", { scope: "row" }, make("a", { href: personLink(row.who) }, who[NAME]), ...marksOf(row.who));
  if (who[MAIL]) name.append(make("div", { className: "soft" }, who[MAIL]));
  const on = row.on < 0 ? resourceName(row.on) : make("a", { href: `#r${row.on}` }, resourceName(row.on));
  const resource = make("td", {}, on);
  if (row.on >= 0) resource.append(make("div", { className: "soft" }, typeName(reviewData.res[row.on][TYPE])));
  const line = make("tr", {}, name, resource, permissionCell(at, row));
  line.append(...(row.direct.length ? decisionCells(at, row, line) : [followCell(row)]));
  line.dataset.at = at;
  line.dataset.word = decisionOn(at);
  return line;
}

function permissionCell(at, row) {
  const cell = make("td", {}, ...levelsOf(row.direct));
  const fresh = new Set(row.direct.map((held) => freshness(row.who, held)).filter(Boolean));
  for (const word of fresh) cell.append(" ", tag(word));
  if (row.risks.length) cell.append(make("div", { className: "risks" }, ...row.risks.flatMap((risk) => [tag(reviewData.risks[risk], "risk"), " "])));
  const inherited = inheritedOn(row);
  if (inherited.length) {
    const through = sourceNames(row.who, inherited).join(", ");
    const lead = row.direct.length ? "also inherited: " : "inherited: ";
    cell.append(make("div", { className: "soft" }, lead, ...levelsOf(inherited), through ? ` through ${through}` : ""));
  }
  if (row.direct.length) cell.append(grantsOf(at, row));
  return cell;
}

// The single grants of a row, filled when they are opened; some of them can be chosen to be revoked.
function grantsOf(at, row) {
  const details = make("details", { className: "grants" }, make("summary", {}, plural(row.direct.length, "grant")));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const box = make("fieldset", {}, make("legend", {}, "Revoke only"));
    for (const held of row.direct) {
      const check = make("input", { type: "checkbox", checked: decisions.get(at)?.only.includes(held) ?? false });
      check.addEventListener("change", () => {
        const only = (decisions.get(at)?.only ?? []).filter((other) => other !== held);
        changeRow(details.closest("tr"), at, { word: "revoke", only: check.checked ? [...only, held] : only });
      });
      const { [TITLE]: title, [LEVEL]: level } = reviewData.ent[held];
      box.append(make("label", {}, check, " ", make("strong", {}, level), title === level ? "" : ` ${title}`));
    }
    box.append(make("p", { className: "soft" }, "None chosen: a revoked row loses all of them."));
    details.append(box);
  });
  return details;
}

function decisionCells(at, row, line) {
  const name = rowName(row);
  const select = make("select", {}, make("option", { value: "" }, "undecided"), ...WORDS.map((word) => make("option", { value: word }, word)));
  select.setAttribute("aria-label", `Decision: ${name}`);
  select.value = decisionOn(at);
  const to = make("input", { className: "to", placeholder: "to whom", maxLength: 200, value: decisions.get(at)?.to ?? "" });
  to.setAttribute("aria-label", `Reassign to: ${name}`);
  to.hidden = select.value !== "reassign";
  to.addEventListener("input", () => decide(at, { to: to.value }));
  select.addEventListener("change", () => {
    changeRow(line, at, { word: select.value });
    if (select.value === "reassign") to.focus();
  });
  const note = make("input", { className: "note-text", maxLength: 2000, value: decisions.get(at)?.note ?? "" });
  note.setAttribute("aria-label", `Note: ${name}`);
  note.addEventListener("input", () => decide(at, { note: note.value }));
  return [make("td", {}, select, to), make("td", {}, note)];
}

// Inherited access is decided at the group that gives it.
function followCell(row) {
  const cell = make("td", { colSpan: 2, className: "soft followed" }, "follows from ");
  const sources = new Set(inheritedOn(row).flatMap((held) => sourcesOf(holding(row.who).get(held))));
  const links = [...sources].map((at) => {
    const on = reviewData.ent[at][ON];
    return on < 0 ? make("span", {}, reviewData.ent[at][TITLE]) : make("a", { href: `#r${on}` }, reviewData.ent[at][TITLE]);
  });
  links.forEach((link, index) => cell.append(index ? ", " : "", link));
  return cell;
}

function changeRow(line, at, changes) {
  decide(at, changes);
  const word = decisionOn(at);
  line.dataset.word = word;
  const select = find("select", line);
  select.value = word;
  const to = find(".to", line);
  to.hidden = word !== "reassign";
  if (word !== "revoke") for (const check of findAll("[type=checkbox]", line)) check.checked = false;
  showProgress();
}

// ------------------------------------------------------------------------------------------------ starting

function tell(text) {
  find("#told").textContent = text;
}

function saveDecisions() {
  const [reason, choice] = unready();
  tell(reason);
  if (!reason) {
    download(fileName(), `${JSON.stringify(decisionFile(), null, 1)}\n`);
    reviewState.saved = true;
    tell(`Saved as ${fileName()}: hand in this file.`);
    return;
  }
  if (choice) {
    decideForm.elements.show.value = choice;
    redrawRows();
  } else find("#reviewer").focus();
}

function decideOn(who) {
  shownRows.who = who;
  decideForm.elements.text.value = "";
  decideForm.elements.show.value = "everything";
  location.hash = "#decide";
  if (decidingStarted) redrawRows();
}

let decidingStarted = false;
function startDeciding() {
  if (decidingStarted) return;
  decidingStarted = true;
  readStored();
  redrawRows();
  decideForm.elements.text.addEventListener("input", soon(() => redrawRows()));
  decideForm.elements.show.addEventListener("change", () => redrawRows());
  find(".chosen button", deciding).addEventListener("click", () => {
    shownRows.who = -1;
    redrawRows();
  });
  for (const [selector, step] of [[".before", -ROWS_SHOWN], [".after", ROWS_SHOWN]]) {
    find(selector, deciding).addEventListener("click", () => {
      drawRows(shownRows.first + step);
      find("#decide-table").scrollIntoView({ block: "nearest" });
    });
  }
  find(".keep-shown", deciding).addEventListener("click", () => {
    for (const line of findAll("tbody tr", deciding)) {
      const at = Number(line.dataset.at);
      if (reviewRows[at].direct.length && !decisionOn(at)) decide(at, { word: "keep" });
    }
    drawRows(shownRows.first);
    showProgress();
  });
  find("#reviewer").addEventListener("input", ({ target }) => {
    reviewState.reviewer = target.value;
    storeSoon();
  });
  find("#save").addEventListener("click", saveDecisions);
  find("#load").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    tell(takeFile(await file.text()));
    target.value = "";
    redrawRows(shownRows.first);
  });
}
