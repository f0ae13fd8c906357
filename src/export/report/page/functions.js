// The table of functions.

/**
 * @typedef {object} FunctionFigure what a column of the table shows, and by what it is ordered
 * @property {(fn: Fn) => number | string} key
 * @property {(fn: Fn) => Node | string} cell
 *
 * @typedef {Column & FunctionFigure} FunctionColumn
 */

/** @implements {View} */
class FunctionsView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "functions";
        this.title = "Functions";
        this.order = "self";
        this.ascending = false;
        /** @type {Fn[]} */
        this.shownFunctions = [];
        this.columns = this.makeColumns();
        this.grid = new Grid({
            label: "Functions",
            columns: this.columns,
            onactive: (row) => app.select({ kind: "function", fn: this.shownFunctions[row] }),
            onopen: () => app.focusDetails(),
            onsort: (column) => this.sort(column),
        });
        this.element = el("div", "view", this.grid.element);
    }

    /** @returns {FunctionColumn[]} */
    makeColumns() {
        const { totals, countsMemory } = this.app.trace;
        /**
         * @param {string} id
         * @param {string} title
         * @param {(fn: Fn) => number} key
         * @param {(n: number) => string} show
         * @param {string} [hint]
         * @returns {FunctionColumn}
         */
        const number = (id, title, key, show, hint) => ({
            id,
            title,
            hint,
            width: "5.2rem",
            numeric: true,
            sortable: true,
            key,
            cell: (fn) => show(key(fn)),
        });
        const columns = [
            {
                id: "function",
                title: "Function",
                width: "minmax(14rem, 1fr)",
                sortable: true,
                key: (/** @type {Fn} */ fn) => `${fn.name} ${fn.module}`,
                cell: () => "",
            },
            number("calls", "Calls", (fn) => fn.calls, count),
            {
                ...number(
                    "share",
                    "Share",
                    (fn) => fn.self / (totals.busy || NaN),
                    percent,
                    "Self time as a part of all busy time",
                ),
                width: "8rem",
                numeric: false,
                cell: (/** @type {Fn} */ fn) => shareBar(fn.self / (totals.busy || NaN)),
            },
            number("self", "Self", (fn) => this.timed(fn.self), time, "Time in the function alone"),
            number("total", "Total", (fn) => this.timed(fn.total), time, "With what it called; recursion counts once"),
            number(
                "p50",
                "p50",
                (fn) => fn.wall.p50,
                time,
                "Half of the calls took no longer, first enter to last exit",
            ),
            number("p95", "p95", (fn) => fn.wall.p95, time, "Nineteen calls in twenty took no longer"),
            number("max", "Max", (fn) => fn.wall.max, time, "The longest call"),
            {
                ...number(
                    "failed",
                    "Failed",
                    (fn) => fn.errors + fn.panics,
                    (n) => (n ? `✗ ${count(n)}` : ""),
                    "Calls that returned an error or panicked",
                ),
                width: "4.4rem",
            },
        ];
        if (countsMemory) {
            columns.push(number("bytes", "Self bytes", (fn) => fn.selfAllocated, bytes, "Bytes allocated in it alone"));
            columns.push(number("allocations", "Allocs", (fn) => fn.selfAllocations, count, "Allocations in it alone"));
        }
        return columns.filter((column) => column.id !== "failed" || totals.errors + totals.panics > 0);
    }

    /** @param {number} ns */
    timed(ns) {
        return this.app.trace.data.timed ? ns : NaN;
    }

    /** @param {string} column */
    sort(column) {
        this.ascending = column === this.order ? !this.ascending : column === "function";
        this.order = column;
        this.refresh();
        this.grid.element.scrollTop = 0;
    }

    refresh() {
        const active = this.shownFunctions[this.grid.active];
        const key = /** @type {FunctionColumn} */ (this.columns.find((column) => column.id === this.order)).key;
        const sign = this.ascending ? 1 : -1;
        this.shownFunctions = this.app.trace.functions
            .filter((fn) => this.app.modules.shows(fn))
            .sort((a, b) => {
                const [x, y] = [key(a), key(b)];
                // What is not known stands last in either order.
                if (Number.isNaN(x) || Number.isNaN(y))
                    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a.id - b.id;
                return (x < y ? -sign : x > y ? sign : 0) || a.id - b.id;
            });
        this.grid.showOrder(this.order, this.ascending);
        this.grid.show(
            {
                length: this.shownFunctions.length,
                fill: (row, cells, element) => this.fill(this.shownFunctions[row], cells, element),
            },
            this.shownFunctions.indexOf(active),
        );
    }

    /**
     * @param {Fn} fn
     * @param {HTMLElement[]} cells
     * @param {HTMLElement} element
     */
    fill(fn, cells, element) {
        const { modules, query } = this.app;
        element.classList.add(modules.colour(fn));
        element.classList.toggle("hit", query.meansFunction(fn));
        element.classList.toggle("failed", fn.errors + fn.panics > 0);
        this.columns.forEach((column, at) => cells[at].append(column.cell(fn)));
        cells[0].prepend(el("i", "swatch"), ...functionLabel(fn, query));
    }

    foundRows() {
        return this.shownFunctions.flatMap((fn, row) => (this.app.query.meansFunction(fn) ? [row] : []));
    }

    matches() {
        return this.foundRows().length;
    }

    /** @param {1 | -1} step */
    go(step) {
        const found = this.foundRows(),
            at = nextOf(Int32Array.from(found), this.grid.active, step);
        if (at >= 0) this.grid.activate(found[at]);
        return at + 1;
    }

    /** @param {number} i */
    reveal(i) {
        this.revealFunction(this.app.trace.functions[this.app.trace.fn[i]]);
    }

    /** @param {Fn | undefined} fn */
    revealFunction(fn) {
        const row = this.shownFunctions.indexOf(/** @type {Fn} */ (fn));
        if (row >= 0) this.grid.activate(row);
    }

    focus() {
        this.grid.element.focus({ preventScroll: true });
    }
}
