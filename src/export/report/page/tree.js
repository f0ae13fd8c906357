// The tree: every call, calls added up by path, or functions with their callers from the bottom up.

/**
 * @typedef {object} View what the page can show of a trace
 * @property {string} id
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => void} refresh draws anew after filter, query or theme changed, or when it comes to the front
 * @property {() => number} matches how many of what it shows are meant by the query
 * @property {(step: 1 | -1) => number} go chooses the next or previous of them; gives its place, from 1, or 0
 * @property {(i: number) => void} reveal shows a call
 * @property {() => void} focus
 */

/** As many rows are opened at first, where most of the time went. */
const OPEN_AT_FIRST = 40;

/** @implements {View} */
class TreeView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "tree";
        this.title = "Tree";
        this.mode = "calls";
        this.expanded = new Uint8Array(app.trace.n);
        /** Nodes in rows, and their levels. */
        this.nodes = new Int32Array(0);
        this.levels = new Int32Array(0);
        /** @type {Summed[]} */
        this.roots = [];
        /** @type {Summed[]} */
        this.sums = [];
        this.grid = new Grid({
            label: "Calls",
            columns: this.callColumns(),
            isTree: true,
            onactive: (row) => this.chosen(row),
            onopen: () => app.focusDetails(),
        });
        const modes = segmented(
            "Tree of",
            [
                ["calls", "Calls"],
                ["path", "By path"],
                ["bottom-up", "Bottom-up"],
            ],
            this.mode,
            (mode) => this.setMode(mode),
        );
        this.events = tick("Events", true, (checked) => {
            app.modules.showEvents = checked;
            app.filterChanged();
        });
        this.note = el("span", "muted note");
        const bar = el(
            "div",
            "bar",
            modes,
            button("Open all", () => this.openAll(true)),
            button("Close all", () => this.openAll(false)),
            this.events,
            this.note,
        );
        this.element = el("div", "view", bar, this.grid.element);
        this.stale = true;
        /** @type {{shown: Uint8Array, has: Uint8Array} | undefined} */
        this.below = undefined;
        this.openHottest();
    }

    callColumns() {
        const columns = [
            { id: "call", title: "Call", width: "minmax(20rem, 1fr)" },
            {
                id: "when",
                title: "When",
                width: "minmax(6rem, 14rem)",
                hint: "When it was running: solid while busy, hatched while it waited",
            },
            { id: "wall", title: "Wall", width: "5.6rem", numeric: true, hint: "From first enter to last exit" },
            {
                id: "busy",
                title: "Busy",
                width: "5.6rem",
                numeric: true,
                hint: "While it was entered, calls below included",
            },
            { id: "self", title: "Self", width: "5.6rem", numeric: true, hint: "Busy, less what the calls below were" },
            {
                id: "allocated",
                title: "Allocated",
                width: "6rem",
                numeric: true,
                hint: "Bytes, with the calls below on the same thread",
            },
            { id: "thread", title: "Thread", width: "7rem" },
        ];
        // What would say the same in every row leaves its room to the arguments.
        const { trace } = this.app,
            needless = new Set();
        if (!trace.waits) needless.add("busy");
        if (!trace.countsMemory) needless.add("allocated");
        if (trace.data.threads.length < 2) needless.add("thread");
        return columns.filter((column) => !needless.has(column.id));
    }

    /** @returns {Column[]} */
    sumColumns() {
        const columns = [
            {
                id: "call",
                title: this.mode === "path" ? "Calls by path" : "Function, and who called it",
                width: "minmax(20rem, 1fr)",
            },
            { id: "calls", title: "Calls", width: "5rem", numeric: true },
            { id: "share", title: this.mode === "path" ? "Share of busy" : "Share of self", width: "9rem" },
            {
                id: "busy",
                title: "Busy",
                width: "5.6rem",
                numeric: true,
                hint: "While they were entered, calls below included",
            },
            {
                id: "self",
                title: "Self",
                width: "5.6rem",
                numeric: true,
                hint:
                    this.mode === "path"
                        ? "Less what the calls below were"
                        : "Self time of the function above that came this way",
            },
            {
                id: "max",
                title: "Longest",
                width: "5.6rem",
                numeric: true,
                hint: "Wall time of the longest of these calls",
            },
            { id: "failed", title: "Failed", width: "4.4rem", numeric: true },
        ];
        if (this.app.trace.countsMemory)
            columns.push({ id: "allocated", title: "Allocated", width: "6rem", numeric: true });
        return columns;
    }

    /** @param {string} mode */
    setMode(mode) {
        this.mode = mode;
        this.events.hidden = mode !== "calls";
        this.grid.setColumns(mode === "calls" ? this.callColumns() : this.sumColumns());
        this.grid.element.setAttribute(
            "aria-label",
            { calls: "Calls", path: "Calls by path" }[mode] ?? "Functions, bottom-up",
        );
        this.stale = true;
        this.refresh();
        this.app.searched();
    }

    /** The filter has changed: what was made of it is no longer right. */
    filterChanged() {
        this.stale = true;
    }

    refresh() {
        if (this.stale) {
            this.stale = false;
            if (this.mode !== "calls") {
                this.roots = (this.mode === "path" ? byPath : bottomUp)(this.app.trace, this.app.shown);
                if (this.mode === "path") this.openHottestPath();
            }
        }
        this.layout();
    }

    /** Collects the rows anew, and keeps the chosen one. */
    layout() {
        if (this.mode !== "calls") {
            const active = this.sums[this.grid.active];
            this.sums = openRows(this.roots);
            this.grid.show(this.sumRows(), active ? this.sums.indexOf(active) : -1);
            this.note.textContent =
                this.mode === "path" ? "calls of the same path are one row" : "below a function: who called it";
            return;
        }
        const active = this.nodes[this.grid.active] ?? -1;
        this.collectCalls();
        this.grid.show(this.callRows(), active < 0 ? -1 : this.nodes.indexOf(active));
        this.note.textContent = `${count(this.nodes.length)} of ${counted(this.app.trace.n, "row")}`;
    }

    collectCalls() {
        const { trace, shown } = this.app,
            { end } = trace.data;
        const nodes = new Int32Array(trace.n),
            levels = new Int32Array(trace.n);
        /** @type {number[]} */
        const ends = [];
        let rows = 0;
        for (let i = 0; i < trace.n;) {
            while (ends.length && ends[ends.length - 1] <= i) ends.pop();
            // What is hidden is no row; what is below it is, one level further out.
            if (!shown[i]) {
                i++;
                continue;
            }
            nodes[rows] = i;
            levels[rows++] = ends.length;
            if (this.expanded[i]) ends.push(end[i]);
            i = this.expanded[i] ? i + 1 : end[i];
        }
        this.nodes = nodes.subarray(0, rows);
        this.levels = levels.subarray(0, rows);
    }

    /** By node, whether anything below it is shown. */
    belowShown() {
        const { trace, shown } = this.app,
            { parent } = trace.data;
        if (this.below?.shown === shown) return this.below.has;
        const has = new Uint8Array(trace.n);
        for (let i = trace.n - 1; i >= 0; i--) if (parent[i] >= 0 && (shown[i] || has[i])) has[parent[i]] = 1;
        this.below = { shown, has };
        return has;
    }

    /** @returns {Rows} */
    callRows() {
        const { app, nodes, levels, expanded } = this,
            { trace } = app,
            hasBelow = this.belowShown();
        return {
            length: nodes.length,
            level: (row) => levels[row],
            expanded: (row) => (hasBelow[nodes[row]] ? expanded[nodes[row]] === 1 : null),
            parent: (row) => this.rowAbove(row),
            toggle: (row) => {
                expanded[nodes[row]] ^= 1;
                this.layout();
            },
            toggleAll: (row) => {
                const i = nodes[row];
                expanded.fill(expanded[i] ? 0 : 1, i, trace.data.end[i]);
                this.layout();
            },
            fill: (row, cells, element) => this.fillCall(nodes[row], cells, element),
        };
    }

    /** @param {number} row */
    rowAbove(row) {
        const level = this.levels[row];
        for (let above = row - 1; above >= 0; above--) if (this.levels[above] < level) return above;
        return -1;
    }

    /**
     * @param {number} i
     * @param {HTMLElement[]} cells
     * @param {HTMLElement} element
     */
    fillCall(i, cells, element) {
        const { trace, modules, query, found } = this.app,
            { data } = trace;
        element.classList.add(modules.colour(trace.callsite(i)));
        element.classList.toggle("event", trace.isEvent(i));
        element.classList.toggle("failed", trace.failed(i));
        element.classList.toggle("hit", found[i] === 1);
        const isEvent = trace.isEvent(i),
            memory = trace.memory(i);
        const content = /** @type {Record<string, (Node | string)[]>} */ ({
            call: [el("i", "swatch"), ...nodeLabel(trace, i, query)],
            when: [this.when(i)],
            wall: [isEvent ? "" : time(data.wall[i])],
            busy: [isEvent ? "" : time(data.timed ? data.busy[i] : NaN)],
            self: [isEvent ? "" : time(data.self[i])],
            allocated: [memory ? bytes(memory.allocated) : ""],
            thread: [el("bdi", "", oneLine(data.threads[data.thread[i]]))],
        });
        this.grid.columns.forEach((column, at) => cells[at].append(...content[column.id]));
    }

    /** Its place in the time of the whole trace. @param {number} i */
    when(i) {
        const { trace } = this.app,
            { from, to } = trace,
            all = to - from;
        const track = el("div", "when");
        if (!trace.data.timed) return track;
        /**
         * @param {string} className
         * @param {number} start
         * @param {number} end
         */
        const bar = (className, start, end) => {
            const part = el("i", className);
            // The last moments are to be seen too.
            part.style.left = `min(${(100 * (start - from)) / all}%, 100% - 2px)`;
            part.style.width = `${(100 * (end - start)) / all}%`;
            track.append(part);
        };
        if (trace.isEvent(i)) {
            bar("moment", trace.data.start[i], trace.data.start[i]);
            return track;
        }
        const stays = trace.stays(i);
        if (stays.length !== 1) bar("idle", trace.data.start[i], trace.endTime(i));
        // A cell is too narrow for more.
        stays.slice(0, 60).forEach((stay) => bar("busy", stay.start, stay.end));
        return track;
    }

    /** @returns {Rows} */
    sumRows() {
        const { sums } = this;
        return {
            length: sums.length,
            level: (row) => sums[row].level,
            expanded: (row) => (sums[row].hasChildren ? sums[row].open : null),
            parent: (row) => sums.lastIndexOf(/** @type {Summed} */ (sums[row].parent), row),
            toggle: (row) => {
                sums[row].open = !sums[row].open;
                this.layout();
            },
            toggleAll: (row) => {
                const open = !sums[row].open;
                sums[row].open = open;
                for (const sum of everySummed(sums[row].children())) sum.open = open;
                this.layout();
            },
            fill: (row, cells, element) => this.fillSum(sums[row], cells, element),
        };
    }

    /**
     * @param {Summed} sum
     * @param {HTMLElement[]} cells
     * @param {HTMLElement} element
     */
    fillSum(sum, cells, element) {
        const { trace, modules, query } = this.app;
        element.classList.add(modules.colour(sum.fn));
        element.classList.toggle("hit", query.meansFunction(sum.fn));
        element.classList.toggle("failed", sum.failed > 0);
        cells[0].append(el("i", "swatch"), ...functionLabel(sum.fn, query));
        cells[1].append(count(sum.calls));
        cells[2].append(shareBar((this.mode === "path" ? sum.busy : sum.self) / (trace.totals.busy || NaN)));
        cells[3].append(time(trace.data.timed ? sum.busy : NaN));
        cells[4].append(time(sum.self));
        cells[5].append(time(sum.max));
        cells[6].append(sum.failed ? `✗ ${count(sum.failed)}` : "");
        if (trace.countsMemory) cells[7].append(bytes(sum.allocated));
    }

    /** @param {number} row */
    chosen(row) {
        if (this.mode === "calls") this.app.select({ kind: "call", i: this.nodes[row] });
        else this.app.select({ kind: "function", fn: this.sums[row].fn, via: this.sums[row] });
    }

    /** Opens what took most time until a screen is filled. */
    openHottest() {
        const { trace } = this.app,
            { end, busy } = trace.data;
        /** @type {number[]} */
        const closed = [];
        let rows = 0;
        /** @param {number} i */
        const add = (i) => {
            for (const child of trace.children(i)) {
                rows++;
                if (!trace.isEvent(child) && end[child] > child + 1) closed.push(child);
                if (rows > 10 * OPEN_AT_FIRST) return;
            }
        };
        add(-1);
        while (rows < OPEN_AT_FIRST && closed.length) {
            const hottest = closed.reduce((best, i, at) => (busy[i] > busy[closed[best]] ? at : best), 0);
            const [i] = closed.splice(hottest, 1);
            this.expanded[i] = 1;
            add(i);
        }
    }

    openHottestPath() {
        let rows = this.roots.length;
        const closed = this.roots.filter((sum) => sum.hasChildren);
        while (rows < OPEN_AT_FIRST && closed.length) {
            closed.sort((a, b) => a.busy - b.busy);
            const sum = /** @type {Summed} */ (closed.pop());
            sum.open = true;
            rows += sum.children().length;
            closed.push(...sum.children().filter((child) => child.hasChildren));
        }
    }

    /** @param {boolean} open */
    openAll(open) {
        if (this.mode === "calls") this.expanded.fill(open ? 1 : 0);
        // From the bottom up there is no end of callers: the functions alone are opened.
        else for (const sum of this.mode === "path" ? everySummed(this.roots) : this.roots) sum.open = open;
        this.layout();
    }

    /** @returns {Summed[]} */
    summedMatches() {
        const all = this.mode === "path" ? everySummed(this.roots) : this.roots;
        return [...all].filter((sum) => this.app.query.meansFunction(sum.fn));
    }

    matches() {
        if (this.mode !== "calls") return this.app.query.isEmpty ? 0 : this.summedMatches().length;
        return this.app.foundNodes().length;
    }

    /** @param {1 | -1} step */
    go(step) {
        if (this.mode === "calls") {
            const found = this.app.foundNodes();
            const at = nextOf(found, this.nodes[this.grid.active] ?? -1, step);
            if (at >= 0) this.reveal(found[at]);
            return at + 1;
        }
        const found = this.summedMatches();
        if (!found.length) return 0;
        const now = found.indexOf(this.sums[this.grid.active]);
        const at = (now < 0 ? (step > 0 ? 0 : found.length - 1) : now + step + found.length) % found.length;
        for (let sum = found[at].parent; sum; sum = sum.parent) sum.open = true;
        this.layout();
        this.grid.activate(this.sums.indexOf(found[at]));
        return at + 1;
    }

    /** @param {number} i */
    reveal(i) {
        if (this.mode !== "calls") {
            const input = /** @type {HTMLInputElement} */ (this.element.querySelector("input[value=calls]"));
            input.checked = true;
            this.setMode("calls");
        }
        for (const above of this.app.trace.ancestors(i)) this.expanded[above] = 1;
        this.layout();
        const row = this.nodes.indexOf(i);
        if (row < 0) return;
        const { grid } = this,
            top = row * ROW_HEIGHT;
        const isInView = top >= grid.element.scrollTop && top + ROW_HEIGHT <= grid.element.scrollTop + grid.viewHeight;
        grid.activate(row);
        if (!isInView) grid.centre(row);
    }

    focus() {
        this.grid.element.focus({ preventScroll: true });
    }
}

/**
 * The place in a rising list of the next number after (or the last before) another, around the ends.
 * @param {Int32Array} list
 * @param {number} from
 * @param {1 | -1} step
 */
function nextOf(list, from, step) {
    if (!list.length) return -1;
    let [low, high] = [0, list.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (step > 0 ? list[middle] <= from : list[middle] < from) low = middle + 1;
        else high = middle;
    }
    if (step > 0) return low % list.length;
    return (from < 0 ? list.length - 1 : low - 1 + list.length) % list.length;
}

/** A part of a whole as a bar and in words. @param {number} part */
function shareBar(part) {
    const bar = el("i", "fill");
    bar.style.width = `${Math.min(100, 100 * (part || 0))}%`;
    return el("div", "share", el("span", "track", bar), el("span", "numeric", percent(part)));
}
