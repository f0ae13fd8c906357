// The operations, of which only those in view are drawn: ten thousand cost no more than twenty.

/**
 * @typedef {{index: number, method: string, path: string, operation_id: string | null, summary: string | null,
 *   tags: string[], is_deprecated: boolean, is_fixed: boolean, strategy?: string,
 *   patterns?: {pattern: string, confidence: number, reasons?: string[]}[]}} Operation
 */

/** Pixels of a row; the style says the same. */
const ROW = 48;
/** Rows beyond those in view. */
const SPARE = 6;

/** What a pattern is called by people. @param {string} pattern */
function patternName(pattern) {
    return { crud: "CRUD", auth: "auth", file_upload: "upload" }[pattern] ?? pattern;
}

/** A method in its colour. @param {string} method */
function methodBadge(method) {
    return el("span", `method m-${/^[A-Z]+$/.test(method) ? method.toLowerCase() : "other"}`, oneLine(method, 10));
}

class OperationList {
    /** @param {(operation: Operation) => void} choose @param {() => void} enter */
    constructor(choose, enter) {
        this.choose = choose;
        /** @type {Operation[]} */
        this.all = [];
        /** @type {Operation[]} */
        this.shown = [];
        /** The index of the chosen operation in the document. @type {number | null} */
        this.chosen = null;
        /** The rows that are drawn, as in `3-20`. */
        this.drawn = "";
        this.space = attributes(el("div", "space"), { role: "presentation" });
        this.element = attributes(el("div", "list"), { role: "listbox", "aria-label": "Operations", tabindex: 0 });
        this.element.append(this.space);
        this.element.addEventListener("scroll", () => this.draw());
        new ResizeObserver(() => this.draw()).observe(this.element);
        this.element.addEventListener("click", (event) => {
            const row = event.target instanceof Element ? event.target.closest(".operation") : null;
            const operation = this.shown[Number(row instanceof HTMLElement ? row.dataset.at : -1)];
            if (operation) this.pick(operation);
        });
        this.element.addEventListener("keydown", (event) => {
            const at = this.shown.findIndex((one) => one.index === this.chosen),
                page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 1),
                last = this.shown.length - 1;
            /** @type {Record<string, number>} */
            const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last };
            if (event.key === "Enter") {
                event.preventDefault();
                enter();
            } else if (event.key in to && last >= 0) {
                event.preventDefault();
                const operation = this.shown[Math.min(last, Math.max(0, to[event.key]))];
                this.pick(operation);
                this.reveal(operation.index);
            }
        });
    }

    /** @param {Operation[]} shown */
    show(shown) {
        this.shown = shown;
        this.space.style.height = `${shown.length * ROW}px`;
        this.drawn = "";
        this.draw();
    }

    /** Marks it at once: the next key may come before the page has gone there. @param {Operation} operation */
    pick(operation) {
        this.mark(operation.index);
        this.choose(operation);
    }

    /** @param {number} index */
    mark(index) {
        this.chosen = index;
        this.drawn = "";
        this.draw();
    }

    /** Scrolls as little as it takes. @param {number} index */
    reveal(index) {
        const at = this.shown.findIndex((one) => one.index === index);
        if (at < 0) return;
        const { scrollTop, clientHeight } = this.element;
        if (at * ROW < scrollTop) this.element.scrollTop = at * ROW;
        else if ((at + 1) * ROW > scrollTop + clientHeight) this.element.scrollTop = (at + 1) * ROW - clientHeight;
        this.draw();
    }

    draw() {
        const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE),
            last = Math.min(this.shown.length, Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + SPARE),
            drawn = `${first}-${last}`;
        if (drawn === this.drawn) return;
        this.drawn = drawn;
        this.space.replaceChildren(...this.shown.slice(first, last).map((operation, at) => this.row(operation, first + at)));
        const active = this.shown.findIndex((one) => one.index === this.chosen);
        if (active >= first && active < last) this.element.setAttribute("aria-activedescendant", `operation-${active}`);
        else this.element.removeAttribute("aria-activedescendant");
    }

    /** @param {Operation} operation @param {number} at */
    row(operation, at) {
        const row = attributes(el("div", "operation"), {
            role: "option",
            id: `operation-${at}`,
            "aria-selected": operation.index === this.chosen,
            "aria-setsize": this.shown.length,
            "aria-posinset": at + 1,
        });
        row.dataset.at = String(at);
        row.style.top = `${at * ROW}px`;
        const path = el("span", operation.is_deprecated ? "path deprecated" : "path", el("bdi", "", oneLine(operation.path, 300)));
        path.title = visible(operation.path);
        row.append(
            el("div", "first", methodBadge(operation.method), path),
            el(
                "div",
                "second",
                el("span", "about", oneLine(operation.summary || operation.operation_id || "", 160)),
                operation.is_fixed ? badge("edited", "fixed") : null,
                ...(operation.patterns ?? []).map((one) => badge(patternName(one.pattern), `p-${one.pattern}`)),
            ),
        );
        return row;
    }
}
