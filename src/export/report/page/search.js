// What is looked for, and where it is found.

/** Narrowing words of a query, beside its text. */
const QUERY_HELP = [
    ["charge", "anything with this text: function, module, argument, result, error, event"],
    ["sku: tea", "calls whose argument sku holds tea"],
    ["is:error", "calls that failed, events of level ERROR; also is:panic, is:open, is:event, is:async"],
    [">5ms", "calls that took at least so long; also <5ms"],
    ["thread:worker", "calls that began on a thread with such a name"],
];

const UNITS = /** @type {Record<string, number>} */ ({ ns: 1, µs: 1e3, us: 1e3, ms: 1e6, s: 1e9 });

/** Folds case and keeps the length, so that places in the result are places in the text. @param {string} text */
function fold(text) {
    const lower = text.toLowerCase();
    if (lower.length === text.length) return lower;
    return text.replace(/[^\0-\x7f]/g, (unit) =>
        unit.toLowerCase().length === unit.length ? unit.toLowerCase() : unit,
    );
}

class Query {
    /** @param {string} typed */
    constructor(typed) {
        this.typed = typed.trim();
        /** @type {((trace: Trace, i: number) => boolean)[]} */
        this.conditions = [];
        const words = this.typed.split(/\s+/).filter((word) => word && !this.condition(word));
        /** What is looked for in texts, case folded. */
        this.text = fold(words.join(" "));
        const pair = /^([\p{L}\p{N}_.]+)\s*:\s*([^:\s].*)$/u.exec(this.text);
        /** An argument by name and value, where the text has that form. */
        this.argument = pair && { name: pair[1], value: pair[2] };
    }

    get isEmpty() {
        return !this.text && !this.conditions.length;
    }

    /** Takes a word that narrows. @param {string} word */
    condition(word) {
        const [, what, value] = /^(is|thread):(.+)$/.exec(word) ?? [];
        const [, than, amount, unit] = /^([<>])=?(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/.exec(word) ?? [];
        const states = /** @type {Record<string, (trace: Trace, i: number) => boolean>} */ ({
            error: (trace, i) => trace.failed(i),
            panic: (trace, i) => trace.is(i, Flag.PANICKED),
            open: (trace, i) => trace.is(i, Flag.OPEN),
            event: (trace, i) => trace.isEvent(i),
            async: (trace, i) => trace.data.polls[i] > 1,
        });
        if (what === "is" && Object.hasOwn(states, value)) this.conditions.push(states[value]);
        else if (what === "thread")
            this.conditions.push((trace, i) => fold(trace.data.threads[trace.data.thread[i]]).includes(fold(value)));
        else if (than === ">") this.conditions.push((trace, i) => trace.data.wall[i] >= Number(amount) * UNITS[unit]);
        else if (than === "<") this.conditions.push((trace, i) => trace.data.wall[i] < Number(amount) * UNITS[unit]);
        else return false;
        return true;
    }

    /** Whether a text holds what is looked for. @param {string} text */
    isIn(text) {
        return this.text !== "" && fold(text).includes(this.text);
    }

    /** Whether a function is meant by its path; conditions are about calls. @param {Fn} fn */
    meansFunction(fn) {
        return !this.conditions.length && this.isIn(`${fn.module}::${fn.name}`);
    }
}

/** Folded texts of all values, made at the first search. @type {WeakMap<Trace, string>} */
const foldedTexts = new WeakMap();

/**
 * By node, whether it is meant by a query.
 * @param {Trace} trace
 * @param {Query} query
 */
function search(trace, query) {
    const found = new Uint8Array(trace.n);
    if (query.isEmpty) return found;
    if (query.text) {
        findSites(trace, query, found);
        findTexts(trace, query.text, found);
        if (query.argument) findArguments(trace, query.argument, found);
    } else {
        found.fill(1);
    }
    if (query.conditions.length) {
        for (let i = 0; i < trace.n; i++)
            if (found[i] && !query.conditions.every((holds) => holds(trace, i))) found[i] = 0;
    }
    return found;
}

/**
 * Nodes whose function, module or level is meant.
 * @param {Trace} trace
 * @param {Query} query
 * @param {Uint8Array} found
 */
function findSites(trace, query, found) {
    const meant = trace.data.shapes.map(({ callsite, flags }) =>
        query.isIn(
            flags & Flag.EVENT ? `${callsite.level} ${callsite.module}` : `${callsite.module}::${callsite.name}`,
        ),
    );
    if (!meant.includes(true)) return;
    for (let i = 0; i < trace.n; i++) if (meant[trace.data.shape[i]]) found[i] = 1;
}

/**
 * Nodes with the text in a value: one pass over all texts, which lie one after the other.
 * @param {Trace} trace
 * @param {string} wanted
 * @param {Uint8Array} found
 */
function findTexts(trace, wanted, found) {
    const { firstText, textAt, text } = trace.data;
    let texts = foldedTexts.get(trace);
    if (texts === undefined) foldedTexts.set(trace, (texts = fold(text)));
    let node = 0;
    for (let at = texts.indexOf(wanted); at >= 0; at = texts.indexOf(wanted, textAt[firstText[node + 1]])) {
        node = nodeOfText(trace, at, node);
        found[node] = 1;
    }
}

/**
 * The node whose texts a place lies in, at or after a node.
 * @param {Trace} trace
 * @param {number} at
 * @param {number} from
 */
function nodeOfText(trace, at, from) {
    const { firstText, textAt } = trace.data;
    let [low, high] = [from, trace.n - 1];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (textAt[firstText[middle + 1]] > at) high = middle;
        else low = middle + 1;
    }
    return low;
}

/**
 * Nodes with such an argument.
 * @param {Trace} trace
 * @param {{name: string, value: string}} argument
 * @param {Uint8Array} found
 */
function findArguments(trace, { name, value }, found) {
    const has = trace.data.shapes.map((shape) => shape.fields.some((field) => fold(field.name).endsWith(name)));
    for (let i = 0; i < trace.n; i++) {
        if (!found[i] && has[trace.data.shape[i]]) {
            found[i] = trace
                .fields(i)
                .some((field) => fold(field.name).endsWith(name) && fold(field.text).includes(value))
                ? 1
                : 0;
        }
    }
}

/**
 * A text with what is looked for marked in it.
 * @param {string} text as it is shown
 * @param {Query} query
 * @returns {(Node | string)[]}
 */
function marked(text, query) {
    if (!query.text) return [text];
    const folded = fold(text);
    const parts = [];
    let from = 0;
    for (let at = folded.indexOf(query.text); at >= 0; at = folded.indexOf(query.text, from)) {
        parts.push(text.slice(from, at), el("mark", "", text.slice(at, at + query.text.length)));
        from = at + query.text.length;
    }
    parts.push(text.slice(from));
    return parts;
}
