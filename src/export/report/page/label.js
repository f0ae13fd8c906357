// How a call, an event or a function is written in a row.

/**
 * `charge(amount: 54.0) ✗ card declined`, in parts that are styled apart.
 * @param {Trace} trace
 * @param {number} i
 * @param {Query} query
 * @returns {Node[]}
 */
function nodeLabel(trace, i, query) {
    const fields = trace.fields(i);
    const parts = trace.isEvent(i)
        ? eventHead(trace, i, fields, query)
        : [el("b", "name", ...marked(oneLine(trace.name(i)), query))];
    const args = fields.filter(
        (field) => field.number >= FIRST_FIELD && !(trace.isEvent(i) && field.name === "message"),
    );
    if (args.length) parts.push(argumentList(args, query));
    for (const field of fields.filter((field) => field.number < FIRST_FIELD)) {
        const isError = field.number === ERROR;
        const sign = el("span", "sign", isError ? " ✗ " : " → ");
        parts.push(el("span", isError ? "outcome failed" : "outcome", sign, value(field, query)));
    }
    if (trace.is(i, Flag.PANICKED)) parts.push(el("span", "outcome failed", el("span", "sign", " ✗ "), "panicked"));
    parts.push(...badges(trace, i));
    return parts;
}

/**
 * @param {Trace} trace
 * @param {number} i
 * @param {Field[]} fields
 * @param {Query} query
 * @returns {Node[]}
 */
function eventHead(trace, i, fields, query) {
    const level = trace.callsite(i).level;
    const message = fields.find((field) => field.name === "message");
    const parts = [el("span", `level level-${level.toLowerCase()}`, level)];
    if (message) parts.push(el("bdi", "message", ...marked(oneLine(message.text), query)));
    return parts;
}

/** @param {Field[]} args @param {Query} query */
function argumentList(args, query) {
    const list = el("span", "args", "(");
    args.forEach((field, at) => {
        list.append(at ? ", " : "", el("span", "arg", oneLine(field.name), ": "), value(field, query));
    });
    list.append(")");
    return list;
}

/** @param {Field} field @param {Query} query */
function value(field, query) {
    const className = ["number", "bool", "str", "text", "kept-out", "kept-out"][field.kind];
    const element = el("bdi", `value ${className}`, ...marked(oneLine(field.text), query));
    if (field.cut)
        element.append(attributes(el("span", "muted", "…"), { title: "cut at the length limit of the recording" }));
    return element;
}

/** What is unusual about a call, in words. @param {Trace} trace @param {number} i */
function badges(trace, i) {
    const found = [];
    if (trace.is(i, Flag.OPEN)) found.push(trace.is(i, Flag.ENTERED) ? "open" : "never entered");
    if (trace.is(i, Flag.TRUNCATED)) found.push("calls lost below");
    if (trace.is(i, Flag.ORPHAN)) found.push("caller lost");
    if (trace.is(i, Flag.CONCURRENT)) found.push("concurrent");
    return found.map((text) => el("span", text === "concurrent" ? "badge" : "badge warn", text));
}

/** `shop::pay::charge`, the module muted. @param {Fn} fn @param {Query} query */
function functionLabel(fn, query) {
    const isWhole = query.text.includes("::");
    const path = `${oneLine(fn.module)}::`;
    const name = oneLine(fn.name);
    // Where the text spans both, both are marked: it cannot be marked in either.
    const spans = isWhole && query.meansFunction(fn);
    const all = /** @param {string} text */ (text) => (spans ? [el("mark", "", text)] : marked(text, query));
    return [el("b", "name", ...all(name)), el("bdi", "module-path", ...all(path.slice(0, -2)))];
}
