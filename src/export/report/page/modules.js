// Modules: which are shown, and the colour each of them has.

/**
 * Hues that can be told apart, none of them the red of errors. Modules beyond these are grey: names tell them anyway.
 */
const HUES = [250, 155, 75, 310, 200, 110, 340, 50, 280];

class Modules {
    /** @param {Trace} trace */
    constructor(trace) {
        this.trace = trace;
        /** Numbers of the modules that are hidden. @type {Set<number>} */
        this.hidden = new Set();
        this.showEvents = true;
        const byModule = trace.modules.map((name, id) => ({ id, name, calls: 0, self: 0, events: 0 }));
        const ids = new Map(trace.modules.map((name, id) => [name, id]));
        for (const fn of trace.functions) {
            const module = byModule[ids.get(fn.module) ?? 0];
            module.calls += fn.calls;
            module.self += fn.self;
        }
        for (let i = 0; i < trace.n; i++) if (trace.isEvent(i)) byModule[trace.callsite(i).moduleId].events++;
        /** By number. */
        this.all = byModule;
        const called = byModule.filter((module) => module.calls > 0);
        /** Where all is in one module, functions have the colours. */
        this.byFunction = called.length < 2;
        /** Places in HUES, of what takes most time first. @type {Map<string, number>} */
        this.ranks = new Map();
        const coloured = this.byFunction ? [...trace.functions] : called;
        coloured
            .sort((a, b) => b.self - a.self || a.id - b.id)
            .forEach(({ name }, rank) => rank < HUES.length && this.ranks.set(name, rank));
    }

    /** @param {{module: string, name: string}} site of a call or an event, or a function */
    rank({ module, name }) {
        return this.ranks.get(this.byFunction ? name : module);
    }

    /**
     * Class of an element that carries the colour of a callsite or function.
     * @param {{module: string, name: string}} site
     */
    colour(site) {
        const rank = this.rank(site);
        return rank === undefined ? "hue-none" : `hue-${rank}`;
    }

    /** The same as a hue; NaN is grey. @param {{module: string, name: string}} site */
    hue(site) {
        const rank = this.rank(site);
        return rank === undefined ? NaN : HUES[rank];
    }

    /** By node, whether it is shown. Computed anew: ask once a change. */
    shown() {
        const { trace } = this;
        const callsiteShown = trace.data.shapes.map(
            (shape) => !this.hidden.has(shape.callsite.moduleId) && (this.showEvents || !(shape.flags & Flag.EVENT)),
        );
        const shown = new Uint8Array(trace.n);
        for (let i = 0; i < trace.n; i++) shown[i] = callsiteShown[trace.data.shape[i]] ? 1 : 0;
        return shown;
    }

    /** Whether a function is shown. @param {Fn} fn */
    shows(fn) {
        return !this.hidden.has(this.trace.modules.indexOf(fn.module));
    }
}

/**
 * The panel of modules with a box to tick each, crates above their modules.
 * @param {Modules} modules
 * @param {() => void} changed
 */
function modulesPanel(modules, changed) {
    const list = el("div", "module-list");
    /** @type {{input: HTMLInputElement, ids: number[]}[]} */
    const boxes = [];
    const showState = () => {
        for (const { input, ids } of boxes) {
            const hidden = ids.filter((id) => modules.hidden.has(id)).length;
            input.checked = hidden === 0;
            input.indeterminate = hidden > 0 && hidden < ids.length;
        }
    };
    const refresh = () => {
        showState();
        changed();
    };
    /**
     * @param {string} text
     * @param {number[]} ids
     * @param {string} note
     * @param {string} className
     */
    const add = (text, ids, note, className) => {
        const label = tick("", true, (checked) => {
            ids.forEach((id) => (checked ? modules.hidden.delete(id) : modules.hidden.add(id)));
            refresh();
        });
        label.classList.add("module", ...className.split(" "));
        label.append(
            el("i", "swatch"),
            // Of a long path, the end is what tells it from others.
            attributes(el("span", "code path-end", attributes(el("bdi", "", visible(text)), { dir: "ltr" })), {
                title: visible(text),
            }),
            el("span", "muted", note),
        );
        const only = button(
            "only",
            () => {
                modules.hidden = new Set(modules.all.map((module) => module.id).filter((id) => !ids.includes(id)));
                refresh();
            },
            { className: "link", title: `Show ${visible(text)} only` },
        );
        boxes.push({ input: /** @type {HTMLInputElement} */ (label.querySelector("input")), ids });
        list.append(el("div", "module-row", label, only));
    };
    /** @type {Map<string, typeof modules.all>} */
    const crates = new Map();
    for (const module of modules.all) {
        const name = module.name.split("::")[0];
        crates.set(name, [...(crates.get(name) ?? []), module]);
    }
    for (const [crate, inside] of crates) {
        const grouped = inside.length > 1;
        if (grouped)
            add(
                `${crate}::**`,
                inside.map((module) => module.id),
                "",
                "crate",
            );
        for (const module of inside) {
            const note = module.calls ? counted(module.calls, "call") : counted(module.events, "event");
            add(
                module.name,
                [module.id],
                note,
                `${modules.colour({ module: module.name, name: "" })} ${grouped ? "inside" : ""}`.trim(),
            );
        }
    }
    showState();
    const all = button("Show all", () => {
        modules.hidden.clear();
        refresh();
    });
    return el("div", "modules-panel", el("div", "panel-head", el("strong", "", "Modules"), all), list);
}
