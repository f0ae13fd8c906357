// The pane beside a view: all that is known of what was chosen.

/** A value longer than this is folded until asked for. */
const LONG_TEXT = 2000;
/** As many rows of a list are shown. */
const LONG_LIST = 100;

/**
 * @typedef {{kind: "call", i: number}} ChosenCall
 * @typedef {{kind: "function", fn: Fn, via?: Summed, trace?: Trace}} ChosenFunction of the page's trace by default
 * @typedef {{kind: "pair", i: number, before: number, change: number}} ChosenPair a row of the diff; -1 is no call
 * @typedef {ChosenCall | ChosenFunction | ChosenPair} Chosen
 */

class Details {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.body = el("div", "details-body");
        this.element = attributes(el("aside", "details", this.body), { tabindex: -1, "aria-label": "Details" });
        this.show(null);
    }

    /** @param {Chosen | null} selection */
    show(selection) {
        this.element.scrollTop = 0;
        this.body.replaceChildren(...(selection ? this.parts(selection) : this.overview()));
    }

    /** @param {Chosen} selection */
    parts(selection) {
        if (selection.kind === "function") return this.ofFunction(selection.fn, selection.trace ?? this.app.trace);
        if (selection.kind === "call") return this.ofNode(this.app.trace, selection.i);
        const { i, before, change } = selection,
            old = this.app.before;
        const [trace, node] =
            i >= 0
                ? /** @type {const} */ ([this.app.trace, i])
                : /** @type {const} */ ([/** @type {Trace} */ (old), before]);
        const head = el(
            "p",
            `change-note ${CHANGES[change]}`,
            `${SIGNS[change]} ${CHANGES[change]} since `.trimStart(),
            el("bdi", "code", oneLine(old?.data.title ?? "", 60)),
        );
        const what = i >= 0 ? differences(this.app.trace, i) : [];
        if (what.length) head.append(el("ul", "notes", ...what.map((text) => el("li", "code wrap", visible(text)))));
        const was =
            i >= 0 && before >= 0 && old
                ? [
                      section(
                          "Before",
                          el("p", "code wrap", visible(old.summary(before))),
                          figures([
                              ["wall", time(old.data.wall[before])],
                              ["busy", time(old.data.busy[before])],
                              ["self", time(old.data.self[before])],
                          ]),
                      ),
                  ]
                : [];
        return [head, ...this.ofNode(trace, node), ...was];
    }

    overview() {
        const { trace } = this.app,
            { totals } = trace;
        const { longest: slowest, failed } = notable(trace, 8, () => true);
        const hot = [...trace.functions].sort((a, b) => b.self - a.self).slice(0, 8);
        const notes = trace.notes();
        return [
            el("h2", "", "This trace"),
            figures([
                ["wall", time(trace.data.timed ? totals.wall : NaN)],
                ["busy, all threads", time(trace.data.timed ? totals.busy : NaN)],
                ["calls", count(totals.calls)],
                ["events", count(totals.events)],
                ["functions", count(trace.functions.length)],
                ["threads", count(trace.data.threads.length)],
                ["levels", count(totals.depth)],
                ...(totals.memory ? [["memory peak", bytes(totals.memory.peak)]] : []),
                ...(trace.countsMemory && totals.memory
                    ? [
                          ["allocated", bytes(totals.memory.allocated)],
                          ["allocations", count(totals.memory.allocations)],
                      ]
                    : []),
            ]),
            ...(failed.length
                ? [
                      section(
                          "Failed",
                          this.nodeList(trace, failed, (i) => time(trace.data.wall[i])),
                      ),
                  ]
                : []),
            ...(hot.length
                ? [
                      section(
                          "Most time of their own",
                          this.functionList(
                              trace,
                              hot.map((fn) => ({ fn, figure: time(trace.data.timed ? fn.self : NaN) })),
                          ),
                      ),
                  ]
                : []),
            ...(slowest.length
                ? [
                      section(
                          "Longest calls",
                          this.nodeList(trace, slowest, (i) => time(trace.data.wall[i])),
                      ),
                  ]
                : []),
            ...(notes.length
                ? [
                      section(
                          "Left out",
                          el("ul", "notes", ...notes.map((note) => el("li", "", note))),
                          ...unattributed(trace),
                      ),
                  ]
                : []),
        ];
    }

    /** @param {Trace} trace @param {number} i */
    ofNode(trace, i) {
        const callsite = trace.callsite(i),
            isEvent = trace.isEvent(i),
            isHere = trace === this.app.trace;
        const fields = trace.fields(i),
            args = fields.filter((field) => field.number >= FIRST_FIELD);
        const events = isEvent ? [] : [...trace.children(i)].filter((child) => trace.isEvent(child));
        const outcome = fields
            .filter((field) => field.number < FIRST_FIELD)
            .map((field) => section(field.number === ERROR ? "✗ Error" : "Returned", valueBlock(field)));
        const callers = [...trace.ancestors(i)],
            follows = trace.followsFrom(i);
        const title = el("h2", "", isEvent ? `${callsite.level} event` : el("bdi", "code", visible(callsite.name)));
        const head = el(
            "div",
            "details-head",
            title,
            ...badges(trace, i),
            ...(trace.is(i, Flag.PANICKED) ? [el("span", "badge failed", "✗ panicked")] : []),
        );
        const jumps = el("div", "jumps");
        if (isHere) {
            jumps.append(button("In the tree", () => this.app.reveal("tree", i), { className: "link" }));
            if (!isEvent)
                jumps.append(button("In the flame chart", () => this.app.reveal("flame", i), { className: "link" }));
            if (!isEvent)
                jumps.append(
                    button("Function", () => this.app.select({ kind: "function", fn: trace.functions[trace.fn[i]] }), {
                        className: "link",
                    }),
                );
        }
        return [
            head,
            place(callsite),
            jumps,
            ...(args.length ? [section(isEvent ? "Fields" : "Arguments", valueTable(args))] : []),
            ...outcome,
            isEvent
                ? section(
                      "When",
                      figures([
                          ["at", time(trace.data.start[i] - trace.from)],
                          ["thread", visible(trace.data.threads[trace.data.thread[i]])],
                      ]),
                  )
                : section("Time", ...this.times(trace, i)),
            ...memorySection(trace, i),
            ...(events.length
                ? [
                      section(
                          `Events (${count(events.length)})`,
                          this.nodeList(
                              trace,
                              events,
                              (event) => `+${time(trace.data.start[event] - trace.data.start[i])}`,
                          ),
                      ),
                  ]
                : []),
            ...(follows.length
                ? [
                      section(
                          "Follows from",
                          this.nodeList(trace, follows, (node) => time(trace.data.wall[node])),
                      ),
                  ]
                : []),
            ...(callers.length
                ? [
                      section(
                          "Called by",
                          this.nodeList(trace, callers, (node) => time(trace.data.wall[node])),
                      ),
                  ]
                : []),
        ];
    }

    /** @param {Trace} trace @param {number} i */
    times(trace, i) {
        const { start, wall, busy, self, polls, thread, threads, timed } = trace.data,
            isTimed = timed && trace.is(i, Flag.ENTERED);
        const fn = trace.functions[trace.fn[i]];
        const list = figures([
            ["begins at", time(isTimed ? start[i] - trace.from : NaN)],
            ["wall", time(wall[i])],
            ["busy", time(timed ? busy[i] : NaN)],
            ["idle", time(Math.max(0, wall[i] - busy[i]))],
            ["self", time(self[i])],
            ["polls", count(polls[i])],
            ["thread", visible(threads[thread[i]])],
        ]);
        const among = fn && fn.calls > 1 && wall[i] >= 0 ? [amongOthers(fn)] : [];
        const stays = trace.stays(i);
        if (stays.length < 2) return [list, ...among];
        const table = el(
            "table",
            "stays",
            el("caption", "", `${count(stays.length)} times entered`),
            row("th", "after", "busy", "thread"),
        );
        stays
            .slice(0, LONG_LIST)
            .forEach((stay) =>
                table.append(
                    row(
                        "td",
                        time(stay.start - start[i]),
                        stay.open ? "open" : time(stay.end - stay.start),
                        visible(threads[stay.thread]),
                    ),
                ),
            );
        return [list, ...among, table, ...more(stays.length)];
    }

    /** @param {Fn} fn @param {Trace} trace */
    ofFunction(fn, trace) {
        const isHere = trace === this.app.trace,
            { edges, timed } = trace.data;
        const callsite = trace.data.callsites.find((callsite) => callsite.fn === fn.id);
        const { first, longest, failed } = notable(trace, 10, (i) => trace.fn[i] === fn.id);
        /** @param {"caller" | "called"} side @param {"caller" | "called"} other */
        const linked = (side, other) =>
            edges
                .filter((edge) => edge[side] === fn.id)
                .sort((a, b) => b.total - a.total || b.calls - a.calls)
                .map((edge) => ({
                    fn: trace.functions[edge[other]],
                    figure: `×${count(edge.calls)} · ${time(timed ? edge.total : NaN)}`,
                }));
        const [callers, called] = [linked("called", "caller"), linked("caller", "called")];
        const jumps = el("div", "jumps");
        if (isHere && first >= 0) {
            jumps.append(button("First call", () => this.app.reveal("tree", first), { className: "link" }));
            jumps.append(button("In the graph", () => this.app.revealFunction("graph", fn), { className: "link" }));
            jumps.append(button("Search its calls", () => this.app.searchFor(fn.name), { className: "link" }));
        }
        const memory = trace.countsMemory
            ? [
                  ["self bytes", bytes(fn.selfAllocated)],
                  ["self allocations", count(fn.selfAllocations)],
                  ["bytes", bytes(fn.allocated)],
              ]
            : [];
        return [
            el("div", "details-head", el("h2", "", el("bdi", "code", visible(fn.name)))),
            ...(callsite ? [place(callsite)] : []),
            jumps,
            section(
                "All its calls",
                figures([
                    ["calls", count(fn.calls)],
                    ["self", time(timed ? fn.self : NaN)],
                    ["total", time(timed ? fn.total : NaN)],
                    ["shortest", time(fn.wall.min)],
                    ["p50", time(fn.wall.p50)],
                    ["p90", time(fn.wall.p90)],
                    ["p95", time(fn.wall.p95)],
                    ["p99", time(fn.wall.p99)],
                    ["longest", time(fn.wall.max)],
                    ["errors", count(fn.errors)],
                    ["panics", count(fn.panics)],
                    ["still open", count(fn.open)],
                    ...memory,
                ]),
            ),
            ...(callers.length ? [section("Callers", this.functionList(trace, callers))] : []),
            ...(called.length ? [section("Calls", this.functionList(trace, called))] : []),
            ...(failed.length
                ? [
                      section(
                          "Failed calls",
                          this.nodeList(trace, failed, (i) => time(trace.data.wall[i])),
                      ),
                  ]
                : []),
            ...(longest.length
                ? [
                      section(
                          "Longest calls",
                          this.nodeList(trace, longest, (i) => time(trace.data.wall[i])),
                      ),
                  ]
                : []),
        ];
    }

    /**
     * @param {Trace} trace
     * @param {number[]} nodes
     * @param {(i: number) => string} figure
     */
    nodeList(trace, nodes, figure) {
        const list = el("ul", "links");
        for (const i of nodes.slice(0, LONG_LIST)) {
            const label = el("span", "grow", ...nodeLabel(trace, i, NO_QUERY)),
                item = el("li", this.app.modules.colour(trace.callsite(i)));
            const content = [el("i", "swatch"), label, el("span", "numeric muted", figure(i))];
            if (trace === this.app.trace) {
                const link = button(
                    "",
                    () => this.app.reveal(this.app.front.id === "flame" && !trace.isEvent(i) ? "flame" : "tree", i),
                    { className: "entry" },
                );
                link.append(...content);
                item.append(link);
            } else {
                item.append(el("span", "entry", ...content));
            }
            list.append(item);
        }
        return el("div", "", list, ...more(nodes.length));
    }

    /** @param {Trace} trace @param {{fn: Fn, figure: string}[]} entries */
    functionList(trace, entries) {
        const list = el("ul", "links");
        for (const { fn, figure } of entries.slice(0, LONG_LIST)) {
            const link = button("", () => this.app.select({ kind: "function", fn, trace }), { className: "entry" });
            link.append(
                el("i", "swatch"),
                el("span", "grow", ...functionLabel(fn, NO_QUERY)),
                el("span", "numeric muted", figure),
            );
            list.append(el("li", this.app.modules.colour(fn), link));
        }
        return list;
    }
}

