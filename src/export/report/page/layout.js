// Where calls stand in a chart of time: which row each gets, by thread or by task.

/**
 * @typedef {object} Lane rows that belong together
 * @property {string} title
 * @property {number} top its first row; one row above that is its title
 * @property {number} busy ns, of the outermost boxes
 * @property {number} rows
 *
 * @typedef {object} Chart boxes in rows
 * @property {Lane[]} lanes
 * @property {number} rows
 * @property {Int32Array[]} inRow by row, the boxes in order of time; they do not overlap
 * @property {Int32Array} node by box
 * @property {Float64Array} start by box, ns
 * @property {Float64Array} end by box, ns
 * @property {Int32Array} row by box
 * @property {boolean} isWhole whether a box is a whole call with its idle times, not one stay of it
 */

/**
 * One lane a thread; a box is one stay of a call on it, under what was entered there before.
 * @param {Trace} trace
 * @param {Uint8Array} shown
 * @returns {Chart}
 */
function byThread(trace, shown) {
    /** @type {{nodes: number[], starts: number[], ends: number[], threads: number[]}} */
    const { nodes, starts, ends, threads } = { nodes: [], starts: [], ends: [], threads: [] };
    for (let i = 0; i < trace.n; i++) {
        if (!shown[i]) continue;
        for (const stay of trace.stays(i)) {
            nodes.push(i);
            starts.push(stay.start);
            ends.push(stay.end);
            threads.push(stay.thread);
        }
    }
    const order = sorted(
        Uint32Array.from(nodes.keys()),
        (a, b) => threads[a] - threads[b] || starts[a] - starts[b] || ends[b] - ends[a] || nodes[a] - nodes[b],
    );
    const node = Int32Array.from(order, (at) => nodes[at]);
    const start = Float64Array.from(order, (at) => starts[at]),
        end = Float64Array.from(order, (at) => ends[at]);
    const row = new Int32Array(order.length);
    /** @type {Lane[]} */
    const lanes = [];
    /** @type {number[]} */
    let open = [];
    let top = 0;
    for (let box = 0; box < order.length; box++) {
        const thread = threads[order[box]];
        if (!box || thread !== threads[order[box - 1]]) {
            const last = lanes.at(-1);
            top = last ? last.top + last.rows + 1 : 1;
            open = [];
            lanes.push({ title: trace.data.threads[thread], top, busy: 0, rows: 0 });
        }
        while (open.length && open[open.length - 1] <= start[box]) open.pop();
        const lane = lanes[lanes.length - 1];
        if (!open.length) lane.busy += end[box] - start[box];
        row[box] = top + open.length;
        open.push(end[box]);
        lane.rows = Math.max(lane.rows, open.length);
    }
    return chart(lanes, node, start, end, row, false);
}

/**
 * A box is a whole call, under its caller wherever it ran; calls beside each other get rows of their own.
 * @param {Trace} trace
 * @param {Uint8Array} shown
 * @returns {Chart}
 */
function byTask(trace, shown) {
    const parents = shownParents(trace, shown);
    /** @type {number[]} */
    const nodes = [];
    for (let i = 0; i < trace.n; i++)
        if (shown[i] && !trace.isEvent(i) && trace.is(i, Flag.ENTERED) && trace.data.timed) nodes.push(i);
    const node = Int32Array.from(nodes);
    const start = Float64Array.from(nodes, (i) => trace.data.start[i]),
        end = Float64Array.from(nodes, (i) => trace.endTime(i));
    const row = new Int32Array(node.length);
    const rowOf = new Int32Array(trace.n).fill(0);
    // By row: until when it is taken. A call takes the first row below its caller from which on all are free, so that
    // what stands below it is always its own.
    /** @type {number[]} */
    const taken = [];
    let busy = 0;
    for (let box = 0; box < node.length; box++) {
        const caller = parents[node[box]];
        const first = caller < 0 ? 1 : rowOf[caller] + 1;
        let at = Math.max(first, taken.length);
        while (at > first && (taken[at - 1] ?? 0) <= start[box]) at--;
        row[box] = rowOf[node[box]] = at;
        taken[at] = Math.max(taken[at] ?? 0, end[box]);
        if (caller < 0) busy += trace.data.busy[node[box]];
    }
    return chart([{ title: "tasks", top: 1, busy, rows: Math.max(0, taken.length - 1) }], node, start, end, row, true);
}

/**
 * @param {Lane[]} lanes
 * @param {Int32Array} node
 * @param {Float64Array} start
 * @param {Float64Array} end
 * @param {Int32Array} row
 * @param {boolean} isWhole
 * @returns {Chart}
 */
function chart(lanes, node, start, end, row, isWhole) {
    const last = lanes.at(-1);
    const rows = last ? last.top + last.rows : 0;
    /** @type {number[][]} */
    const lists = Array.from({ length: rows }, () => []);
    row.forEach((at, box) => lists[at].push(box));
    const inRow = lists.map((boxes) => sorted(Int32Array.from(boxes), (a, b) => start[a] - start[b]));
    return { lanes, rows, inRow, node, start, end, row, isWhole };
}

/**
 * Sorts numbers where they stand. Mostly they are in order already, which is seen much faster than it is done again.
 * @template {Int32Array | Uint32Array} T
 * @param {T} numbers
 * @param {(a: number, b: number) => number} compare
 * @returns {T}
 */
function sorted(numbers, compare) {
    for (let at = 1; at < numbers.length; at++) {
        if (compare(numbers[at - 1], numbers[at]) > 0) {
            numbers.sort(compare);
            break;
        }
    }
    return numbers;
}

/**
 * The first of sorted boxes that ends after a moment.
 * @param {Chart} chart
 * @param {Int32Array} boxes
 * @param {number} moment
 * @param {number} [from]
 */
function firstAfter(chart, boxes, moment, from = 0) {
    let [low, high] = [from, boxes.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (chart.end[boxes[middle]] <= moment) low = middle + 1;
        else high = middle;
    }
    return low;
}
