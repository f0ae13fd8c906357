// What changed since an older trace: functions by cost, and the tree of both with what was added, removed, moved, renamed
// or changed. What that is, was found when the page was written; here it is put in an order to read.

/** By change: a sign that says it without colour, and its name. */
const SIGNS = ["", "~", "+", "−", "⇄", "≈"],
    CHANGES = ["same", "changed", "added", "removed", "moved", "renamed"];

/** Kinds of parts of a call. */
const PARTS = Object.freeze({ FUNCTION: 0, ARGUMENT: 1, MESSAGE: 2, RETURNED: 3, ERROR: 4, MARKS: 5 });
/** Places of costs among the directions. */
const COSTS = Object.freeze({ CALLS: 0, WALL: 1, SELF: 2, BYTES: 3 });

/** What `trace diff` found; only asked for where there is an older trace. @param {Trace} after */
function changesOf(after) {
    return /** @type {NonNullable<ReturnType<typeof decode>["changes"]>} */ (after.data.changes);
}

/**
 * Both traces as one tree: a node of the newer one with its twin, or a node of the older one that has none.
 * @typedef {object} Merged
 * @property {number} n
 * @property {Int32Array} after by row: node of the newer trace, or -1
 * @property {Int32Array} before by row: node of the older trace, or -1
 * @property {Uint8Array} change by row
 * @property {Int32Array} depth
 * @property {Int32Array} end first row that is not below this one
 * @property {Int32Array} parent
 * @property {Uint8Array} below by row: whether anything below it changed
 */

/**
 * @param {Trace} before
 * @param {Trace} after
 * @returns {Merged}
 */
function merge(before, after) {
    const { twins } = after.data;
    const { kinds } = changesOf(after);
    const twinned = new Uint8Array(before.n);
    let matched = 0;
    for (const twin of twins) {
        if (twin < 0) continue;
        twinned[twin] = 1;
        matched++;
    }
    const n = after.n + before.n - matched;
    const merged = {
        n,
        after: new Int32Array(n),
        before: new Int32Array(n),
        change: new Uint8Array(n),
        depth: new Int32Array(n),
        end: new Int32Array(n),
        parent: new Int32Array(n),
        below: new Uint8Array(n),
    };
    // Pairs still to be written, the next one last; a removed node is followed by all below it without a twin.
    const todo = siblings(before, after, -1, -1, twinned, -1).reverse();
    let row = 0;
    for (let next = todo.pop(); next; next = todo.pop()) {
        const [a, b, parent] = next,
            own = row++;
        merged.after[own] = a;
        merged.before[own] = b;
        merged.parent[own] = parent;
        merged.depth[own] = parent < 0 ? 0 : merged.depth[parent] + 1;
        merged.change[own] = a < 0 ? Change.REMOVED : kinds[a];
        const below = siblings(before, after, a, b, twinned, own);
        for (let at = below.length - 1; at >= 0; at--) todo.push(below[at]);
    }
    merged.n = row;
    for (let own = row - 1; own >= 0; own--) {
        merged.end[own] ||= own + 1;
        const parent = merged.parent[own];
        if (parent < 0) continue;
        merged.end[parent] = Math.max(merged.end[parent], merged.end[own]);
        if (merged.below[own] || merged.change[own]) merged.below[parent] = 1;
    }
    return merged;
}

/**
 * What stands below a pair: the newer calls in their order, and before each the older ones that went before its twin.
 * @param {Trace} before @param {Trace} after @param {number} a @param {number} b -1 for none; both for the roots
 * @param {Uint8Array} twinned @param {number} parent
 * @returns {[number, number, number][]}
 */
function siblings(before, after, a, b, twinned, parent) {
    const isRoot = parent < 0;
    const { hasEvents } = changesOf(after);
    /** @type {[number, number, number][]} */
    const found = [];
    /** @param {Trace} trace @param {number} child */
    const isCompared = (trace, child) => hasEvents || !trace.isEvent(child);
    const older =
        isRoot || b >= 0 ? [...before.children(b)].filter((child) => !twinned[child] && isCompared(before, child)) : [];
    let next = 0;
    if (isRoot || a >= 0) {
        const { twins } = after.data;
        for (const child of after.children(a)) {
            if (!isCompared(after, child)) continue;
            const twin = twins[child];
            while (twin >= 0 && next < older.length && older[next] < twin) found.push([-1, older[next++], parent]);
            found.push([child, twin, parent]);
        }
    }
    while (next < older.length) found.push([-1, older[next++], parent]);
    return found;
}

