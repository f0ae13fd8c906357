// The operations: which there are on one side, the chosen one on the other.

/** What is shown of an operation. @type {[string, string][]} */
const FACES = [
    ["about", "About"],
    ["try", "Try"],
    ["edit", "Edit"],
];

class OperationsView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "operations";
        this.title = "Operations";
        this.chosen = /** @type {number | null} */ (null);
        this.face = "about";
        this.list = new OperationList(
            (operation) => app.go(`operations/${operation.index}/${this.face}`),
            () => this.pane.focus(),
        );
        this.search = attributes(textField("", { type: "search", placeholder: "Filter by path, id, summary" }), { "aria-label": "Filter operations", title: "Filter (/)" });
        this.search.addEventListener("input", () => this.filter());
        this.search.addEventListener("keydown", (event) => {
            if (event.key === "ArrowDown") {
                event.preventDefault();
                this.list.element.focus();
            }
        });
        this.choices = { method: "", tag: "", pattern: "", strategy: "" };
        this.selects = el("div", "selects");
        this.found = attributes(el("span", "found muted"), { role: "status", "aria-live": "polite" });
        this.nothing = el("div");
        this.pane = attributes(el("div", "pane"), { tabindex: -1, role: "region", "aria-label": "Operation" });
        this.side = el("div", "side", el("div", "filters", this.search, this.selects, this.found), this.nothing, this.list.element);
        this.element = el("div", "view operations-view", this.side, this.pane);
    }

    /** @param {string[]} place */
    async show(place) {
        if (!this.list.all.length) await this.load();
        const index = place[0] === undefined || place[0] === "" ? null : Number(place[0]);
        const face = FACES.some(([known]) => known === place[1]) ? place[1] : "about";
        this.element.classList.toggle("has-chosen", index !== null);
        if (index === null) {
            this.chosen = null;
            this.pane.replaceChildren(empty("Choose an operation.", "Arrow keys walk the list, Enter opens, / filters."));
            return;
        }
        const isSame = index === this.chosen && face === this.face;
        [this.chosen, this.face] = [index, face];
        this.list.mark(index);
        this.list.reveal(index);
        if (!isSame || this.app.repeated || this.app.editWith) await this.showOperation();
    }

    async load() {
        await fill(
            this.nothing,
            () => this.app.api.get("operations"),
            (all) => {
                this.list.all = all;
                this.makeSelects();
                this.filter();
                return this.nothingShown();
            },
        );
    }

    /** Reads the list anew, and leaves all else as it is. */
    async refresh() {
        const all = await this.app.api.get("operations").catch(() => null);
        if (!all) return;
        this.list.all = all;
        this.filter();
    }

    makeSelects() {
        const all = this.list.all;
        const some = (/** @type {(one: Operation) => string[]} */ of) => [...new Set(all.flatMap(of))].sort();
        /** @type {[keyof typeof this.choices, string, [string, string][]][]} */
        const choices = [
            ["method", "any method", some((one) => [one.method]).map((one) => [one, oneLine(one, 20)])],
            ["tag", "any tag", some((one) => one.tags).map((one) => [one, oneLine(one, 40)])],
            ["pattern", "any pattern", [...some((one) => (one.patterns ?? []).map((found) => found.pattern)).map((one) => /** @type {[string, string]} */ ([one, patternName(one)])), ["none", "no pattern"]]],
            ["strategy", "any strategy", some((one) => (one.strategy ? [one.strategy] : [])).map((one) => [one, one])],
        ];
        this.selects.replaceChildren(
            ...choices
                .filter(([, , values]) => values.length > 1)
                .map(([name, any, values]) =>
                    select(`Filter by ${name}`, [["", any], ...values], this.choices[name], (value) => {
                        this.choices[name] = value;
                        this.filter();
                    }),
                ),
        );
    }

    filter() {
        const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
        const { method, tag, pattern, strategy } = this.choices;
        const isShown = (/** @type {Operation} */ one) => {
            const text = `${one.method} ${one.path} ${one.operation_id ?? ""} ${one.summary ?? ""} ${one.tags.join(" ")}`.toLowerCase();
            const patterns = (one.patterns ?? []).map((found) => found.pattern);
            return (
                words.every((word) => text.includes(word)) &&
                (!method || one.method === method) &&
                (!tag || one.tags.includes(tag)) &&
                (!strategy || one.strategy === strategy) &&
                (!pattern || (pattern === "none" ? !patterns.length : patterns.includes(pattern)))
            );
        };
        const shown = this.list.all.filter(isShown);
        this.found.textContent = shown.length === this.list.all.length ? counted(shown.length, "operation") : `${count(shown.length)} of ${counted(this.list.all.length, "operation")}`;
        this.list.show(shown);
        this.list.element.hidden = !shown.length;
        this.nothing.replaceChildren(...this.nothingShown());
    }

    nothingShown() {
        if (!this.list.all.length) return [empty("The document has no operations.", "Look at ", el("code", "", "tracesnap mock inspect"), " for what is wrong with it.")];
        if (this.list.shown.length) return [];
        return [
            empty(
                "No operation is like that.",
                button(
                    "Show all",
                    () => {
                        this.search.value = "";
                        this.choices = { method: "", tag: "", pattern: "", strategy: "" };
                        this.makeSelects();
                        this.filter();
                    },
                    { className: "link" },
                ),
            ),
        ];
    }

    async showOperation() {
        const [index, face] = [this.chosen, this.face];
        // Who goes from face to face by keys stays where these are chosen.
        const hadFocus = this.pane.contains(document.activeElement);
        if (this.pane.scrollTop) this.pane.scrollTop = 0;
        await fill(
            this.pane,
            () => this.app.api.get(`operations/${index}`),
            (detail) => {
                const editWith = (/** @type {any} */ told) => {
                    this.app.editWith = { index: detail.index, told };
                    this.app.go(`operations/${detail.index}/edit`);
                };
                const part =
                    face === "try"
                        ? new Attempt(this.app, detail, editWith)
                        : face === "edit"
                          ? new Edit(this.app, detail, () => this.refresh())
                          : new About(this.app, detail);
                return [this.headOf(detail), part.element];
            },
        );
        const chosen = this.pane.querySelector(".operation-head input:checked");
        if (hadFocus && chosen instanceof HTMLElement) chosen.focus();
    }

    /** @param {any} detail */
    headOf(detail) {
        const chips = [
            detail.operation_id ? el("span", "chip", el("code", "", oneLine(detail.operation_id, 120))) : null,
            ...detail.tags.map((/** @type {string} */ tag) => el("span", "chip", oneLine(tag, 60))),
            detail.is_deprecated ? badge("deprecated", "warn") : null,
            detail.is_fixed ? badge("edited", "fixed") : null,
        ];
        return el(
            "header",
            "operation-head",
            button("‹ Operations", () => this.app.go("operations"), { className: "link back" }),
            el("h2", "", methodBadge(detail.method), " ", el("span", "code", el("bdi", "", oneLine(detail.path, 600)))),
            detail.summary ? el("p", "summary", oneLine(detail.summary, 400)) : null,
            el("div", "chips", ...chips),
            segmented("What is shown", FACES, this.face, (face) => this.app.go(`operations/${detail.index}/${face}`)),
        );
    }
}
