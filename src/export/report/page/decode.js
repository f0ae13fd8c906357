// Reads what `encode.rs` wrote, in the same order.

/** Reads numbers and texts from bytes, one after the other. */
class Reader {
    /** @param {Uint8Array} bytes */
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }

    uint() {
        let byte = this.bytes[this.at++];
        if (byte < 128) return byte;
        let value = byte & 127;
        // Multiplied, not shifted: numbers go beyond 32 bits.
        for (let scale = 128; ; scale *= 128) {
            byte = this.bytes[this.at++];
            value += (byte & 127) * scale;
            if (byte < 128) return value;
        }
    }

    /** A difference, its sign in the lowest bit. */
    int() {
        const n = this.uint();
        return n % 2 ? -(n + 1) / 2 : n / 2;
    }

    flag() {
        return this.uint() === 1;
    }

    block() {
        const length = this.uint();
        return this.bytes.subarray(this.at, (this.at += length));
    }

    text() {
        // A mark at the beginning of a text is part of it, not of the encoding.
        return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.block());
    }

    column() {
        return new Reader(this.block());
    }

    /**
     * @template T
     * @param {(reader: Reader, number: number) => T} read
     * @returns {T[]}
     */
    list(read) {
        return Array.from({ length: this.uint() }, (_, number) => read(this, number));
    }
}

/** What one node is, without its values: bits of a shape. */
const Flag = Object.freeze({
    EVENT: 1,
    OPEN: 2,
    PANICKED: 4,
    TRUNCATED: 8,
    ENTERED: 16,
    CONCURRENT: 32,
    ORPHAN: 64,
    STAYS: 128,
    MEMORY: 256,
});

/** Numbers of outcomes among the fields of a shape. */
const RETURNED = 0,
    ERROR = 1,
    FIRST_FIELD = 2;

/** How a value was given; cut values have this added. */
const Kind = Object.freeze({ NUMBER: 0, BOOL: 1, STR: 2, TEXT: 3, REDACTED: 4, PANICKED: 5 }),
    CUT = 8;

