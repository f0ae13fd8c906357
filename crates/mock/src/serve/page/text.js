// Numbers and foreign text as people read them.

/** Three significant digits of what is below 1,000. @param {number} value */
function digits(value) {
    return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `350 ns`, `12.3 µs`, `2.00 s`. @param {number | null | undefined} ns */
function time(ns) {
    if (ns === null || ns === undefined || Number.isNaN(ns)) return "–";
    if (ns < 1000) return `${Math.round(ns)} ns`;
    for (const [unit, size] of /** @type {[string, number][]} */ ([["µs", 1e3], ["ms", 1e6]])) {
        if (ns / size < 999.5) return `${digits(ns / size)} ${unit}`;
    }
    return `${digits(ns / 1e9)} s`;
}

/** A time of Rust, as JSON has it. @param {{secs: number, nanos: number} | null | undefined} duration */
function nanos(duration) {
    return duration ? duration.secs * 1e9 + duration.nanos : null;
}

/** `12,345`. @param {number} n */
function count(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 call`, `3 calls`. @param {number} n @param {string} one @param {string} [several] */
function counted(n, one, several = `${one}s`) {
    return `${count(n)} ${n === 1 ? one : several}`;
}

/** `512 B`, `1.50 KiB`. @param {number} n */
function bytes(n) {
    if (n < 1000) return `${n} B`;
    let value = n,
        unit = "";
    for (unit of ["KiB", "MiB", "GiB"]) {
        value /= 1024;
        if (value < 999.5) break;
    }
    return `${digits(value)} ${unit}`;
}

/** `97.5 %`, of a fraction of one. @param {number | null | undefined} part */
function percent(part) {
    return typeof part === "number" ? `${(100 * part).toFixed(1)} %` : "–";
}

/** The time of day, of milliseconds since 1970. @param {number} ms */
function timeOfDay(ms) {
    return new Date(ms).toLocaleTimeString("en-GB");
}

/** Day and time of day. @param {number} ms */
function moment(ms) {
    const at = new Date(ms),
        two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${timeOfDay(ms)}`;
}

// Controls, and what changes the direction of text or takes no room: each could hide or forge what stands beside it.
const UNSEEN =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A foreign text with nothing invisible in it; lines and tabs stay. @param {string} text */
function visible(text) {
    return text.replace(UNSEEN, (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** The same on one line, and cut where it gets long. @param {string | null | undefined} text @param {number} [most] */
function oneLine(text, most = 200) {
    const all = text ?? "";
    const cut = all.length > most ? `${all.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…` : all;
    return visible(cut.replace(/\s*\n\s*/g, " ").replaceAll("\t", " "));
}
