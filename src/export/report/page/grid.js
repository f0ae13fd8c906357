// A table or tree of any number of rows, of which only those in view are elements.

const ROW_HEIGHT = 24;
/** Browsers cannot lay out much more than this; beyond, scrolling moves faster than rows do. */
const MAX_HEIGHT = 12_000_000;
/** Steps of indentation; deeper rows say their level instead. */
const MAX_INDENT = 16;

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} title
 * @property {string} width of CSS grid
 * @property {string} [hint]
 * @property {boolean} [numeric]
 * @property {boolean} [sortable]
 *
 * @typedef {object} Rows what a grid shows
 * @property {number} length
 * @property {(row: number, cells: HTMLElement[], element: HTMLElement) => void} fill
 * @property {(row: number) => number} [level] 0 for the outermost
 * @property {(row: number) => boolean | null} [expanded] `null` where there is nothing below
 * @property {(row: number) => void} [toggle]
 * @property {(row: number) => void} [toggleAll] with all that is below
 * @property {(row: number) => number} [parent] -1 for the outermost
 */

let grids = 0;

class Grid {
    /**
     * @param {object} options
     * @param {string} options.label
     * @param {Column[]} options.columns
     * @param {boolean} [options.isTree]
     * @param {(row: number) => void} options.onactive a row was chosen
     * @param {(row: number) => void} [options.onopen] Enter, or a double click
     * @param {(column: string) => void} [options.onsort]
     */
    constructor(options) {
        this.options = options;
        this.id = `grid-${grids++}`;
        /** @type {Rows} */
        this.rows = { length: 0, fill() {} };
        this.active = -1;
        /** @type {number | undefined} */
        this.scheduled = undefined;
        this.element = attributes(el("div", "grid"), {
            role: options.isTree ? "treegrid" : "grid",
            tabindex: 0,
            "aria-label": options.label,
            "aria-colcount": options.columns.length,
        });
        this.head = attributes(el("div", "row head"), { role: "row", "aria-rowindex": 1 });
        this.space = attributes(el("div", "space"), { role: "rowgroup" });
        this.empty = el("p", "empty", "Nothing to show here.");
        this.element.append(this.head, this.space, this.empty);
        /**
         * Row elements, by row modulo their number.
         * @type {{element: HTMLElement, cells: HTMLElement[], row: number}[]}
         */
        this.pool = [];
        /** @type {Column[]} */
        this.columns = [];
        this.setColumns(options.columns);
        this.element.addEventListener("scroll", () => this.later(), { passive: true });
        this.element.addEventListener("keydown", (event) => this.key(event));
        this.space.addEventListener("mousedown", (event) => this.press(event));
        this.space.addEventListener("dblclick", () => options.onopen?.(this.active));
        new ResizeObserver(() => this.refresh()).observe(this.element);
    }

