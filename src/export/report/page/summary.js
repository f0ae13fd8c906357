// Calls added up: by path from the roots, or by function and its callers from the bottom up.

/**
 * @typedef {object} Summed calls of one function that stand at one place of a summary
 * @property {Fn} fn
 * @property {Summed | null} parent
 * @property {number} level
 * @property {number} calls
 * @property {number} busy ns
 * @property {number} self ns
 * @property {number} max ns, the longest of them
 * @property {number} failed
 * @property {number} allocated bytes
 * @property {boolean} open whether what is below is shown
 * @property {boolean} hasChildren
 * @property {() => Summed[]} children
 * @property {number} first one of the calls
 */

/**
 * @param {Fn} fn
 * @param {Summed | null} parent
 * @param {number} first
 * @returns {Summed}
 */
function summed(fn, parent, first) {
    const level = parent ? parent.level + 1 : 0;
    return {
        fn,
        parent,
        level,
        calls: 0,
        busy: 0,
        self: 0,
        max: NaN,
        failed: 0,
        allocated: 0,
        open: false,
        hasChildren: false,
        children: () => [],
        first,
    };
}

/**
 * Adds a call.
 * @param {Summed} sum
 * @param {Trace} trace
 * @param {number} i
 */
function addCall(sum, trace, i) {
    const { busy, self, wall } = trace.data;
    sum.calls++;
    sum.busy += busy[i];
    sum.self += self[i];
    if (!(wall[i] <= sum.max)) sum.max = Number.isNaN(wall[i]) ? sum.max : wall[i];
    if (trace.failed(i)) sum.failed++;
    const at = trace.data.memoryAt[i];
    if (at >= 0) sum.allocated += trace.data.memory.allocated[at];
}

/**
 * The callers that are shown, by node. A call whose caller is hidden belongs to the next caller further out.
 * @param {Trace} trace
 * @param {Uint8Array} shown
 */
function shownParents(trace, shown) {
    const { parent } = trace.data;
    const nearest = new Int32Array(trace.n);
    for (let i = 0; i < trace.n; i++) {
        const above = parent[i];
        nearest[i] = above < 0 || shown[above] ? above : nearest[above];
    }
    return nearest;
}

/**
 * Calls of the same path are one.
 * @param {Trace} trace
 * @param {Uint8Array} shown
 * @returns {Summed[]}
 */
function byPath(trace, shown) {
    const parents = shownParents(trace, shown);
    /** @type {(Summed | null)[]} */
    const ofCall = new Array(trace.n).fill(null);
    /** @type {Map<Summed | null, Map<number, Summed>>} */
    const below = new Map([[null, new Map()]]);
    for (let i = 0; i < trace.n; i++) {
        if (trace.isEvent(i) || !shown[i]) continue;
        const parent = parents[i] < 0 ? null : ofCall[parents[i]];
        let siblings = below.get(parent);
        if (!siblings) below.set(parent, (siblings = new Map()));
        let sum = siblings.get(trace.fn[i]);
        if (!sum) {
            sum = summed(trace.functions[trace.fn[i]], parent, i);
            siblings.set(trace.fn[i], sum);
            if (parent) parent.hasChildren = true;
        }
        ofCall[i] = sum;
        addCall(sum, trace, i);
    }
    for (const [sum, siblings] of below) {
        const children = [...siblings.values()].sort((a, b) => b.busy - a.busy || b.calls - a.calls);
        if (sum) sum.children = () => children;
        else below.set(null, new Map(children.map((child) => [child.fn.id, child])));
    }
    return [...(below.get(null)?.values() ?? [])];
}

/**
 * Functions, most self time first; below each the functions that called it, with the part of it that came this way.
 * @param {Trace} trace
 * @param {Uint8Array} shown
 * @returns {Summed[]}
 */
function bottomUp(trace, shown) {
    const parents = shownParents(trace, shown);
    const all = [];
    for (let i = 0; i < trace.n; i++) if (!trace.isEvent(i) && shown[i]) all.push(i);
    return grouped(trace, parents, null, all, all);
}

/**
 * Groups calls by the function of the frames that they are seen from.
 * @param {Trace} trace
 * @param {Int32Array} parents
 * @param {Summed | null} parent
 * @param {number[]} calls what is added up
 * @param {number[]} frames by call: one of its callers, or itself
 * @returns {Summed[]}
 */
function grouped(trace, parents, parent, calls, frames) {
    /** @type {Map<number, {sum: Summed, calls: number[], frames: number[]}>} */
    const groups = new Map();
    calls.forEach((call, at) => {
        const frame = frames[at],
            fn = trace.fn[frame];
        let group = groups.get(fn);
        if (!group)
            groups.set(fn, (group = { sum: summed(trace.functions[fn], parent, frame), calls: [], frames: [] }));
        addCall(group.sum, trace, call);
        if (parents[frame] >= 0) {
            group.calls.push(call);
            group.frames.push(parents[frame]);
        }
    });
    return [...groups.values()]
        .map(({ sum, calls, frames }) => {
            /** @type {Summed[] | null} */
            let children = null;
            sum.hasChildren = calls.length > 0;
            sum.children = () => (children ??= grouped(trace, parents, sum, calls, frames));
            return sum;
        })
        .sort((a, b) => b.self - a.self || b.calls - a.calls);
}

/** Rows of those that are shown, in order. @param {Summed[]} roots @returns {Summed[]} */
function openRows(roots) {
    const rows = [],
        todo = [...roots].reverse();
    for (let sum = todo.pop(); sum; sum = todo.pop()) {
        rows.push(sum);
        if (sum.open) todo.push(...[...sum.children()].reverse());
    }
    return rows;
}

/** All of them, open or not, in the same order. @param {Summed[]} roots @returns {Generator<Summed>} */
function* everySummed(roots) {
    const todo = [...roots].reverse();
    for (let sum = todo.pop(); sum; sum = todo.pop()) {
        yield sum;
        todo.push(...[...sum.children()].reverse());
    }
}