/**
 * The first of some nodes, those of them that took longest, and the first that failed.
 * @param {Trace} trace
 * @param {number} most
 * @param {(i: number) => boolean} isMeant
 */
function notable(trace, most, isMeant) {
    const { wall } = trace.data;
    /** @type {{first: number, longest: number[], failed: number[]}} */
    const { longest, failed, ...found } = { first: -1, longest: [], failed: [] };
    for (let i = 0; i < trace.n; i++) {
        if (!isMeant(i)) continue;
        if (found.first < 0) found.first = i;
        if (failed.length < most && trace.failed(i)) failed.push(i);
        const last = longest.at(-1) ?? -1;
        if (wall[i] > 0 && (longest.length < most || wall[i] > wall[last])) {
            const at = longest.findIndex((other) => wall[other] < wall[i]);
            longest.splice(at < 0 ? longest.length : at, 0, i);
            longest.length = Math.min(longest.length, most);
        }
    }
    return { ...found, longest, failed };
}

const NO_QUERY = new Query("");

/** @param {string} title @param {...Node} content */
function section(title, ...content) {
    return el("section", "", el("h3", "", title), ...content);
}

/** Pairs of a name and a figure. @param {string[][]} pairs */
function figures(pairs) {
    return el(
        "dl",
        "figures",
        ...pairs.map(([name, figure]) => el("div", "", el("dt", "", name), el("dd", "", figure))),
    );
}

