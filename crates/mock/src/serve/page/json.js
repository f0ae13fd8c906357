// Bodies as they are read: JSON in lines and colours, other text as it is, bytes as how many.

/** Letters that are coloured; longer texts are shown as they are. */
const MAX_COLOURED = 200_000;
/** Letters that are shown at first. */
const MAX_SHOWN = 1_000_000;

/** In lines, where it is JSON. @param {string} text */
function pretty(text) {
    // Numbers that JavaScript would round stand in the text as they are: better in one line than wrong.
    if (/\d{16,}/.test(text)) return text;
    try {
        return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        return text;
    }
}

/** JSON with its values coloured. @param {string} text @returns {HTMLElement} */
function coloured(text) {
    const shown = visible(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
    const pre = attributes(el("pre", "json"), { tabindex: 0 });
    if (shown.length > MAX_COLOURED) {
        pre.append(shown);
        return pre;
    }
    let last = 0;
    for (const found of shown.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g)) {
        const [whole, string, colon] = found;
        pre.append(shown.slice(last, found.index));
        const kind = string ? (colon ? "key" : "str") : /^[tfn]/.test(whole) ? "literal" : "number";
        pre.append(el("span", kind, string ?? whole), colon ?? "");
        last = found.index + whole.length;
    }
    pre.append(shown.slice(last));
    return pre;
}

/** @typedef {{status: number, headers: [string, string][], body?: string, body_base64?: string, bytes: number}} Told */

/** A header of an answer. @param {{headers: [string, string][]}} told @param {string} name */
function headerOf(told, name) {
    return told.headers.find(([known]) => known.toLowerCase() === name)?.[1];
}

/** The bytes that a text in base64 stands for. @param {string} text */
function fromBase64(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The body of an answer. @param {Told} told @returns {HTMLElement} */
function bodyOf(told) {
    if (!told.bytes) return el("p", "muted", "No body.");
    const type = headerOf(told, "content-type") ?? "";
    if (told.body_base64 !== undefined && type.startsWith("image/")) {
        const image = attributes(el("img", "picture"), { alt: `the body, ${bytes(told.bytes)} of ${type}` });
        image.src = URL.createObjectURL(new Blob([fromBase64(told.body_base64)], { type: type.split(";")[0] }));
        image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
        return el("div", "", image, el("p", "muted", `${bytes(told.bytes)} of ${oneLine(type)}`));
    }
    if (told.body === undefined) return el("p", "muted", `${bytes(told.bytes)} that are no text${type ? `, ${oneLine(type)}` : ""}.`);
    return coloured(type.includes("json") ? pretty(told.body) : told.body);
}

/** The headers of an answer. @param {[string, string][]} headers */
function headersOf(headers) {
    return el(
        "dl",
        "headers",
        ...headers.flatMap(([name, value]) => [el("dt", "", oneLine(name)), el("dd", "", oneLine(value, 2000))]),
    );
}