/** Inflates the text of a data block. @param {string} base64 */
async function inflate(base64) {
    const binary = atob(base64);
    const packed = new Uint8Array(binary.length);
    for (let i = 0; i < packed.length; i++) packed[i] = binary.charCodeAt(i);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @typedef {object} Fn a function: the calls of one name in one module
 * @property {number} id
 * @property {string} module
 * @property {string} name
 * @property {number} calls
 * @property {number} entries calls without a caller
 * @property {number} open
 * @property {number} errors
 * @property {number} panics
 * @property {number} total ns
 * @property {number} self ns
 * @property {Record<"min" | "p50" | "p90" | "p95" | "p99" | "max", number>} wall ns, NaN where no call returned
 * @property {number} allocated
 * @property {number} allocations
 * @property {number} selfAllocated
 * @property {number} selfAllocations
 *
 * @typedef {object} Callsite
 * @property {string} name
 * @property {string} module
 * @property {string} target
 * @property {string} file
 * @property {number} line 0 where not known
 * @property {string} level
 * @property {string[]} fields
 * @property {number} fn number of its function, -1 for events
 * @property {number} moduleId
 *
 * @typedef {object} Shape
 * @property {Callsite} callsite
 * @property {number} flags
 * @property {{number: number, name: string, kind: number, cut: boolean, hasText: boolean}[]} fields
 * @property {number} texts how many of them have a text
 */

/**
 * @param {Reader} r
 * @param {number} id
 * @returns {Fn}
 */
function readFunction(r, id) {
    const [module, name] = [r.text(), named(r.text())];
    const [calls, entries, open, errors, panics, total, self] = Array.from({ length: 7 }, () => r.uint());
    const [min, p50, p90, p95, p99, max] = r.flag() ? Array.from({ length: 6 }, () => r.uint()) : Array(6).fill(NaN);
    const [allocated, allocations, selfAllocated, selfAllocations] = Array.from({ length: 4 }, () => r.uint());
    const wall = { min, p50, p90, p95, p99, max };
    return {
        id,
        module,
        name,
        calls,
        entries,
        open,
        errors,
        panics,
        total,
        self,
        wall,
        allocated,
        allocations,
        selfAllocated,
        selfAllocations,
    };
}

/** @param {Reader} r */
function readHead(r) {
    const title = r.text();
    const timed = r.flag();
    const [wall, busy, calls, events, depth, open, errors, panics] = Array.from({ length: 8 }, () => r.uint());
    const memory = r.flag() ? { peak: r.uint(), allocated: r.uint(), allocations: r.uint() } : null;
    const functions = r.list(readFunction);
    const edges = r.list((r) => ({ caller: r.uint(), called: r.uint(), calls: r.uint(), total: r.uint() }));
    const [cutValues, tooDeep, unattributed, redacted, panickedValues, filterPanics] = Array.from({ length: 6 }, () =>
        r.uint(),
    );
    const [loss, remedy] = [r.text(), r.text()];
    const unattributedAt = r.list((r) => ({ callsite: r.text(), calls: r.uint() }));
    const threads = r.list((r, number) => r.text() || `thread ${number}`);
    const callsites = r.list((r) => {
        const [name, module, target, file] = [named(r.text()), r.text(), r.text(), r.text()];
        const [line, level, fields] = [r.uint(), r.text(), r.list((r) => r.text())];
        return { name, module, target, file, line, level, fields, fn: -1, moduleId: -1 };
    });
    const totals = { wall, busy, calls, events, depth, open, errors, panics, memory };
    const left = { cutValues, tooDeep, unattributed, redacted, panickedValues, filterPanics, unattributedAt };
    const stats = { loss, remedy, ...left };
    return { title, timed, totals, functions, edges, stats, threads, callsites };
}

/**
 * @param {Reader} r
 * @param {Callsite[]} callsites
 * @returns {Shape}
 */
function readShape(r, callsites) {
    const block = r.column();
    const [callsite, flags] = [callsites[block.uint()], block.uint()];
    const fields = [];
    while (block.at < block.bytes.length) {
        const [number, given] = [block.uint(), block.uint()];
        const kind = given & ~CUT;
        const hasText = kind !== Kind.REDACTED && kind !== Kind.PANICKED;
        const name = number < FIRST_FIELD ? "" : (callsite.fields[number - FIRST_FIELD] ?? "?");
        fields.push({ number, name, kind, cut: given !== kind, hasText });
    }
    return { callsite, flags, fields, texts: fields.filter((field) => field.hasText).length };
}

/** A name, or that there is none: nobody would see that. @param {string} name */
function named(name) {
    return name.trim() ? name : "(unnamed)";
}

/** What became of a call, by the numbers of `changes.rs`. */
const Change = Object.freeze({ SAME: 0, CHANGED: 1, ADDED: 2, REMOVED: 3, MOVED: 4, RENAMED: 5 });

/**
 * @typedef {object} Part what changed about a call, `null` where there was or is nothing
 * @property {number} kind of PARTS
 * @property {string} name of an argument
 * @property {string | null} old
 * @property {string | null} now
 *
 * @typedef {object} Cost what a function costs beside what it cost
 * @property {string} module
 * @property {string} name
 * @property {[number, number]} wall ns before and now
 * @property {number[]} directions of calls, wall, self and bytes: 1 for more, 2 for less, by more than the limit
 */

/**
 * What `trace diff` found between the two traces.
 * @param {Reader} r
 * @param {number} n
 * @param {Int32Array} twins
 */
function readChanges(r, n, twins) {
    const hasEvents = r.flag();
    const limits = Array.from({ length: 4 }, () => ({ relative: r.uint() / 1e3, absolute: r.uint() }));
    const counts = Array.from({ length: 6 }, () => r.uint());
    /** @type {Cost[]} */
    const costs = r.list((r) => {
        const [module, name] = [r.text(), named(r.text())];
        const wall = /** @type {[number, number]} */ ([r.uint(), r.uint()]);
        return { module, name, wall, directions: Array.from({ length: 4 }, () => r.uint()) };
    });
    const listed = r.list((r) => r.uint());
    const text = () => {
        const [isThere, text] = [r.flag(), r.text()];
        return isThere ? text : null;
    };
    const kinds = Uint8Array.from(twins, (twin) => (twin < 0 ? Change.ADDED : Change.SAME));
    /** @type {Map<number, Part[]>} */
    const parts = new Map();
    for (let left = r.uint(), at = 0; left > 0; left--) {
        at += r.int();
        kinds[at] = r.uint();
        const found = r.list((r) => ({ kind: r.uint(), name: r.text(), old: text(), now: text() }));
        if (found.length) parts.set(at, found);
    }
    const walls = new Uint8Array(n);
    for (let left = r.uint(), at = 0; left > 0; left--) {
        at += r.int();
        walls[at] = r.uint();
    }
    return { hasEvents, limits, counts, costs, listed, kinds, parts, walls };
}

/** Reads a whole trace. @param {Uint8Array} data */
function decode(data) {
    const r = new Reader(data);
    const head = readHead(r);
    const shapes = r.list((r) => readShape(r, head.callsites));
    const [n, nStays, nMemory, nTexts, nFollows] = Array.from({ length: 5 }, () => r.uint());
    const columns = Array.from({ length: 14 }, () => r.column());
    const [
        shapeOf,
        up,
        threads,
        starts,
        walls,
        inner,
        busys,
        pollCounts,
        stays,
        memories,
        lengths,
        followPairs,
        twinsOf,
        found,
    ] = columns;
    const text = r.text();

    const shape = new Uint32Array(n),
        parent = new Int32Array(n),
        depth = new Uint32Array(n),
        end = new Uint32Array(n);
    const thread = new Uint32Array(n),
        polls = new Uint32Array(n),
        firstText = new Uint32Array(n + 1);
    const start = new Float64Array(n),
        wall = new Float64Array(n),
        busy = new Float64Array(n),
        self = new Float64Array(n);
    const stayAt = new Int32Array(n).fill(-1),
        stayCount = new Uint32Array(n);
    const stayStart = new Float64Array(nStays),
        stayEnd = new Float64Array(nStays),
        stayThread = new Uint32Array(nStays);
    const memoryAt = new Int32Array(n).fill(-1);
    const memory = Array.from({ length: 6 }, () => new Float64Array(nMemory));
    const textAt = new Uint32Array(nTexts + 1);

    /** @type {number[]} */
    const open = [];
    let [threadNow, startNow, inUse, stay, reading, texts] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
        const { flags, texts: ownTexts } = shapes[(shape[i] = shapeOf.uint())];
        for (let levels = up.uint(); levels > 0; levels--) end[/** @type {number} */ (open.pop())] = i;
        depth[i] = open.length;
        parent[i] = open.length ? open[open.length - 1] : -1;
        open.push(i);
        thread[i] = threadNow += threads.int();
        start[i] = startNow += starts.int();
        firstText[i] = texts;
        texts += ownTexts;
        if (flags & Flag.EVENT) {
            wall[i] = busy[i] = self[i] = NaN;
            continue;
        }
        const wallKnown = walls.uint();
        wall[i] = head.timed && flags & Flag.ENTERED && !(flags & Flag.OPEN) ? wallKnown : NaN;
        busy[i] = wallKnown;
        polls[i] = 1;
        if (flags & Flag.STAYS) {
            busy[i] = busys.uint();
            polls[i] = pollCounts.uint();
            stayAt[i] = stay;
            stayCount[i] = stays.uint();
            for (let k = 0, at = startNow; k < stayCount[i]; k++, stay++) {
                at = stayStart[stay] = at + stays.int();
                const length = stays.uint();
                stayEnd[stay] = length ? (at += length - 1) : Infinity;
                stayThread[stay] = threadNow + stays.int();
            }
        }
        self[i] = head.timed ? busy[i] - inner.uint() : (inner.uint(), NaN);
        if (flags & Flag.MEMORY) {
            memoryAt[i] = reading;
            memory[0][reading] = inUse += memories.int();
            for (let column = 1; column < 6; column++) memory[column][reading] = memories.uint();
            reading++;
        }
    }
    for (const i of open) end[i] = n;
    firstText[n] = texts;
    for (let i = 0, at = 0; i < nTexts; i++) textAt[i + 1] = at += lengths.uint() + 1;
    const follows = Array.from({ length: nFollows }, () => [followPairs.uint(), followPairs.uint()]);

    const twins = new Int32Array(n).fill(-1);
    for (let i = 0, expected = 0; i < n && twinsOf.bytes.length; i++) {
        const twin = expected + twinsOf.int();
        twins[i] = twin - 1;
        if (twin) expected = twin + 1;
    }
    const [inUseAtStart, allocated, allocations, freed, innerAllocated, innerAllocations] = memory;
    return {
        ...head,
        shapes,
        n,
        text,
        shape,
        parent,
        depth,
        end,
        thread,
        start,
        wall,
        busy,
        self,
        polls,
        stayAt,
        stayCount,
        stayStart,
        stayEnd,
        stayThread,
        firstText,
        textAt,
        follows,
        twins,
        changes: found.bytes.length ? readChanges(found, n, twins) : null,
        memoryAt,
        memory: { inUseAtStart, allocated, allocations, freed, innerAllocated, innerAllocations },
    };
}