/** @param {"td" | "th"} cell @param {...string} texts */
function row(cell, ...texts) {
    return el("tr", "", ...texts.map((text) => el(cell, "", text)));
}

/** @param {number} length of a list */
function more(length) {
    return length > LONG_LIST ? [el("p", "muted small", `… and ${count(length - LONG_LIST)} more`)] : [];
}

/** Where it stands in the source. @param {Callsite} callsite */
function place(callsite) {
    const lines = [el("bdi", "code", visible(callsite.module))];
    if (callsite.target !== callsite.module) lines.push(el("bdi", "code", `target ${visible(callsite.target)}`));
    if (callsite.file) {
        const at = visible(callsite.file) + (callsite.line ? `:${callsite.line}` : "");
        const copy = button("copy", () => navigator.clipboard?.writeText(at), {
            className: "link",
            title: "Copy file and line",
        });
        lines.push(el("span", "", el("bdi", "code source", at), " ", copy));
    }
    return el("div", "place", ...lines);
}

/** @param {Field[]} fields */
function valueTable(fields) {
    const list = el("dl", "values");
    for (const field of fields)
        list.append(el("dt", "", el("bdi", "code", visible(field.name))), el("dd", "", valueBlock(field)));
    return list;
}

/** A whole value, however long. @param {Field} field */
function valueBlock(field) {
    const kept = field.kind === Kind.REDACTED || field.kind === Kind.PANICKED;
    const text = el("pre", kept ? "value kept-out" : "value", visible(field.text.slice(0, LONG_TEXT)));
    text.dir = "auto";
    const block = el("div", "", text);
    if (field.text.length > LONG_TEXT) {
        const rest = button(
            `Show all ${count(field.text.length)} characters`,
            () => {
                text.textContent = visible(field.text);
                rest.remove();
            },
            { className: "link" },
        );
        block.append(rest);
    }
    if (field.cut) block.append(el("p", "muted small", "cut at the length limit of the recording"));
    return block;
}