/** What changed about a call, in words. @param {Trace} after @param {number} a */
function differences(after, a) {
    return (changesOf(after).parts.get(a) ?? []).map(({ kind, name, old, now }) => {
        if (kind === PARTS.FUNCTION) return `was ${old}`;
        if (kind === PARTS.MARKS) return now === null ? `no longer ${old}` : old === null ? now : `${now}, was ${old}`;
        const what = kind === PARTS.ARGUMENT ? `${name}:` : ["", "", "message", "→", "✗"][kind];
        return old === null ? `${what} is new` : now === null ? `${what} ${old} is gone` : `${what} was ${old}`;
    });
}

/** @typedef {{path: string, module: string, cost: Cost, after: Fn | null, before: Fn | null}} FunctionPair */

/** @implements {View} */
class DiffView {
    /** @param {App} app @param {Trace} before */
    constructor(app, before) {
        this.app = app;
        this.before = before;
        this.id = "diff";
        this.title = "Diff";
        this.mode = "calls";
        this.changesOnly = true;
        this.order = "delta";
        this.ascending = false;
        /** @type {FunctionPair[]} */
        this.pairs = [];
        this.rows = new Int32Array(0);
        this.changes = changesOf(app.trace);
        /** @type {FunctionPair[]} */
        this.functions = this.pairsOf();
        this.grid = new Grid({
            label: "Calls that changed",
            columns: this.callColumns(),
            isTree: true,
            onactive: (row) => this.chosen(row),
            onopen: () => app.focusDetails(),
            onsort: (column) => this.sort(column),
        });
        const modes = segmented(
            "Compare",
            [
                ["calls", "Calls"],
                ["functions", "Functions"],
            ],
            this.mode,
            (mode) => this.setMode(mode),
        );
        this.only = tick("Changes only", true, (checked) => {
            this.changesOnly = checked;
            this.refresh();
        });
        this.note = el("span", "muted note");
        this.versus = el("span", "versus", "since ", el("bdi", "code", oneLine(before.data.title, 60)));
        this.element = el("div", "view", el("div", "bar", modes, this.only, this.versus, this.note), this.grid.element);
    }

    /** @returns {Column[]} */
    callColumns() {
        return [
            { id: "call", title: "Call", width: "minmax(20rem, 1fr)" },
            { id: "change", title: "Change", width: "minmax(9rem, 17rem)" },
            { id: "before", title: "Wall before", width: "5.8rem", numeric: true },
            { id: "after", title: "Wall now", width: "5.8rem", numeric: true },
            { id: "delta", title: "Difference", width: "6.6rem", numeric: true },
        ];
    }

    /** @returns {Column[]} */
    functionColumns() {
        /**
         * @param {string} id
         * @param {string} title
         * @param {string} width
         * @param {string} [hint]
         */
        const number = (id, title, width, hint) => ({ id, title, width, hint, numeric: true, sortable: true });
        const columns = [
            { id: "function", title: "Function", width: "minmax(16rem, 1fr)", sortable: true },
            number("calls", "Calls", "5rem"),
            number("calls-delta", "Δ calls", "5rem"),
            number("before", "Self before", "6.2rem"),
            number("self", "Self now", "6.2rem"),
            number("delta", "Δ self", "6.6rem", "Self time now less that before"),
            number("relative", "Δ %", "5.4rem"),
            number("wall-delta", "Δ wall", "6.6rem", "From first enter to last exit, of outermost calls"),
        ];
        if (this.app.trace.countsMemory || this.before.countsMemory)
            columns.push(number("bytes-delta", "Δ bytes", "6.4rem", "Bytes allocated in it alone"));
        return columns;
    }

    /** @param {string} mode */
    setMode(mode) {
        this.mode = mode;
        this.grid.options.isTree = mode === "calls";
        attributes(this.grid.element, {
            role: mode === "calls" ? "treegrid" : "grid",
            "aria-label": mode === "calls" ? "Calls that changed" : "Functions that changed",
        });
        this.grid.setColumns(mode === "calls" ? this.callColumns() : this.functionColumns());
        this.grid.active = -1;
        this.refresh();
        this.app.searched();
    }

