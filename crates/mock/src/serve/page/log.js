// The requests as they come in: what was asked, what was answered, from where and why.

/** Requests that are shown; older ones go. */
const MOST = 200;
/** Milliseconds between two looks. */
const EVERY = 1000;

class LogView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "log";
        this.title = "Log";
        this.last = 0;
        this.isLive = true;
        this.search = attributes(textField("", { type: "search", placeholder: "Filter by path, status, source" }), { "aria-label": "Filter requests" });
        this.search.addEventListener("input", () => this.filter());
        this.said = attributes(el("span", "found muted"), { role: "status" });
        this.rows = el("div", "log");
        this.place = el("div", "sheet flush", this.rows);
        this.trouble = el("div");
        this.bar = el(
            "div",
            "bar",
            this.search,
            tick("Live", true, (live) => {
                this.isLive = live;
                if (live) this.look();
            }),
            this.said,
            el("span", "grow"),
            button("Clear", () => this.clear(), { title: "Forget what was received; counters and state stay" }),
        );
        this.element = el("div", "view", this.bar, this.trouble, this.place);
    }

    async show() {
        this.isShown = true;
        clearInterval(this.timer);
        this.timer = setInterval(() => this.isLive && document.visibilityState === "visible" && this.look(), EVERY);
        await this.look();
    }

    hide() {
        this.isShown = false;
        clearInterval(this.timer);
    }

    /** Fetches what came since the last time. */
    async look() {
        if (this.isLooking) return;
        this.isLooking = true;
        try {
            const fresh = await this.app.api.get(`requests?since=${this.last}&limit=${MOST}`);
            this.trouble.replaceChildren();
            for (const one of fresh) {
                this.rows.prepend(this.row(one));
                this.last = one.number;
            }
            while (this.rows.childElementCount > MOST) this.rows.lastElementChild?.remove();
            if (fresh.length || !this.rows.childElementCount) this.filter();
        } catch (error) {
            this.trouble.replaceChildren(problem(error, () => this.look()));
        } finally {
            this.isLooking = false;
        }
    }

    filter() {
        const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        for (const row of this.rows.querySelectorAll(".request")) {
            if (!(row instanceof HTMLElement)) continue;
            const text = row.dataset.text ?? "";
            row.hidden = !words.every((word) => text.includes(word));
            if (!row.hidden) shown += 1;
        }
        this.rows.querySelector(".empty")?.remove();
        if (!shown) {
            const all = this.rows.childElementCount;
            this.rows.append(all ? empty("No request is like that.", "Fewer words find more.") : empty("No request yet.", "Send one: ", el("code", "", `curl -i ${location.origin}/…`), ", or try one under Operations. It appears here by itself."));
        }
        this.said.textContent = counted(shown, "request");
    }

    async clear() {
        try {
            await this.app.api.send("DELETE", "requests");
            this.forget();
        } catch (error) {
            this.trouble.replaceChildren(problem(error));
        }
    }

    /** What was received is forgotten. */
    forget() {
        this.rows.replaceChildren();
        this.filter();
    }

    /** @param {any} one */
    row(one) {
        const details = el(
            "details",
            "request",
            el(
                "summary",
                "",
                el("span", "muted when", timeOfDay(one.at_ms)),
                statusBadge(one.status),
                methodBadge(one.method),
                el("span", "target code", el("bdi", "", oneLine(one.target, 400))),
                badge(one.source, "source"),
                el("span", "numeric muted took", time(one.took_ns)),
            ),
        );
        details.dataset.text = `${one.method} ${one.target} ${one.status} ${one.source} ${one.operation ?? ""} ${one.session ?? ""}`.toLowerCase();
        // Filled when it is opened: most never are.
        details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(this.inside(one)));
        return details;
    }

    /** @param {any} one */
    inside(one) {
        const again = () => {
            this.app.session = one.session ?? "";
            this.app.repeated = { index: one.index, target: one.target, content_type: one.content_type, body: one.body };
            this.app.go(`operations/${one.index}/try`);
        };
        return el(
            "div",
            "inside",
            one.explain.length ? el("ul", "why", ...one.explain.map((/** @type {string} */ why) => el("li", "", oneLine(why, 600)))) : el("p", "muted", "Nothing more is to be said of it."),
            ...one.violations.map((/** @type {string} */ wrong) => el("p", "complaint", "✗ ", oneLine(wrong, 600))),
            el("p", "small muted", [`request ${count(one.number)}`, one.operation ?? "no operation of the document", one.session ? `session ${one.session}` : ""].filter(Boolean).map((text) => oneLine(text, 200)).join(" · ")),
            one.body ? coloured(pretty(one.body)) : null,
            one.index === null ? null : el("div", "row", button("Open the operation", () => this.app.go(`operations/${one.index}/about`), { className: "link" }), button("Try it again", again, { className: "link" })),
        );
    }
}
