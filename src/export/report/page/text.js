// Numbers and foreign text as people read them.

/** Three significant digits, of a value below 1,000. @param {number} value */
function threeDigits(value) {
    return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** `350 ns`, `12.3 µs`, `2 min 5 s`: as the rest of tracesnap writes times. @param {number} ns @returns {string} */
function time(ns) {
    if (Number.isNaN(ns)) return "–";
    if (ns < 0) return "−" + time(-ns);
    if (ns < 1000) return `${Math.round(ns)} ns`;
    for (const [unit, size, limit] of /** @type {const} */ ([
        ["µs", 1e3, 999.5],
        ["ms", 1e6, 999.5],
        ["s", 1e9, 59.95],
    ])) {
        if (ns / size < limit) return `${threeDigits(ns / size)} ${unit}`;
    }
    const seconds = Math.round(ns / 1e9);
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `512 B`, `1.50 KiB`, in powers of 1024. @param {number} n @returns {string} */
function bytes(n) {
    if (Number.isNaN(n)) return "–";
    if (n < 0) return "−" + bytes(-n);
    if (n < 1000) return `${n} B`;
    let [value, unit] = [n, ""];
    for (unit of ["KiB", "MiB", "GiB", "TiB", "PiB"]) {
        value /= 1024;
        if (value < 999.5) break;
    }
    return `${threeDigits(value)} ${unit}`;
}

/** `12,345`. @param {number} n */
function count(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 call`, `3 calls`. @param {number} n @param {string} one */
function counted(n, one) {
    return `${count(n)} ${one}${n === 1 ? "" : "s"}`;
}

/** `4.2 %`, of a fraction of one. @param {number} part */
function percent(part) {
    return Number.isFinite(part) ? `${(100 * part).toFixed(1)} %` : "–";
}

/** `+12.3 µs`, `−4 ns`, `±0`. @param {number} n @param {(n: number) => string} show */
function signed(n, show) {
    if (Number.isNaN(n)) return "–";
    return n === 0 ? "±0" : (n > 0 ? "+" : "−") + show(Math.abs(n));
}

// Controls, and what changes the direction of text or takes no room: each could hide or forge what stands beside it.
const INVISIBLE =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A foreign text with nothing invisible in it; lines and tabs stay. @param {string} text */
function visible(text) {
    return text.replace(
        INVISIBLE,
        (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );
}

/** The same on one line, and cut where it gets long. @param {string} text @param {number} [limit] in UTF-16 units */
function oneLine(text, limit = 160) {
    const cut = text.length > limit ? text.slice(0, limit).replace(/[\ud800-\udbff]$/, "") + "…" : text;
    return visible(cut.replace(/\s*\n\s*/g, " ↵ ").replaceAll("\t", " "));
}
