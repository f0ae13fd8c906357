// A decoded trace, and what can be asked of one of its nodes. Nodes are calls and events, numbered in pre-order: a node
// is followed by all that is below it, up to `end`.

/**
 * @typedef {object} Field a named value
 * @property {number} number RETURNED, ERROR, or that of an argument
 * @property {string} name
 * @property {number} kind
 * @property {boolean} cut
 * @property {string} text
 */

class Trace {
    /** @param {ReturnType<typeof decode>} data */
    constructor(data) {
        this.data = data;
        this.n = data.n;
        this.functions = data.functions;
        this.totals = data.totals;
        /** Module paths by number. */
        this.modules = [...new Set(data.callsites.map((callsite) => callsite.module))].sort();
        const moduleIds = new Map(this.modules.map((module, id) => [module, id]));
        const byPath = new Map(data.functions.map((fn) => [`${fn.module}\0${fn.name}`, fn.id]));
        for (const callsite of data.callsites) {
            callsite.moduleId = moduleIds.get(callsite.module) ?? 0;
            callsite.fn = byPath.get(`${callsite.module}\0${callsite.name}`) ?? -1;
        }
        // By node, since loops over all nodes ask for them.
        this.fn = new Int32Array(data.n);
        this.flags = new Uint16Array(data.n);
        for (let i = 0; i < data.n; i++) {
            const shape = data.shapes[data.shape[i]];
            this.flags[i] = shape.flags;
            this.fn[i] = shape.flags & Flag.EVENT ? -1 : shape.callsite.fn;
        }
        /** Whether a call was entered more than once, so that wall and busy differ. */
        this.waits = data.polls.some((polls) => polls > 1);
        const ends = this.range();
        this.from = ends[0];
        this.to = ends[1];
    }

    /** The first and the last moment anything is known of. @returns {[number, number]} ns */
    range() {
        let [from, to] = [Infinity, -Infinity];
        const { start, wall, timed } = this.data;
        for (let i = 0; timed && i < this.n; i++) {
            from = Math.min(from, start[i]);
            to = Math.max(to, start[i] + (wall[i] || 0));
        }
        return from <= to ? [from, Math.max(to, from + 1)] : [0, 1];
    }

    /** @param {number} i */
    callsite(i) {
        return this.data.shapes[this.data.shape[i]].callsite;
    }

    /** The span's name; of an event, its message. @param {number} i */
    name(i) {
        return this.isEvent(i)
            ? (this.fields(i).find((field) => field.name === "message")?.text ?? "")
            : this.callsite(i).name;
    }

    /** @param {number} i */
    isEvent(i) {
        return (this.flags[i] & Flag.EVENT) !== 0;
    }

    /** Whether a flag is set. @param {number} i @param {number} flag */
    is(i, flag) {
        return (this.flags[i] & flag) !== 0;
    }

    /** All its values, outcomes included. @param {number} i @returns {Field[]} */
    fields(i) {
        const { shapes, shape, firstText, textAt, text } = this.data;
        let at = firstText[i];
        return shapes[shape[i]].fields.map(({ number, name, kind, cut, hasText }) => {
            const own = hasText
                ? text.slice(textAt[at], textAt[++at] - 1)
                : kind === Kind.REDACTED
                  ? "[redacted]"
                  : "[its Debug panicked]";
            return { number, name, kind, cut, text: own };
        });
    }

    /** @param {number} i */
    hasError(i) {
        return this.data.shapes[this.data.shape[i]].fields.some((field) => field.number === ERROR);
    }

    /**
     * Whether it returned an error or was left by a panic. An event: whether its level is ERROR.
     * @param {number} i
     */
    failed(i) {
        return this.isEvent(i) ? this.callsite(i).level === "ERROR" : this.is(i, Flag.PANICKED) || this.hasError(i);
    }

    /** Its last moment that is known. @param {number} i */
    endTime(i) {
        const { start, wall } = this.data;
        if (!Number.isNaN(wall[i])) return start[i] + wall[i];
        return this.is(i, Flag.OPEN) && this.is(i, Flag.ENTERED) ? this.to : start[i];
    }

    /**
     * Its intervals between enter and exit.
     * @param {number} i
     * @returns {{start: number, end: number, thread: number, open: boolean}[]}
     */
    stays(i) {
        const { stayAt, stayCount, stayStart, stayEnd, stayThread, start, thread, timed } = this.data;
        if (!timed || !this.is(i, Flag.ENTERED) || this.isEvent(i)) return [];
        if (stayAt[i] < 0)
            return [{ start: start[i], end: this.endTime(i), thread: thread[i], open: this.is(i, Flag.OPEN) }];
        return Array.from({ length: stayCount[i] }, (_, k) => {
            const at = stayAt[i] + k;
            const open = stayEnd[at] === Infinity;
            return { start: stayStart[at], end: open ? this.to : stayEnd[at], thread: stayThread[at], open };
        });
    }

    /** Its memory readings, `null` where there are none. @param {number} i */
    memory(i) {
        const { memoryAt, memory } = this.data;
        const at = memoryAt[i];
        if (at < 0) return null;
        return {
            inUseAtStart: memory.inUseAtStart[at],
            allocated: memory.allocated[at],
            allocations: memory.allocations[at],
            freed: memory.freed[at],
            selfAllocated: memory.allocated[at] - memory.innerAllocated[at],
            selfAllocations: memory.allocations[at] - memory.innerAllocations[at],
        };
    }

    /** Whether bytes were counted, so that there is something to show. */
    get countsMemory() {
        return (this.totals.memory?.allocations ?? 0) > 0;
    }

    /** The nodes right below one, or the roots for -1. @param {number} i */
    *children(i) {
        const { end } = this.data;
        const last = i < 0 ? this.n : end[i];
        for (let child = i + 1; child < last; child = end[child]) yield child;
    }

    /** Its callers, nearest first. @param {number} i */
    *ancestors(i) {
        for (let at = this.data.parent[i]; at >= 0; at = this.data.parent[at]) yield at;
    }

    /** Everything that would be said of it, on one line. @param {number} i */
    summary(i) {
        const fields = this.fields(i);
        const args = fields.filter(
            (field) => field.number >= FIRST_FIELD && !(this.isEvent(i) && field.name === "message"),
        );
        const outcome = fields
            .filter((field) => field.number < FIRST_FIELD)
            .map((field) => `${field.number === ERROR ? "✗" : "→"} ${field.text}`);
        const list = args.length ? `(${args.map((field) => `${field.name}: ${field.text}`).join(", ")})` : "";
        return [this.name(i) + list, ...outcome, this.is(i, Flag.PANICKED) ? "✗ panicked" : ""]
            .filter(Boolean)
            .join(" ");
    }

    /** Nodes that happened before this one by the program's word. @param {number} i */
    followsFrom(i) {
        return this.data.follows.filter(([call]) => call === i).map(([, followed]) => followed);
    }

    /** What else was left out or kept out, in words. */
    notes() {
        const { stats } = this.data;
        const found = [
            [stats.redacted, "value", "kept out by redaction"],
            [stats.cutValues, "value", "cut at the length limit"],
            [stats.tooDeep, "call", "deeper than the depth limit"],
            [stats.unattributed, "call", "on threads of no session"],
            [stats.panickedValues, "value", "whose Debug panicked"],
            [stats.filterPanics, "callsite", "left out since the filter panicked"],
        ];
        return found.filter(([n]) => n).map(([n, one, what]) => `${counted(Number(n), String(one))} ${what}`);
    }
}