    /** @param {Column[]} columns */
    setColumns(columns) {
        this.columns = columns;
        this.element.style.setProperty("--columns", columns.map((column) => column.width).join(" "));
        const least = columns.map((column) => /minmax\(([^,]+),/.exec(column.width)?.[1] ?? column.width);
        this.element.style.setProperty("--least", `calc(${least.join(" + ")})`);
        this.element.setAttribute("aria-colcount", String(columns.length));
        this.head.replaceChildren(...columns.map((column) => this.headCell(column)));
        this.pool = [];
        this.space.replaceChildren();
    }

    /** @param {Column} column */
    headCell(column) {
        const cell = attributes(el("div", column.numeric ? "cell numeric" : "cell"), { role: "columnheader" });
        cell.dataset.column = column.id;
        if (column.hint) cell.title = column.hint;
        if (column.sortable)
            cell.append(button(column.title, () => this.options.onsort?.(column.id), { className: "sort" }));
        else cell.append(column.title);
        return cell;
    }

    /** Says by which column rows are ordered. @param {string} id @param {boolean} ascending */
    showOrder(id, ascending) {
        for (const cell of /** @type {NodeListOf<HTMLElement>} */ (this.head.querySelectorAll("[data-column]"))) {
            const isIt = cell.dataset.column === id;
            if (isIt) cell.setAttribute("aria-sort", ascending ? "ascending" : "descending");
            else cell.removeAttribute("aria-sort");
        }
    }

    /** Shows other rows. @param {Rows} rows @param {number} [active] */
    show(rows, active = -1) {
        this.rows = rows;
        this.active = Math.min(active, rows.length - 1);
        this.element.setAttribute("aria-rowcount", String(rows.length + 1));
        this.empty.hidden = rows.length > 0;
        this.space.style.height = `${Math.min(rows.length * ROW_HEIGHT, MAX_HEIGHT)}px`;
        this.refresh();
    }

    /** Draws all rows in view anew. */
    refresh() {
        for (const slot of this.pool) slot.row = -1;
        this.draw();
    }

    later() {
        this.scheduled ??= requestAnimationFrame(() => {
            this.scheduled = undefined;
            this.draw();
        });
    }

    /** Height of the part of the element that shows rows. */
    get viewHeight() {
        return Math.max(0, this.element.clientHeight - this.head.offsetHeight);
    }

    /** Pixels of rows for a pixel of scrolling. */
    get ratio() {
        const rows = this.rows.length * ROW_HEIGHT,
            view = this.viewHeight;
        return rows <= MAX_HEIGHT ? 1 : (rows - view) / (MAX_HEIGHT - view);
    }

    draw() {
        const view = this.viewHeight;
        if (!view) return;
        const wanted = Math.ceil(view / ROW_HEIGHT) + 2;
        if (this.pool.length < wanted) this.grow(wanted);
        const scrolled = this.element.scrollTop,
            top = scrolled * this.ratio;
        const first = Math.floor(top / ROW_HEIGHT);
        for (let row = first; row < first + this.pool.length; row++) {
            const slot = this.pool[row % this.pool.length];
            slot.element.hidden = row >= this.rows.length;
            if (slot.element.hidden) {
                slot.row = -1;
                continue;
            }
            slot.element.style.top = `${scrolled + row * ROW_HEIGHT - top}px`;
            if (slot.row !== row) this.fill(slot, row);
        }
        if (this.active >= first && this.active < first + this.pool.length) {
            this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
        } else {
            this.element.removeAttribute("aria-activedescendant");
        }
    }

    /** @param {number} wanted */
    grow(wanted) {
        while (this.pool.length < wanted) {
            const element = attributes(el("div", "row"), { role: "row" });
            const cells = this.columns.map((column) =>
                attributes(el("div", column.numeric ? "cell numeric" : "cell"), { role: "gridcell" }),
            );
            element.append(...cells);
            this.space.append(element);
            this.pool.push({ element, cells, row: -1 });
        }
        for (const slot of this.pool) slot.row = -1;
    }

    /** @param {{element: HTMLElement, cells: HTMLElement[], row: number}} slot @param {number} row */
    fill(slot, row) {
        const { element, cells } = slot;
        slot.row = row;
        element.id = `${this.id}-${row}`;
        element.className = row === this.active ? "row active" : "row";
        attributes(element, { "aria-rowindex": row + 2, "aria-selected": row === this.active });
        for (const cell of cells) cell.replaceChildren();
        this.rows.fill(row, cells, element);
        if (this.options.isTree) this.indent(element, cells[0], row);
    }

    /**
     * @param {HTMLElement} element
     * @param {HTMLElement} cell
     * @param {number} row
     */
    indent(element, cell, row) {
        const level = this.rows.level?.(row) ?? 0,
            expanded = this.rows.expanded?.(row) ?? null;
        element.setAttribute("aria-level", String(level + 1));
        // However narrow the column, there is room for a name.
        cell.style.paddingLeft = `min(${8 + Math.min(level, MAX_INDENT) * 14}px, 45%)`;
        if (level > MAX_INDENT)
            cell.prepend(attributes(el("span", "muted depth", `${level}`), { title: `${level} levels deep` }));
        cell.prepend(el("span", expanded === null ? "twisty none" : "twisty", expanded ? "▾" : "▸"));
        if (expanded === null) element.removeAttribute("aria-expanded");
        else element.setAttribute("aria-expanded", String(expanded));
    }

    /** Chooses a row and brings it into view. @param {number} row @param {boolean} [tell] */
    activate(row, tell = true) {
        if (!this.rows.length) return;
        const before = this.active;
        this.active = Math.max(0, Math.min(row, this.rows.length - 1));
        for (const slot of this.pool) if (slot.row === before || slot.row === this.active) slot.row = -1;
        this.reveal(this.active);
        this.draw();
        if (tell) this.options.onactive(this.active);
    }

    /** @param {number} row */
    reveal(row) {
        const { ratio, viewHeight } = this,
            top = row * ROW_HEIGHT,
            scrolled = this.element.scrollTop * ratio;
        if (top < scrolled) this.element.scrollTop = top / ratio;
        else if (top + ROW_HEIGHT > scrolled + viewHeight)
            this.element.scrollTop = (top + ROW_HEIGHT - viewHeight) / ratio;
    }

    /** Brings a row to the middle. @param {number} row */
    centre(row) {
        this.element.scrollTop = (row * ROW_HEIGHT - this.viewHeight / 2) / this.ratio;
        this.draw();
    }

    /** @param {MouseEvent} event */
    press(event) {
        const target = /** @type {Element} */ (event.target);
        const slot = this.pool.find((slot) => slot.element.contains(target));
        if (!slot || slot.row < 0 || event.button !== 0) return;
        const { row } = slot;
        if (target.classList.contains("twisty")) this.rows.toggle?.(row);
        this.activate(row);
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey || !this.rows.length)
            return;
        const page = Math.max(1, Math.floor(this.viewHeight / ROW_HEIGHT) - 1),
            row = this.active;
        const { rows } = this,
            expanded = row < 0 ? null : (rows.expanded?.(row) ?? null);
        const moves = /** @type {Record<string, () => void>} */ ({
            ArrowDown: () => this.activate(row + 1),
            ArrowUp: () => this.activate(row - 1),
            PageDown: () => this.activate(row + page),
            PageUp: () => this.activate(row - page),
            Home: () => this.activate(0),
            End: () => this.activate(rows.length - 1),
            ArrowRight: () => (expanded === false ? rows.toggle?.(row) : expanded && this.activate(row + 1)),
            ArrowLeft: () =>
                expanded
                    ? rows.toggle?.(row)
                    : (rows.parent?.(row) ?? -1) >= 0 && this.activate(rows.parent?.(row) ?? 0),
            " ": () => expanded !== null && rows.toggle?.(row),
            "*": () => expanded !== null && rows.toggleAll?.(row),
            Enter: () => row >= 0 && this.options.onopen?.(row),
        });
        if (!Object.hasOwn(moves, event.key)) return;
        event.preventDefault();
        moves[event.key]();
    }
}