/** @param {Trace} trace @param {number} i */
function memorySection(trace, i) {
    const memory = trace.memory(i);
    if (!memory) return [];
    if (!trace.countsMemory)
        return [section("Memory", figures([["in use at its beginning", bytes(memory.inUseAtStart)]]))];
    return [
        section(
            "Memory",
            figures([
                ["allocated", bytes(memory.allocated)],
                ["allocations", count(memory.allocations)],
                ["freed", bytes(memory.freed)],
                ["self", bytes(memory.selfAllocated)],
                ["self allocations", count(memory.selfAllocations)],
                ["in use at its beginning", bytes(memory.inUseAtStart)],
            ]),
        ),
    ];
}

/** What a call's time is to be compared with. @param {Fn} fn */
function amongOthers({ calls, wall }) {
    const [median, p95, max] = [wall.p50, wall.p95, wall.max].map(time);
    return el("p", "muted small", `of ${counted(calls, "call")}: median ${median}, p95 ${p95}, longest ${max}`);
}

/** Calls that are in nobody's tree, by callsite. @param {Trace} trace */
function unattributed(trace) {
    const { unattributedAt } = trace.data.stats;
    const items = unattributedAt.map(({ callsite, calls }) => el("li", "", `${visible(callsite)} ×${count(calls)}`));
    return items.length ? [el("ul", "notes code", ...items)] : [];
}