    refresh() {
        if (!this.merged) {
            this.merged = merge(this.before, this.app.trace);
            this.expanded = Uint8Array.from(this.merged.below);
        }
        this.found = undefined;
        if (this.mode === "calls") this.layout();
        else this.layoutFunctions();
    }

    layout() {
        const merged = /** @type {Merged} */ (this.merged),
            expanded = /** @type {Uint8Array} */ (this.expanded);
        const active = this.rows[this.grid.active] ?? -1,
            rows = [];
        for (let own = 0; own < merged.n;) {
            const isShown = this.isShown(own);
            if (isShown && this.moduleShown(own)) rows.push(own);
            own = isShown && expanded[own] ? own + 1 : merged.end[own];
        }
        this.rows = Int32Array.from(rows);
        const { counts } = this.changes;
        this.note.textContent = [Change.ADDED, Change.REMOVED, Change.MOVED, Change.RENAMED, Change.CHANGED]
            .filter((change) => counts[change])
            .map((change) => `${SIGNS[change]} ${count(counts[change])} ${CHANGES[change]}`)
            .concat(`${count(counts[Change.SAME])} same`)
            .join(" · ");
        this.grid.empty.textContent = "No call was added, removed, moved, renamed or changed.";
        this.grid.show(this.callRows(), active < 0 ? -1 : this.rows.indexOf(active));
    }

    /** @param {number} own */
    isShown(own) {
        const { below, change } = /** @type {Merged} */ (this.merged);
        return !this.changesOnly || below[own] === 1 || change[own] !== Change.SAME;
    }

    /** @param {number} own */
    moduleShown(own) {
        const { after, before } = /** @type {Merged} */ (this.merged);
        const trace = after[own] >= 0 ? this.app.trace : this.before,
            callsite = trace.callsite(after[own] >= 0 ? after[own] : before[own]);
        return !this.app.modules.hidden.has(this.app.trace.modules.indexOf(callsite.module));
    }

    /** @returns {Rows} */
    callRows() {
        const merged = /** @type {Merged} */ (this.merged),
            expanded = /** @type {Uint8Array} */ (this.expanded),
            { rows } = this;
        return {
            length: rows.length,
            level: (row) => merged.depth[rows[row]],
            expanded: (row) =>
                merged.end[rows[row]] > rows[row] + 1 && (!this.changesOnly || merged.below[rows[row]])
                    ? expanded[rows[row]] === 1
                    : null,
            parent: (row) => rows.indexOf(merged.parent[rows[row]]),
            toggle: (row) => {
                expanded[rows[row]] ^= 1;
                this.layout();
            },
            toggleAll: (row) => {
                expanded.fill(expanded[rows[row]] ? 0 : 1, rows[row], merged.end[rows[row]]);
                this.layout();
            },
            fill: (row, cells, element) => this.fillCall(rows[row], cells, element),
        };
    }

    /**
     * @param {number} own
     * @param {HTMLElement[]} cells
     * @param {HTMLElement} element
     */
    fillCall(own, cells, element) {
        const merged = /** @type {Merged} */ (this.merged),
            a = merged.after[own],
            b = merged.before[own],
            change = merged.change[own];
        const [trace, i] =
            a >= 0 ? /** @type {const} */ ([this.app.trace, a]) : /** @type {const} */ ([this.before, b]);
        element.classList.add(CHANGES[change], this.app.modules.colour(trace.callsite(i)));
        element.classList.toggle("event", trace.isEvent(i));
        element.classList.toggle("hit", this.foundRows()[own] === 1);
        cells[0].append(
            el("span", "change-sign", SIGNS[change] || " "),
            el("i", "swatch"),
            ...nodeLabel(trace, i, this.app.query),
        );
        const what = a >= 0 ? differences(this.app.trace, a) : [];
        cells[1].append(
            change ? el("span", "what", CHANGES[change]) : "",
            el("bdi", "code muted", what.map((text) => ` ${oneLine(text)}`).join(",")),
        );
        if (trace.isEvent(i)) return;
        const [before, after] = [b >= 0 ? this.before.data.wall[b] : NaN, a >= 0 ? this.app.trace.data.wall[a] : NaN];
        cells[2].append(time(before));
        cells[3].append(time(after));
        if (a >= 0 && b >= 0) cells[4].append(difference(after - before, this.changes.walls[a], time));
    }

