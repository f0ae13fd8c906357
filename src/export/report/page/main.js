// The page: head, search, views and details, and how they play together.

class App {
    /** @param {Trace} trace @param {Trace | null} before */
    constructor(trace, before) {
        this.trace = trace;
        this.before = before;
        this.modules = new Modules(trace);
        this.query = new Query("");
        /** By node, whether the filter shows it. */
        this.shown = this.modules.shown();
        /** By node, whether the query means it. */
        this.found = new Uint8Array(trace.n);
        this.details = new Details(this);
        /** @type {View[]} */
        this.views = [new TreeView(this), new FlameView(this), new FunctionsView(this), new GraphView(this)];
        if (before) this.views.push(new DiffView(this, before));
        this.front = this.views[0];
        this.status = attributes(el("span", "status"), { role: "status", "aria-live": "polite" });
        /** For views that are drawn: a screen reader finds nothing in them. */
        this.spoken = attributes(el("p", "spoken"), { role: "status", "aria-live": "polite" });
        this.searchBox = this.makeSearchBox();
        this.modulesButton = button("Modules", () => this.toggleModules(), { title: "Filter by module (m)" });
        this.help = helpDialog();
        this.stage = attributes(el("main", "stage"), { role: "tabpanel", id: "stage" });
        this.stage.append(...this.views.map((view) => view.element));
        this.element = el(
            "div",
            "app",
            this.makeHead(),
            ...this.lossBanner(),
            this.makeToolbar(),
            el("div", "body", this.stage, this.details.element),
            this.help,
            this.spoken,
        );
        addEventListener("keydown", (event) => this.key(event));
        // A canvas takes its colours when it is drawn.
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.front.refresh());
    }

    makeHead() {
        const { trace } = this,
            { totals } = trace;
        const chips = [
            counted(totals.calls, "call"),
            counted(trace.functions.length, "function"),
            counted(trace.data.threads.length, "thread"),
            ...(trace.data.timed ? [`${time(totals.wall)} wall`, `${time(totals.busy)} busy`] : ["no times"]),
            ...(trace.countsMemory && totals.memory ? [`${bytes(totals.memory.allocated)} allocated`] : []),
        ].map((text) => el("span", "chip", text));
        const failures = totals.errors + totals.panics;
        if (failures)
            chips.push(
                button(`✗ ${count(failures)} failed`, () => this.searchFor("is:error"), {
                    className: "chip failed",
                    title: "Search what failed",
                }),
            );
        if (totals.open)
            chips.push(
                button(`${count(totals.open)} open`, () => this.searchFor("is:open"), {
                    className: "chip",
                    title: "Search calls that had not returned",
                }),
            );
        const theme = button("Theme", () => this.toggleTheme(), { title: "Dark or light (t)" });
        const help = button("?", () => this.help.showModal(), { title: "Keys (?)" });
        return el(
            "header",
            "head",
            el("h1", "", el("bdi", "", oneLine(trace.data.title, 200))),
            el("div", "chips", ...chips),
            el("div", "grow"),
            theme,
            help,
        );
    }

    /** Says first of all that the recording misses something. */
    lossBanner() {
        const banners = [];
        for (const [trace, whose] of /** @type {[Trace | null, string][]} */ ([
            [this.trace, "This recording"],
            [this.before, "The older recording"],
        ])) {
            const { loss, remedy } = trace?.data.stats ?? {};
            if (!loss) continue;
            const text = `${whose} is incomplete: ${visible(loss)}. Counts and times are of what is left.`;
            const whole = ` To have it whole, ${remedy}.`;
            banners.push(attributes(el("p", "loss", el("strong", "", "⚠ "), text, whole), { role: "alert" }));
        }
        return banners;
    }

    makeToolbar() {
        this.tabs = attributes(el("div", "tabs"), { role: "tablist", "aria-label": "Views" });
        this.views.forEach((view, at) => {
            const tab = attributes(
                button(view.title, () => this.bringToFront(view), {
                    className: "tab",
                    title: `${view.title} (${at + 1})`,
                }),
                { role: "tab", "aria-controls": "stage", id: `tab-${view.id}` },
            );
            this.tabs?.append(tab);
        });
        this.tabs.addEventListener("keydown", (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            event.preventDefault();
            const next = (this.views.indexOf(this.front) + step + this.views.length) % this.views.length;
            this.bringToFront(this.views[next]);
            /** @type {HTMLElement} */ (this.tabs?.children[next]).focus();
        });
        this.previous = button("‹", () => this.go(-1), { title: "Previous match (N)" });
        this.next = button("›", () => this.go(1), { title: "Next match (n)" });
        return el(
            "nav",
            "toolbar",
            this.tabs,
            el("div", "grow"),
            el("div", "search", this.searchBox, this.status, this.previous, this.next),
            this.modulesButton,
        );
    }

    makeSearchBox() {
        const box = attributes(el("input", "search-box"), {
            type: "search",
            placeholder: "Search  /",
            "aria-label": "Search calls, arguments, results, events",
            spellcheck: false,
            autocomplete: "off",
        });
        box.addEventListener("input", () => this.search(box.value));
        box.addEventListener("keydown", (event) => {
            if (event.key === "Enter") this.go(event.shiftKey ? -1 : 1);
            else if (event.key === "Escape") {
                if (box.value) this.searchFor("");
                this.front.focus();
            } else if (event.key === "ArrowDown") this.front.focus();
            else return;
            event.preventDefault();
            event.stopPropagation();
        });
        return box;
    }

    start() {
        this.bringToFront(this.views.find((view) => view.id === location.hash.slice(1)) ?? this.front);
        this.front.focus();
    }

    /** @param {View} view */
    bringToFront(view) {
        this.front = view;
        for (const other of this.views) other.element.hidden = other !== view;
        this.views.forEach((other, at) => {
            const isFront = other === view,
                tab = /** @type {HTMLElement} */ (this.tabs?.children[at]);
            attributes(tab, { "aria-selected": isFront, tabindex: isFront ? 0 : -1 });
        });
        this.stage.setAttribute("aria-labelledby", `tab-${view.id}`);
        view.refresh();
        this.searched();
    }

    /** @param {Chosen} selection */
    select(selection) {
        this.details.show(selection);
    }

    /**
     * Has something read aloud.
     * @param {string} text
     */
    say(text) {
        this.spoken.textContent = visible(text);
    }

    /** @param {string} id @param {number} i */
    reveal(id, i) {
        if (!this.shown[i]) this.showEverything();
        const view = this.views.find((view) => view.id === id) ?? this.front;
        if (view !== this.front) this.bringToFront(view);
        view.reveal(i);
        view.focus();
    }

    /** @param {string} id @param {Fn} fn */
    revealFunction(id, fn) {
        const view = /** @type {GraphView} */ (this.views.find((view) => view.id === id));
        this.bringToFront(view);
        view.choose(fn.id);
        view.focus();
    }

    /** Takes the filter away, for something that it hides is to be shown. */
    showEverything() {
        this.modules.hidden.clear();
        this.modules.showEvents = true;
        const box = /** @type {TreeView} */ (this.views[0]).events.querySelector("input");
        if (box) box.checked = true;
        this.filterChanged();
    }

    filterChanged() {
        this.shown = this.modules.shown();
        this.nodes = undefined;
        for (const view of this.views)
            if ("filterChanged" in view) /** @type {{filterChanged: () => void}} */ (view).filterChanged();
        this.front.refresh();
        const { size } = this.modules.hidden;
        this.modulesButton.textContent = size
            ? `Modules (${this.trace.modules.length - size} of ${this.trace.modules.length})`
            : "Modules";
        this.searched();
    }

    /** @param {string} text */
    search(text) {
        this.query = new Query(text);
        this.found = search(this.trace, this.query);
        this.nodes = undefined;
        this.front.refresh();
        this.searched();
    }

    /** @param {string} text */
    searchFor(text) {
        this.searchBox.value = text;
        this.search(text);
        if (text) this.go(1);
    }

    /** Nodes that are meant by the query and shown by the filter. @returns {Int32Array} */
    foundNodes() {
        if (!this.nodes) {
            const nodes = new Int32Array(this.trace.n);
            let n = 0;
            for (let i = 0; i < this.trace.n; i++) if (this.found[i] && this.shown[i]) nodes[n++] = i;
            this.nodes = nodes.subarray(0, n);
        }
        return this.nodes;
    }

    /** Says how much was found. @param {number} [place] of the match that is chosen, from 1 */
    searched(place = 0) {
        const isEmpty = this.query.isEmpty,
            matches = isEmpty ? 0 : this.front.matches();
        this.status.textContent = isEmpty
            ? ""
            : place
              ? `${count(place)} of ${count(matches)}`
              : matches
                ? counted(matches, "match").replace("matchs", "matches")
                : "no match";
        for (const step of [this.previous, this.next]) if (step) step.disabled = matches === 0;
    }

    /** @param {1 | -1} step */
    go(step) {
        if (!this.query.isEmpty) this.searched(this.front.go(step));
    }

    toggleModules() {
        if (this.panel) {
            this.panel.remove();
            this.panel = undefined;
            this.modulesButton.setAttribute("aria-expanded", "false");
            this.front.focus();
            return;
        }
        this.panel = attributes(
            modulesPanel(this.modules, () => this.filterChanged()),
            { role: "dialog", "aria-label": "Filter by module" },
        );
        this.modulesButton.setAttribute("aria-expanded", "true");
        this.element.append(this.panel);
        this.panel.querySelector("input")?.focus();
    }

    /** Back by one step: from the panel, from the details, from what was chosen. @param {HTMLElement} from */
    escape(from) {
        if (this.panel) this.toggleModules();
        else if (this.details.element.contains(from)) this.front.focus();
        else this.details.show(null);
    }

    toggleTheme() {
        const root = document.documentElement;
        const isDark = root.dataset.theme
            ? root.dataset.theme === "dark"
            : matchMedia("(prefers-color-scheme: dark)").matches;
        root.dataset.theme = isDark ? "light" : "dark";
        this.front.refresh();
    }

    toggleDetails() {
        this.details.element.hidden = !this.details.element.hidden;
        this.front.refresh();
    }

    focusDetails() {
        this.details.element.hidden = false;
        this.details.element.focus();
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        const target = /** @type {HTMLElement} */ (event.target),
            isTyping = target === this.searchBox;
        if (event.ctrlKey || event.metaKey || event.altKey || isTyping || this.help.open) return;
        const keys = /** @type {Record<string, () => void>} */ ({
            "/": () => this.searchBox.select(),
            "?": () => this.help.showModal(),
            n: () => this.go(1),
            N: () => this.go(-1),
            m: () => this.toggleModules(),
            t: () => this.toggleTheme(),
            d: () => this.toggleDetails(),
            Escape: () => this.escape(target),
        });
        const view = this.views[Number(event.key) - 1];
        if (view) {
            this.bringToFront(view);
            view.focus();
        } else if (Object.hasOwn(keys, event.key)) keys[event.key]();
        else return;
        event.preventDefault();
    }
}

/** @param {string} id @returns {Promise<Trace | null>} */
async function read(id) {
    const data = document.getElementById(id),
        text = data?.textContent ?? "";
    // Not needed twice.
    data?.remove();
    return text ? new Trace(decode(await inflate(text))) : null;
}

async function main() {
    const page = document.getElementById("app");
    try {
        const [trace, before] = await Promise.all([read("trace"), read("before")]);
        if (!trace) throw new Error("it holds no trace");
        const app = new App(trace, before);
        page?.replaceChildren(app.element);
        app.start();
        // For those who measure: from the beginning of the navigation to the page with its rows.
        requestAnimationFrame(() => performance.mark("shown"));
    } catch (error) {
        page?.replaceChildren(
            el(
                "p",
                "loss",
                `This report cannot be shown: ${error}. The file may be damaged, or the browser too old for it.`,
            ),
        );
    }
}

main();
