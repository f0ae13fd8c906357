// The page: head, views, and how they play together. The address after `#` says which view is shown, and what of it.

/** @typedef {OperationsView | StateView | AnalyticsView | LogView} View */

class App {
    /** @param {HTMLElement} root */
    constructor(root) {
        this.api = new Api(() => this.askForToken());
        /** The session that calls are tried in. */
        this.session = "";
        this.author = "";
        /** A request to be tried again. @type {any} */
        this.repeated = null;
        /** An answer to be edited. @type {any} */
        this.editWith = null;
        /** @type {any} */
        this.about = {};
        this.log = new LogView(this);
        this.operations = new OperationsView(this);
        /** @type {View[]} */
        this.views = [this.operations, new StateView(this), new AnalyticsView(this), this.log];
        this.front = this.views[0];
        this.head = el("header", "head", el("h1", "", "mock"));
        this.tabs = attributes(el("div", "tabs"), { role: "tablist", "aria-label": "Views" });
        for (const view of this.views) {
            const tab = button(view.title, () => this.go(view.id), { className: "tab" });
            this.tabs.append(attributes(tab, { role: "tab", "aria-controls": "stage", id: `tab-${view.id}` }));
        }
        this.tabs.addEventListener("keydown", (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            event.preventDefault();
            const next = (this.views.indexOf(this.front) + step + this.views.length) % this.views.length;
            this.go(this.views[next].id);
            if (this.tabs.children[next] instanceof HTMLElement) this.tabs.children[next].focus();
        });
        this.stage = attributes(el("main", "stage"), { role: "tabpanel", id: "stage" });
        this.stage.append(...this.views.map((view) => view.element));
        this.tokenDialog = this.makeTokenDialog();
        root.replaceChildren(el("div", "app", this.head, el("nav", "toolbar", this.tabs), this.stage, this.tokenDialog));
        addEventListener("hashchange", () => this.route());
        addEventListener("keydown", (event) => this.key(event));
        this.begin();
    }

    async begin() {
        await fill(
            this.head,
            () => this.api.get("health"),
            (health) => {
                this.about = health;
                const title = oneLine(health.title ?? "an API without a title", 120);
                document.title = `${title} – mock`;
                return [
                    el("h1", "", el("bdi", "", title)),
                    el(
                        "div",
                        "chips",
                        el("span", "chip", counted(health.operations, "operation")),
                        el("span", "chip", `OpenAPI ${health.version}`),
                        el("span", "chip", `${health.quality} quality`),
                        health.faults ? attributes(el("span", "chip failed", counted(health.faults, "fault")), { title: "Faults of the document: `tracesnap mock inspect` lists them" }) : null,
                    ),
                    el("span", "grow"),
                    button("Theme", () => this.toggleTheme(), { title: "Dark or light" }),
                ];
            },
        );
        this.route();
    }

    /** @param {string} place as in `operations/3/try` */
    go(place) {
        if (location.hash === `#${place}`) this.route();
        else location.hash = place;
    }

    route() {
        const [name, ...place] = location.hash.slice(1).split("/");
        const view = this.views.find((one) => one.id === name) ?? this.operations;
        if (view !== this.front && this.front === this.log) this.log.hide();
        this.front = view;
        this.views.forEach((one, at) => {
            const isFront = one === view;
            one.element.hidden = !isFront;
            attributes(this.tabs.children[at], { "aria-selected": isFront, tabindex: isFront ? 0 : -1 });
        });
        this.stage.setAttribute("aria-labelledby", `tab-${view.id}`);
        view.show(place);
    }

    /** A request was sent from here. */
    noted() {
        if (this.front === this.log) this.log.look();
    }

    /** The server has forgotten everything. */
    forget() {
        this.log.forget();
        this.operations.chosen = null;
        this.operations.refresh();
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const isWriting = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
        if (event.key === "Escape" && isWriting && event.target instanceof HTMLElement) event.target.blur();
        if (isWriting || this.tokenDialog.open) return;
        const search = this.front === this.log ? this.log.search : this.operations.search;
        const view = this.views[Number(event.key) - 1];
        if (event.key === "/") {
            event.preventDefault();
            if (this.front !== this.log) this.go("operations");
            search.focus();
            search.select();
        } else if (view) {
            this.go(view.id === "operations" && this.operations.chosen !== null ? `operations/${this.operations.chosen}/${this.operations.face}` : view.id);
        }
    }

    toggleTheme() {
        const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
        const root = document.documentElement;
        const now = root.dataset.theme ?? (isDark ? "dark" : "light");
        root.dataset.theme = now === "dark" ? "light" : "dark";
    }

    makeTokenDialog() {
        const field = textField("", { type: "password", autocomplete: "current-password", "aria-label": "Admin token" });
        const give = () => {
            if (!field.value) return;
            const { value } = field;
            field.value = "";
            this.tokenDialog.close();
            this.giveToken?.(value);
        };
        const form = el(
            "form",
            "form",
            el("h2", "", "This mock asks for its admin token"),
            el("p", "small", "It is what the server was started with, as ", el("code", "", "--admin-token"), " or in ", el("code", "", "TRACESNAP_MOCK_ADMIN_TOKEN"), ". It is kept in this page alone: when you reload, it is asked for again."),
            labelled("Token", field),
            el("div", "row", button("Continue", give, { className: "button primary" })),
        );
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            give();
        });
        const dialog = el("dialog", "token", form);
        dialog.addEventListener("cancel", (event) => event.preventDefault());
        return dialog;
    }

    /** One dialog for all that wait for it. @returns {Promise<string>} */
    askForToken() {
        if (!this.asking) {
            const wrong = this.api.token ? problem("that was not the token") : null;
            this.tokenDialog.querySelector(".problem")?.remove();
            if (wrong) this.tokenDialog.querySelector(".row")?.before(wrong);
            this.asking = new Promise((give) => {
                this.giveToken = (/** @type {string} */ token) => {
                    this.asking = undefined;
                    give(token);
                };
            });
            this.tokenDialog.showModal();
        }
        return this.asking;
    }
}

const root = document.getElementById("app");
if (root) new App(root);