    /** Every function of either trace. @returns {FunctionPair[]} */
    pairsOf() {
        /** @param {Trace} trace */
        const byPath = (trace) => new Map(trace.functions.map((fn) => [`${fn.module}::${fn.name}`, fn]));
        const [now, old] = [byPath(this.app.trace), byPath(this.before)];
        return this.changes.costs.map((cost) => {
            const path = `${cost.module}::${cost.name}`;
            return { path, module: cost.module, cost, after: now.get(path) ?? null, before: old.get(path) ?? null };
        });
    }

    layoutFunctions() {
        const { trace, modules } = this.app,
            { listed } = this.changes;
        const all = this.changesOnly ? listed.map((place) => this.functions[place]) : this.functions;
        const active = this.pairs[this.grid.active]?.path;
        const key = /** @param {FunctionPair} pair */ (pair) =>
            this.order === "function" ? pair.path : this.figure(pair, this.order);
        // By size of the change, so that what got faster is as near as what got slower.
        const size = /** @param {FunctionPair} pair */ (pair) => {
            const value = key(pair);
            return typeof value === "number" && (this.order.includes("delta") || this.order === "relative")
                ? Math.abs(value)
                : value;
        };
        const sign = this.ascending ? 1 : -1;
        this.pairs = all
            .filter((pair) => !modules.hidden.has(trace.modules.indexOf(pair.module)))
            .sort((a, b) => {
                const [x, y] = [size(a), size(b)];
                return (x < y ? -sign : x > y ? sign : 0) || (a.path < b.path ? -1 : 1);
            });
        const gone = this.functions.filter((pair) => !pair.after).length,
            come = this.functions.filter((pair) => !pair.before).length;
        const busy = signed(trace.totals.busy - this.before.totals.busy, time);
        this.note.textContent = `+ ${count(come)} new · − ${count(gone)} gone · ${count(listed.length)} of ${counted(
            this.functions.length,
            "function",
        )} ${listed.length === 1 ? "differs" : "differ"} · busy ${busy}`;
        this.note.title = `Of a cost that differs, by more than ${this.limitsInWords()}`;
        this.grid.empty.textContent = this.changesOnly
            ? `No function costs more or less by ${this.limitsInWords()}.`
            : "Nothing to show here.";
        this.grid.showOrder(this.order, this.ascending);
        this.grid.show(
            {
                length: this.pairs.length,
                fill: (row, cells, element) => this.fillPair(this.pairs[row], cells, element),
            },
            this.pairs.findIndex((pair) => pair.path === active),
        );
    }

    /** `10 % and 1 ms or 1 KiB` */
    limitsInWords() {
        const { limits } = this.changes;
        const [wall, memory] = [limits[COSTS.WALL], limits[COSTS.BYTES]];
        return `${percent(wall.relative)} and ${time(wall.absolute)} or ${bytes(memory.absolute)}`;
    }

    /**
     * @param {FunctionPair} pair
     * @param {string} column
     * @returns {number}
     */
    figure({ after, before, cost }, column) {
        const delta = (after?.self ?? 0) - (before?.self ?? 0);
        const figures = /** @type {Record<string, number>} */ ({
            calls: after?.calls ?? 0,
            "calls-delta": (after?.calls ?? 0) - (before?.calls ?? 0),
            before: before?.self ?? 0,
            self: after?.self ?? 0,
            delta,
            relative: before && after ? delta / before.self : delta > 0 ? Infinity : -1,
            "wall-delta": cost.wall[1] - cost.wall[0],
            "bytes-delta": (after?.selfAllocated ?? 0) - (before?.selfAllocated ?? 0),
        });
        return figures[column];
    }

