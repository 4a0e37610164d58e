// On paper: one table of the rows that the filter of *Decide* leaves, made when the page is printed.
const MOST_ON_PAPER = 20000;

function paperRow(at) {
  const row = reviewRows[at];
  const who = reviewData.who[row.who];
  const inherited = inheritedOn(row);
  const through = sourceNames(row.who, inherited).join(", ");
  const decision = decisions.get(at);
  const word = !row.direct.length ? "follows" : decision?.word || "☐ keep ☐ revoke";
  const only = decision?.only.length ? ` only ${decision.only.map((held) => reviewData.ent[held][LEVEL]).join(", ")}` : "";
  const to = decision?.word === "reassign" ? ` to ${decision.to}` : "";
  const permissions = make("td", {}, ...levelsOf(row.direct));
  if (row.risks.length) permissions.append(make("div", {}, row.risks.map((risk) => reviewData.risks[risk]).join(", ")));
  if (inherited.length) permissions.append(make("div", { className: "soft" }, "inherited: ", ...levelsOf(inherited), ` through ${through}`));
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, who[NAME], make("div", { className: "soft" }, who[MAIL])),
    make("td", {}, resourceName(row.on)),
    permissions,
    make("td", {}, word + only + to),
    make("td", {}, decision?.note ?? ""),
    make("td", { className: "ids" }, fullId(who), make("br"), row.on < 0 ? "" : fullId(reviewData.res[row.on]), make("br"), row.id),
  );
}

function fillPaper() {
  startDeciding();
  const paper = find("#paper");
  const numbers = shownRows.numbers;
  const counts = `${find("#decided").textContent}. Reviewer: ${reviewState.reviewer || "not entered"}.`;
  const limit = make("p", {}, `${plural(numbers.length, "row")}, of which paper takes ${number(MOST_ON_PAPER)}: filter the rows under Decide first.`);
  const heads = ["Principal", "Resource", "Permissions", "Decision", "Note", "IDs"].map((text) => make("th", { scope: "col" }, text));
  const table = () => make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...numbers.map(paperRow)));
  paper.replaceChildren(make("p", {}, counts), numbers.length > MOST_ON_PAPER ? limit : table());
  document.documentElement.classList.add("on-paper");
}

addEventListener("beforeprint", fillPaper);
addEventListener("afterprint", () => {
  document.documentElement.classList.remove("on-paper");
  find("#paper").replaceChildren();
});
