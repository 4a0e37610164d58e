// Principals in rows, resources in columns. The table holds only the visible cells; screen readers get the size and
// position of the complete table. Arrow keys, Home, End, Page Up and Page Down move in it.
const OVERSCAN = 4;

class Matrix {
  constructor(scroller, description) {
    this.scroller = scroller;
    this.description = description; // the full text of the cell at the cursor
    this.rows = [];
    this.columns = [];
    this.at = [0, 0]; // the cursor: row and column of the cells, -1 for the heads
    this.space = make("div", { className: "space" });
    this.table = make("table", { role: "grid" });
    this.table.setAttribute("aria-label", "Principals and resources");
    this.table.setAttribute("aria-readonly", "true");
    this.space.append(this.table);
    scroller.append(this.space);
    this.shown = "";
    scroller.addEventListener("scroll", () => this.draw());
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.table.addEventListener("click", (event) => this.click(event));
    this.table.addEventListener("focusin", (event) => this.focused(event));
    new ResizeObserver(() => this.measure()).observe(scroller);
  }

  show(rows, columns) {
    [this.rows, this.columns] = [rows, columns];
    this.at = [0, 0];
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.table.setAttribute("aria-colcount", columns.length + 1);
    this.scroller.scrollTo(0, 0);
    this.description.textContent = "";
    this.measure();
  }

  // Sizes come from the style sheet, and with it from the chosen font size.
  measure() {
    const style = getComputedStyle(this.scroller);
    const size = parseFloat(style.fontSize);
    for (const name of ["row", "head", "column", "side"]) {
      this[name] = Math.round(parseFloat(style.getPropertyValue(`--${name}`)) * size);
      this.table.style.setProperty(`--${name}-px`, `${this[name]}px`); // full pixels, so that sums are exact
    }
    this.space.style.height = `${this.head + this.rows.length * this.row}px`;
    this.space.style.width = `${this.side + this.columns.length * this.column}px`;
    this.shown = "";
    this.draw();
  }