    /**
     * @param {FunctionPair} pair
     * @param {HTMLElement[]} cells
     * @param {HTMLElement} element
     */
    fillPair(pair, cells, element) {
        const { after, before, cost } = pair,
            fn = /** @type {Fn} */ (after ?? before);
        const change = !before ? Change.ADDED : !after ? Change.REMOVED : Change.SAME;
        element.classList.add(CHANGES[change], this.app.modules.colour(fn));
        element.classList.toggle("hit", this.app.query.meansFunction(fn));
        cells[0].append(
            el("span", "change-sign", SIGNS[change] || " "),
            el("i", "swatch"),
            ...functionLabel(fn, this.app.query),
        );
        const show = [
            count(after?.calls ?? 0),
            signed(this.figure(pair, "calls-delta"), count),
            before ? time(before.self) : "–",
            after ? time(after.self) : "–",
            difference(this.figure(pair, "delta"), cost.directions[COSTS.SELF], time),
            before && after ? relative(this.figure(pair, "relative")) : CHANGES[change],
            difference(this.figure(pair, "wall-delta"), cost.directions[COSTS.WALL], time),
            difference(this.figure(pair, "bytes-delta"), cost.directions[COSTS.BYTES], bytes),
        ];
        cells.slice(1).forEach((cell, at) => cell.append(show[at]));
    }

    /** @param {string} column */
    sort(column) {
        this.ascending = column === this.order ? !this.ascending : column === "function";
        this.order = column;
        this.refresh();
    }

    /** @param {number} row */
    chosen(row) {
        if (this.mode === "functions") {
            const { after, before } = this.pairs[row];
            if (after) this.app.select({ kind: "function", fn: after });
            else if (before) this.app.select({ kind: "function", fn: before, trace: this.before });
            return;
        }
        const merged = /** @type {Merged} */ (this.merged),
            own = this.rows[row];
        this.app.select({ kind: "pair", i: merged.after[own], before: merged.before[own], change: merged.change[own] });
    }

    /** By merged row, whether it is meant by the query. */
    foundRows() {
        if (this.found) return this.found;
        const merged = /** @type {Merged} */ (this.merged),
            { query, trace } = this.app;
        const now = search(trace, query),
            old = search(this.before, query);
        return (this.found = Uint8Array.from({ length: merged.n }, (_, own) => {
            return this.isShown(own) && (now[merged.after[own]] || old[merged.before[own]]) ? 1 : 0;
        }));
    }

    matchList() {
        const isMeant = /** @param {FunctionPair} pair */ (pair) =>
            this.app.query.meansFunction(/** @type {Fn} */ (pair.after ?? pair.before));
        if (this.mode === "functions")
            return Int32Array.from(this.pairs.flatMap((pair, row) => (isMeant(pair) ? [row] : [])));
        return this.merged
            ? Int32Array.from([...this.foundRows().keys()].filter((own) => this.foundRows()[own]))
            : new Int32Array(0);
    }

    matches() {
        return this.app.query.isEmpty ? 0 : this.matchList().length;
    }

    /** @param {1 | -1} step */
    go(step) {
        const list = this.matchList(),
            now = this.mode === "functions" ? this.grid.active : (this.rows[this.grid.active] ?? -1);
        const at = nextOf(list, now, step);
        if (at < 0) return 0;
        if (this.mode === "calls") {
            const merged = /** @type {Merged} */ (this.merged),
                expanded = /** @type {Uint8Array} */ (this.expanded);
            for (let above = merged.parent[list[at]]; above >= 0; above = merged.parent[above]) expanded[above] = 1;
            this.layout();
        }
        this.grid.activate(this.mode === "functions" ? list[at] : this.rows.indexOf(list[at]));
        return at + 1;
    }

    /** @param {number} i */
    reveal(i) {
        const own = this.merged?.after.indexOf(i) ?? -1,
            row = this.rows.indexOf(own);
        if (row >= 0) this.grid.activate(row);
    }

    focus() {
        this.grid.element.focus({ preventScroll: true });
    }
}

/** `+12.3 %`, or `×24` where percents say little. @param {number} delta as a part of what it was */
function relative(delta) {
    if (delta === Infinity) return "–";
    return delta >= 9 ? `×${count(Math.round(delta + 1))}` : signed(delta, percent);
}

/**
 * A difference; where it is beyond the limit, with its direction as a sign and as weight.
 * @param {number} delta
 * @param {number} direction 1 for more, 2 for less, 0 within the limit
 * @param {(n: number) => string} show
 */
function difference(delta, direction, show) {
    const looks = ["muted", "more", "less"],
        signs = ["", " ▲", " ▼"];
    return el("span", looks[direction], signed(delta, show), signs[direction]);
}
