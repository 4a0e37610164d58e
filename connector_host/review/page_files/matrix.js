// Principals down, resources across. Only what can be seen is in the table, whatever its size; its place in the whole
// is said to screen readers. Arrow keys, Home, End, Page Up and Page Down move in it.
const OVERSCAN = 4;

class Matrix {
  constructor(scroller, told) {
    this.scroller = scroller;
    this.told = told; // where the cell at the cursor is told in full
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
    this.told.textContent = "";
    this.measure();
  }

  // Sizes come from the style sheet, and with it from the size of letters that somebody chose.
  measure() {
    const style = getComputedStyle(this.scroller);
    const size = parseFloat(style.fontSize);
    for (const name of ["row", "head", "column", "side"]) {
      this[name] = Math.round(parseFloat(style.getPropertyValue(`--${name}`)) * size);
      this.table.style.setProperty(`--${name}-px`, `${this[name]}px`); // whole pixels, so that a sum of them is one
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
    if (!this.scroller.clientHeight) return; // not to be seen now
    const [top, left, bottom, right] = this.window;
    const shown = `${top} ${left} ${bottom} ${right}`;
    if (shown === this.shown) return;
    const focused = this.table.contains(document.activeElement);
    this.shown = shown;
    this.table.style.left = `${left * this.column}px`; // no transform: heads that stick do not see one
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
      const name = make("span", { className: "clamp", title: book.res[on][NAME] }, book.res[on][NAME]);
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
      const name = book.who[who][NAME];
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
    return one(`[data-at="${row} ${column}"]`, this.table);
  }

  // One cell of the table can be reached with Tab: the one at the cursor, or the corner while that is out of sight.
  mark(focus) {
    for (const cell of all("[tabindex='0']", this.table)) cell.tabIndex = -1;
    const cell = this.cell(this.at) ?? this.cell([-1, -1]);
    if (!cell) return;
    cell.tabIndex = 0;
    if (focus && document.activeElement !== cell) {
      this.silent = true; // where the cell itself is out of sight, this is no move
      cell.focus({ preventScroll: true });
      this.silent = false;
    }
  }

  go(row, column) {
    this.at = [Math.min(Math.max(row, -1), this.rows.length - 1), Math.min(Math.max(column, -1), this.columns.length - 1)];
    this.reveal();
    this.draw();
    this.mark(true);
    this.tell();
  }

  // Scroll so far that the cell at the cursor stands clear of the heads.
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
    this.tell();
  }

  tell() {
    const [row, column] = this.at;
    const who = row < 0 ? undefined : this.rows[row];
    const on = column < 0 ? undefined : this.columns[column];
    const parts = [];
    if (who !== undefined) parts.push(make("a", { href: personLink(who) }, book.who[who][NAME]));
    if (on !== undefined) {
      if (parts.length) parts.push(" on ");
      parts.push(make("a", { href: `#r${on}` }, book.res[on][NAME]));
    }
    if (who !== undefined && on !== undefined) {
      const held = heldOn(who).get(on);
      parts.push(": ", ...(held ? [...levelsOf(held), ` – ${wayText(who, held)}`] : ["nothing"]));
    }
    this.told.replaceChildren(...parts);
  }
}

// The levels in a cell, what matters most first; of many the first one and a number. What is held through groups alone,
// and what is privileged, has a sign. Screen readers get words and all levels.
const LONGEST = 16;

function fillCell(cell, who, held) {
  const ways = holding(who);
  const inherited = held.every((at) => !isDirect(ways.get(at)));
  const mighty = held.some((at) => book.ent[at][PRIVILEGED]);
  const sorted = [...held].sort((left, right) => !book.ent[left][PRIVILEGED] - !book.ent[right][PRIVILEGED]);
  const text = sorted.map((at) => book.ent[at][LEVEL]).join(", ");
  const short = held.length > 1 && text.length > LONGEST ? `${book.ent[sorted[0]][LEVEL]} +${held.length - 1}` : text;
  const signs = `${mighty ? "◆" : ""}${inherited ? "↳" : ""}`;
  const words = [mighty ? "privileged" : "", inherited ? "through groups" : ""].filter(Boolean).join(", ");
  cell.className = `held${inherited ? " inherited" : ""}${mighty ? " mighty" : ""}`;
  cell.title = text;
  const seen = make("span", { ariaHidden: "true" }, signs ? `${signs} ${short}` : short);
  cell.append(seen, spoken(words ? `${text} (${words})` : text));
}