  get window() {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.scroller;
    const top = Math.max(0, Math.floor(scrollTop / this.row) - OVERSCAN);
    const left = Math.max(0, Math.floor(scrollLeft / this.column) - OVERSCAN);
    const bottom = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / this.row) + OVERSCAN);
    const right = Math.min(this.columns.length, Math.ceil((scrollLeft + clientWidth) / this.column) + OVERSCAN);
    return [top, left, bottom, right];
  }

  draw() {
    if (!this.scroller.clientHeight) return; // not visible now
    const [top, left, bottom, right] = this.window;
    const shown = `${top} ${left} ${bottom} ${right}`;
    if (shown === this.shown) return;
    const focused = this.table.contains(document.activeElement);
    this.shown = shown;
    this.table.style.left = `${left * this.column}px`; // no transform, which sticky headings ignore
    this.table.style.top = `${top * this.row}px`;
    const columns = this.columns.slice(left, right);
    this.table.replaceChildren(this.heads(columns, left), this.body(columns, top, left, bottom));
    this.table.style.width = `${this.side + columns.length * this.column}px`;
    this.mark(focused);
  }

  heads(columns, left) {
    const row = make("tr");
    row.setAttribute("aria-rowindex", 1);
    row.append(this.place(make("th", { scope: "col", className: "corner" }, "Principal"), -1, -1));
    columns.forEach((on, index) => {
      const name = make("span", { className: "clamp", title: reviewData.res[on][NAME] }, reviewData.res[on][NAME]);
      row.append(this.place(make("th", { scope: "col" }, name), -1, left + index));
    });
    return make("thead", {}, row);
  }

  body(columns, top, left, bottom) {
    const body = make("tbody");
    for (let index = top; index < bottom; index += 1) {
      const who = this.rows[index];
      const on = heldOn(who);
      const row = make("tr");
      row.setAttribute("aria-rowindex", index + 2);
      const name = reviewData.who[who][NAME];
      row.append(this.place(make("th", { scope: "row", title: name }, name), index, -1));
      columns.forEach((resource, at) => {
        const held = on.get(resource);
        const cell = make("td");
        if (held) fillCell(cell, who, held);
        row.append(this.place(cell, index, left + at));
      });
      body.append(row);
    }
    return body;
  }

  place(cell, row, column) {
    cell.dataset.at = `${row} ${column}`;
    cell.setAttribute("role", cell.scope === "col" ? "columnheader" : cell.scope === "row" ? "rowheader" : "gridcell");
    cell.setAttribute("aria-colindex", column + 2);
    cell.tabIndex = -1;
    return cell;
  }

  cell([row, column]) {
    return find(`[data-at="${row} ${column}"]`, this.table);
  }

  // Tab reaches one cell of the table: the one at the cursor, or the corner while that is not visible.
  mark(focus) {
    for (const cell of findAll("[tabindex='0']", this.table)) cell.tabIndex = -1;
    const cell = this.cell(this.at) ?? this.cell([-1, -1]);
    if (!cell) return;
    cell.tabIndex = 0;
    if (focus && document.activeElement !== cell) {
      this.silent = true; // when the cell is not visible, this is no move
      cell.focus({ preventScroll: true });
      this.silent = false;
    }
  }

  go(row, column) {
    this.at = [Math.min(Math.max(row, -1), this.rows.length - 1), Math.min(Math.max(column, -1), this.columns.length - 1)];
    this.reveal();
    this.draw();
    this.mark(true);
    this.describe();
  }

  // Scroll until the headings do not cover the cell at the cursor.
  reveal() {
    const box = this.scroller;
    const [row, column] = this.at;
    if (row >= 0) {
      const top = row * this.row;
      box.scrollTop = Math.max(Math.min(box.scrollTop, top), top + this.head + this.row - box.clientHeight);
    } else box.scrollTop = 0;
    if (column >= 0) {
      const left = column * this.column;
      box.scrollLeft = Math.max(Math.min(box.scrollLeft, left), left + this.side + this.column - box.clientWidth);
    } else box.scrollLeft = 0;
  }

  key(event) {
    if (event.altKey || event.metaKey) return;
    const [row, column] = this.at;
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - this.head) / this.row) - 1);
    const [bottom, right] = [this.rows.length - 1, this.columns.length - 1];
    const moves = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      PageUp: [Math.max(row - page, 0), column],
      PageDown: [row + page, column],
      Home: event.ctrlKey ? [0, 0] : [row, 0],
      End: event.ctrlKey ? [bottom, right] : [row, right],
    };
    if (event.key === "Enter" && row >= 0) location.hash = personLink(this.rows[row]);
    else if (event.key === "Enter" && column >= 0) location.hash = `#r${this.columns[column]}`;
    else if (!moves[event.key]) return;
    else this.go(...moves[event.key]);
    event.preventDefault();
  }

  click(event) {
    const cell = event.target.closest("[data-at]");
    if (cell) this.go(...cell.dataset.at.split(" ").map(Number));
  }

  focused(event) {
    const cell = event.target.closest("[data-at]");
    if (!cell || this.silent) return;
    this.at = cell.dataset.at.split(" ").map(Number);
    this.describe();
  }

  describe() {
    const [row, column] = this.at;
    const who = row < 0 ? undefined : this.rows[row];
    const on = column < 0 ? undefined : this.columns[column];
    const parts = [];
    if (who !== undefined) parts.push(make("a", { href: personLink(who) }, reviewData.who[who][NAME]));
    if (on !== undefined) {
      if (parts.length) parts.push(" on ");
      parts.push(make("a", { href: `#r${on}` }, reviewData.res[on][NAME]));
    }
    if (who !== undefined && on !== undefined) {
      const held = heldOn(who).get(on);
      parts.push(": ", ...(held ? [...levelsOf(held), ` – ${wayText(who, held)}`] : ["nothing"]));
    }
    this.description.replaceChildren(...parts);
  }
}

// Return the levels in a cell, the most important first; of many, the first one and a number. Inherited and privileged
// levels have a sign. Screen readers get words and all levels.
const LONGEST = 16;

function fillCell(cell, who, held) {
  const ways = holding(who);
  const inherited = held.every((at) => !isDirect(ways.get(at)));
  const mighty = held.some((at) => reviewData.ent[at][PRIVILEGED]);
  const sorted = [...held].sort((left, right) => !reviewData.ent[left][PRIVILEGED] - !reviewData.ent[right][PRIVILEGED]);
  const text = sorted.map((at) => reviewData.ent[at][LEVEL]).join(", ");
  const short = held.length > 1 && text.length > LONGEST ? `${reviewData.ent[sorted[0]][LEVEL]} +${held.length - 1}` : text;
  const signs = `${mighty ? "◆" : ""}${inherited ? "↳" : ""}`;
  const words = [mighty ? "privileged" : "", inherited ? "through groups" : ""].filter(Boolean).join(", ");
  cell.className = `held${inherited ? " inherited" : ""}${mighty ? " mighty" : ""}`;
  cell.title = text;
  const seen = make("span", { ariaHidden: "true" }, signs ? `${signs} ${short}` : short);
  cell.append(seen, spoken(words ? `${text} (${words})` : text));
}
