// What sessions made, changed and deleted; and how that is forgotten.

class StateView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "state";
        this.title = "State";
        this.session = "";
        this.bar = el("div", "bar");
        this.content = el("div", "sheet");
        this.element = el("div", "view", this.bar, this.content);
    }

    async show() {
        await fill(
            this.content,
            async () => {
                const sessions = await this.app.api.get("sessions");
                const [overview, resources] = await Promise.all([
                    this.app.api.get(`sessions?session=${encodeURIComponent(this.session)}`),
                    this.app.api.get("resources"),
                ]);
                return { sessions, overview, resources };
            },
            ({ sessions, overview, resources }) => {
                this.drawBar(sessions);
                return this.sheet(overview, resources);
            },
        );
    }

    /** @param {string[]} sessions */
    drawBar(sessions) {
        const names = [...new Set(["", ...sessions, this.session])];
        this.bar.replaceChildren(
            select(
                "Session",
                names.map((name) => [name, name ? oneLine(name, 60) : "default session"]),
                this.session,
                (name) => {
                    this.session = name;
                    this.show();
                },
            ),
            button("Refresh", () => this.show()),
            el("span", "grow"),
            carefulButton("Reset this session", "Really? What it made is forgotten", () => this.reset(`?session=${encodeURIComponent(this.session)}`)),
            carefulButton("Reset everything", "Really? All sessions, edited answers, the log", () => this.reset("")),
        );
    }

    /** @param {string} which */
    async reset(which) {
        try {
            await this.app.api.send("POST", `reset${which}`);
            if (!which) this.app.forget();
            await this.show();
        } catch (error) {
            this.content.replaceChildren(problem(error, () => this.show()));
        }
    }

    /** @param {any} overview @param {string[]} resources */
    sheet(overview, resources) {
        const known = section(
            "Stores of the document",
            resources.length
                ? el("ul", "plain small", ...resources.map((one) => el("li", "", oneLine(one, 300))))
                : el("p", "muted", "No operation creates, lists or reads things as a store would; nothing is remembered."),
        );
        if (!overview.collections.length && !overview.uploads.length && !overview.tokens) {
            return [
                empty(
                    overview.session ? `The session ${oneLine(overview.session, 60)} has changed nothing.` : "Nothing has been changed.",
                    "What is created, changed, deleted, uploaded or signed in to is listed here. Try a POST under ",
                    button("Operations", () => this.app.go("operations"), { className: "link" }),
                    ", or name another session with the header ",
                    el("code", "", "x-mock-session"),
                    ".",
                ),
                known,
            ];
        }
        const one = (/** @type {any} */ collection) =>
            section(
                `${oneLine(collection.resource, 60)}${collection.parent ? ` of ${oneLine(collection.parent, 60)}` : ""}`,
                el(
                    "p",
                    "small muted",
                    oneLine(collection.path, 200),
                    ` · ${counted(collection.changed, "item")} made or changed · ${count(collection.deleted.length)} deleted`,
                    collection.is_cleared ? " · all it began with is deleted" : "",
                    collection.items.length < collection.changed ? ` · the newest ${collection.items.length} are shown` : "",
                ),
                ...collection.items.map((/** @type {any} */ item) =>
                    el(
                        "details",
                        "item",
                        el("summary", "", el("code", "", oneLine(item.id, 120)), " ", badge(item.is_created ? "created" : "changed", item.is_created ? "good" : "warn"), " ", el("span", "muted", oneLine(JSON.stringify(item.item), 160))),
                        coloured(JSON.stringify(item.item, null, 2)),
                    ),
                ),
                collection.deleted.length ? el("p", "small", "Deleted: ", el("code", "", oneLine(collection.deleted.join(", "), 1000))) : null,
            );
        return [
            ...overview.collections.map(one),
            overview.uploads.length
                ? section(
                      "Files",
                      table(
                          ["Path", "Type", ["Size", "numeric"]],
                          overview.uploads.map((/** @type {any} */ file) => [el("code", "", oneLine(file.path, 200)), oneLine(file.content_type ?? "–", 80), bytes(file.bytes)]),
                      ),
                  )
                : "",
            overview.tokens ? section("Tokens", el("p", "", `${counted(overview.tokens, "token")} given out and not given back.`)) : "",
            known,
        ];
    }
}
