// Tries a call: a request that should succeed is filled in, what comes back is shown with where it comes from and why.

/** What may stand in a part of a path as it is. */
const PLAIN_IN_PATHS = /%(?:3B|2C|3D|3A|40|24|26|2B|21|27|28|29|2A)/gi;

/** @param {string} value */
function asSegment(value) {
    return encodeURIComponent(value).replace(PLAIN_IN_PATHS, (code) => decodeURIComponent(code));
}

/** @param {string} text */
function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/**
 * What stands for each parameter of a path template; null where the path is not of it.
 * @param {string} template @param {string} path @returns {[string, string][] | null}
 */
function readPath(template, path) {
    /** @type {string[]} */
    const names = [];
    const pattern = template
        .split(/(\{[^{}/]*\})/)
        .map((part) => {
            if (!/^\{.*\}$/.test(part)) return part.replaceAll(" ", "%20").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
            names.push(part.slice(1, -1));
            return "([^/]*)";
        })
        .join("");
    const found = new RegExp(`^${pattern}$`).exec(path);
    return found ? names.map((name, at) => [name, decoded(found[at + 1])]) : null;
}

/** A word of a shell. @param {string} text */
function quoted(text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

class Attempt {
    /** @param {App} app @param {any} detail @param {(told: any) => void} editWith */
    constructor(app, detail, editWith) {
        this.app = app;
        this.detail = detail;
        this.editWith = editWith;
        this.element = el("div", "attempt");
        this.result = attributes(el("div", "result"), { "aria-live": "polite" });
        const { repeated } = app;
        app.repeated = null;
        if (repeated?.index === detail.index) {
            // The log keeps no credentials, so those of the request that succeeds are taken.
            const headers = (detail.request?.headers ?? []).filter((/** @type {[string, string]} */ [name]) => name !== "content-type");
            if (repeated.content_type) headers.push(["content-type", repeated.content_type]);
            this.start({ target: repeated.target, headers, body: repeated.body });
        } else {
            this.start(detail.request);
        }
    }

    /** Fills in a request. @param {any} request */
    start(request) {
        const { detail } = this;
        if (!request) {
            this.element.replaceChildren(empty("No request can be made for it.", "What it asks for cannot be sent over HTTP; the document is where to mend that."));
            return;
        }
        const [path, query] = /** @type {[string, string]} */ (request.target.split(/\?(.*)/s).concat(""));
        this.template = detail.path.split(/[?#]/)[0];
        this.path = readPath(this.template, path)?.map(([name, value]) => ({ name, field: textField(value) })) ?? null;
        this.whole = this.path ? null : textField(path);
        /** @type {{name: HTMLInputElement | string, field: HTMLInputElement, about: any}[]} */
        this.query = [];
        /** @type {{name: HTMLInputElement | string, field: HTMLInputElement, about: any}[]} */
        this.headers = [];
        const about = (/** @type {string} */ place, /** @type {string} */ name) =>
            detail.parameters.find((/** @type {any} */ one) => one.in === place && (place === "header" ? one.name.toLowerCase() === name.toLowerCase() : one.name === name));
        for (const [name, value] of new URLSearchParams(query ?? "")) this.query.push({ name, field: textField(value), about: about("query", name) });
        for (const [name, value] of request.headers) this.headers.push({ name, field: textField(value), about: about("header", name) });
        for (const one of detail.parameters) {
            /** @type {{name: HTMLInputElement | string, field: HTMLInputElement, about: any}[] | null} */
            const into = one.in === "query" ? this.query : one.in === "header" ? this.headers : null;
            if (into && !into.some((row) => row.about === one) && !(into === this.query && into.some((row) => String(row.name).startsWith(`${one.name}[`)))) {
                into.push({ name: one.name, field: textField(""), about: one });
            }
        }
        this.base64 = request.body_base64 ?? null;
        const text = this.base64 ? "" : pretty(request.body ?? "");
        const rows = Math.min(18, Math.max(4, text.split("\n").length + 1));
        this.bodyField = textArea(text, { rows: String(rows), "aria-label": "Body" });
        this.draw();
    }

    draw() {
        const { detail } = this;
        this.session = textField(this.app.session, { placeholder: "default session", "aria-label": "Session" });
        this.session.addEventListener("input", () => (this.app.session = this.session?.value.trim() ?? ""));
        const documented = detail.responses.map((/** @type {any} */ one) => one.status).filter((/** @type {string} */ one) => /^\d+$/.test(one));
        this.wished = select("Status that is asked for", [["", "what the mock decides"], ...documented.map((/** @type {string} */ one) => [one, `${one}, whatever is sent`])], "", () => this.preview());
        this.curl = el("code", "curl");
        this.takesBody = Boolean(detail.body) || !["GET", "HEAD", "DELETE", "OPTIONS"].includes(detail.method);
        const sendButton = button("Send", () => this.send(), { className: "button primary", title: "Send it (Ctrl+Enter)" });
        const form = el(
            "form",
            "form",
            this.whole ? this.rows("Path", [this.row("path", this.whole, null)]) : null,
            this.path?.length ? this.rows("Path", this.path.map(({ name, field }) => this.row(name, field, detail.parameters.find((/** @type {any} */ one) => one.in === "path" && one.name === name)))) : null,
            this.rows("Query", this.query?.map((row) => this.row(row.name, row.field, row.about)) ?? [], button("Add", () => this.add(this.query), { title: "Add a parameter", className: "link" })),
            this.rows("Headers", this.headers?.map((row) => this.row(row.name, row.field, row.about)) ?? [], button("Add", () => this.add(this.headers), { title: "Add a header", className: "link" })),
            this.takesBody ? this.bodyPart() : null,
            el("div", "row wraps", labelled("Session", this.session), labelled("Answer with", this.wished)),
            el("div", "row", sendButton, button("Start anew", () => this.start(detail.request)), el("span", "grow"), button("Copy as curl", () => this.copy())),
            el("div", "scrolls", this.curl),
        );
        form.addEventListener("submit", (event) => event.preventDefault());
        form.addEventListener("input", () => this.preview());
        form.addEventListener("keydown", (event) => {
            const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey || (event.target instanceof HTMLInputElement && event.target.type === "text"));
            if (!sends) return;
            event.preventDefault();
            sendButton.click();
        });
        this.result.replaceChildren();
        this.element.replaceChildren(form, this.result);
        this.preview();
    }

    /** @param {string} title @param {HTMLElement[]} rows @param {HTMLElement | null} [more] */
    rows(title, rows, more = null) {
        return el("fieldset", "", el("legend", "", title, " ", more), ...rows, rows.length ? null : el("p", "muted small", "none"));
    }

    /** @param {string | HTMLInputElement} name @param {HTMLInputElement} field @param {any} about */
    row(name, field, about) {
        if (typeof name !== "string") {
            name.setAttribute("aria-label", "Name");
            field.setAttribute("aria-label", "Value");
            return el("div", "parameter", name, field);
        }
        const hint = about ? [about.is_required ? "required" : "", about.schema ? typeOf(about.schema) : "", oneLine(about.description ?? "", 120)].filter(Boolean).join(" · ") : "";
        if (about && about.example !== null && !field.value) field.placeholder = oneLine(typeof about.example === "string" ? about.example : JSON.stringify(about.example), 80);
        return el("label", "parameter", el("span", "parameter-name", oneLine(name, 120)), field, hint ? el("span", "hint", hint) : null);
    }

    /** @param {{name: HTMLInputElement | string, field: HTMLInputElement, about: any}[] | undefined} to */
    add(to) {
        const name = textField("", { placeholder: "name" });
        to?.push({ name, field: textField("", { placeholder: "value" }), about: null });
        const body = this.bodyField?.value ?? "";
        this.draw();
        if (this.bodyField) this.bodyField.value = body;
        name.focus();
    }

    bodyPart() {
        const chooser = attributes(el("input"), { type: "file", "aria-label": "File to send as the body" });
        const note = el("p", "hint", this.base64 ? `The body is ${bytes(fromBase64(this.base64).length)} that are no text; what is written here is sent in place of it.` : "");
        chooser.addEventListener("change", async () => {
            const file = chooser.files?.[0];
            if (!file) return;
            const all = new Uint8Array(await file.arrayBuffer());
            let text = "";
            for (let at = 0; at < all.length; at += 8192) text += String.fromCharCode(...all.subarray(at, at + 8192));
            this.base64 = btoa(text);
            if (this.bodyField) this.bodyField.value = "";
            note.textContent = `${file.name}, ${bytes(all.length)}, is sent as it is.`;
            this.preview();
        });
        return el("fieldset", "", el("legend", "", "Body"), /** @type {HTMLElement} */ (this.bodyField), note, el("label", "row small", "or a file: ", chooser));
    }

    /** The request as it stands in the form. */
    request() {
        const filled = (this.path ?? []).map(({ name, field }) => /** @type {[string, string]} */ ([name, field.value]));
        let target = this.whole?.value ?? "";
        if (this.path) {
            let at = 0;
            target = (this.template ?? "").replaceAll(" ", "%20").replace(/\{[^{}/]*\}/g, () => asSegment(filled[at++]?.[1] ?? ""));
        }
        const named = (/** @type {typeof this.query} */ rows) =>
            (rows ?? []).map(({ name, field }) => /** @type {[string, string]} */ ([typeof name === "string" ? name : name.value.trim(), field.value])).filter(([name, value]) => name && value);
        const query = new URLSearchParams(named(this.query)).toString();
        const headers = named(this.headers);
        if (this.app.session) headers.push(["x-mock-session", this.app.session]);
        if (this.wished?.value) headers.push(["prefer", `code=${this.wished.value}`]);
        const text = this.takesBody ? (this.bodyField?.value ?? "") : "";
        /** @type {{method: string, target: string, headers: [string, string][], body?: string, body_base64?: string}} */
        const request = { method: this.detail.method, target: query ? `${target}?${query}` : target, headers };
        if (text) request.body = text;
        else if (this.base64 && this.takesBody) request.body_base64 = this.base64;
        return request;
    }

    preview() {
        if (!this.curl) return;
        this.curl.textContent = visible(this.command());
    }

    command() {
        const { method, target, headers, body, body_base64 } = this.request();
        const parts = ["curl -i", ...(method === "GET" ? [] : [`-X ${method}`]), quoted(`${location.origin}${target}`)];
        for (const [name, value] of headers) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
        if (body) parts.push(`--data-raw ${quoted(body)}`);
        if (body_base64) parts.push("--data-binary @FILE");
        return parts.join(" ");
    }

    async copy() {
        await navigator.clipboard.writeText(this.command()).catch(() => getSelection()?.selectAllChildren(/** @type {HTMLElement} */ (this.curl)));
    }

    async send() {
        const request = this.request();
        request.headers.push(["x-mock-explain", "1"]);
        await fill(this.result, () => this.app.api.send("POST", "try", request), (told) => this.answered(told));
        this.app.noted();
    }

    /** @param {any} told */
    answered(told) {
        if (told.failed) return [el("h3", "", "Answer"), problem(`no answer: ${told.failed}`), el("p", "muted small", `after ${time(told.took_ns)}`)];
        const own = (/** @type {string} */ name) => headerOf(told, name);
        const why = (own("x-mock-explain") ?? "").split("; ").filter(Boolean);
        const complaints = ["x-mock-invalid", "x-mock-warning", "x-mock-reasons", "x-mock-fault"].filter((name) => own(name));
        const others = told.headers.filter((/** @type {[string, string]} */ [name]) => name !== "x-mock-explain");
        return [
            el("h3", "", "Answer"),
            el(
                "p",
                "answer-line",
                statusBadge(told.status),
                el("strong", "", oneLine(told.reason ?? "", 60)),
                badge(own("x-mock-source") ?? "no source", "source"),
                own("x-mock-cache") ? badge(`cache ${own("x-mock-cache")}`) : null,
                el("span", "muted", `${time(told.took_ns)} · ${bytes(told.bytes)}`),
                el("span", "grow"),
                button("Edit this answer", () => this.editWith(told), { className: "link" }),
            ),
            ...complaints.map((name) => el("p", "complaint", el("code", "", name), " ", oneLine(own(name), 1000))),
            why.length ? el("ul", "why", ...why.map((one) => el("li", "", oneLine(one, 600)))) : "",
            el("details", "", el("summary", "", counted(others.length, "header")), headersOf(others)),
            bodyOf(told),
        ];
    }
}
