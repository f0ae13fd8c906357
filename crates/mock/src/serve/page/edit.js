// Writes an answer in place of what the mock would say: checked while it is written, kept as versions, compared, taken back.

/** Milliseconds without a key before what is written is checked. */
const PAUSE = 300;

class Edit {
    /** @param {App} app @param {any} detail @param {() => void} changed what is to be done when another answer holds */
    constructor(app, detail, changed) {
        this.app = app;
        this.detail = detail;
        this.changed = changed;
        this.status = textField("200", { inputmode: "numeric", list: "statuses", "aria-label": "Status" });
        const statuses = attributes(el("datalist"), { id: "statuses" });
        for (const one of detail.responses) if (/^\d+$/.test(one.status)) statuses.append(attributes(el("option"), { value: one.status }));
        this.headers = textArea("", { rows: "3", "aria-label": "Headers, one a line" });
        this.body = textArea("", { rows: "14", "aria-label": "Body" });
        this.note = textField("", { placeholder: "why, for whoever reads the versions" });
        this.author = textField(app.author, { placeholder: "who" });
        this.author.addEventListener("input", () => (app.author = this.author.value));
        this.faults = attributes(el("div", "faults"), { role: "status", "aria-live": "polite" });
        this.accept = tick("Keep it although it breaks the document", false, () => this.judge());
        this.accept.hidden = true;
        this.saveButton = button("Save", () => this.save(), { className: "button primary" });
        this.saveButton.disabled = true;
        this.said = attributes(el("div", "said"), { "aria-live": "polite" });
        this.versions = el("div", "versions");
        this.difference = el("div", "difference");
        const form = el(
            "form",
            "form",
            el(
                "p",
                "small muted",
                "What is saved here answers every request of this operation, until you roll back or let the mock answer again. ",
                app.about.versions_in === "memory" ? "Versions are kept until the server ends; --database keeps them longer." : `Versions are kept in ${oneLine(app.about.versions_in, 200)}.`,
            ),
            el(
                "div",
                "row wraps",
                labelled("Status", this.status),
                statuses,
                labelled("By", this.author),
                labelled("Note", this.note),
            ),
            labelled("Headers, one a line", this.headers),
            labelled("Body", this.body),
            this.faults,
            el("div", "row wraps", this.saveButton, this.accept, el("span", "grow"), button("Start from a sample", () => this.fromSample())),
        );
        form.addEventListener("submit", (event) => event.preventDefault());
        form.addEventListener("input", (event) => {
            if (event.target === this.note || event.target === this.author) return;
            clearTimeout(this.timer);
            this.timer = setTimeout(() => this.check(), PAUSE);
        });
        this.element = el("div", "edit", form, this.said, section("Versions", this.versions));
        this.begin();
    }

    async begin() {
        const { editWith } = this.app;
        this.app.editWith = null;
        const versions = await this.listVersions();
        const active = versions?.find((one) => one.is_active);
        if (editWith?.index === this.detail.index) await this.write(editWith.told);
        else if (active) await this.write(active);
        else await this.fromSample();
    }

    async fromSample() {
        const status = this.status.value;
        try {
            await this.write(await this.app.api.get(`operations/${this.detail.index}/sample?quality=realistic`));
        } catch (error) {
            // There need not be one: an answer may be written all the same.
            this.said.replaceChildren(problem(error));
            this.status.value = status;
            await this.check();
        }
    }

    /** @param {{status: number, headers: [string, string][], body?: string | number[]}} told */
    async write(told) {
        this.status.value = String(told.status);
        const own = ["content-length", "date", "connection", "transfer-encoding", "vary"];
        const kept = told.headers.filter(([name]) => !own.includes(name.toLowerCase()) && !/^(x-mock-|access-control-|ratelimit-)/i.test(name));
        this.headers.value = kept.map(([name, value]) => `${name}: ${value}`).join("\n");
        this.body.value = typeof told.body === "string" ? pretty(told.body) : "";
        if (told.body && typeof told.body !== "string") this.said.replaceChildren(problem("the body is no text and cannot be edited here; send `body_base64` to the route"));
        await this.check();
    }

    /** What is written, as the route takes it; the error is shown with the faults. */
    written() {
        const headers = this.headers.value
            .split("\n")
            .filter((line) => line.trim())
            .map((line) => {
                const at = line.indexOf(":");
                return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
            });
        return { status: Number(this.status.value) || 0, headers, body: this.body.value };
    }

    async check() {
        clearTimeout(this.timer);
        const checking = (this.checking = {});
        try {
            const { faults } = await this.app.api.send("POST", `operations/${this.detail.index}/check`, this.written());
            if (this.checking !== checking) return;
            this.known = faults;
        } catch (error) {
            if (this.checking !== checking) return;
            const message = error instanceof Error ? error.message : String(error);
            this.known = [{ place: "status", message, is_fatal: true }];
        }
        this.judge();
    }

    /** Shows what is wrong, and whether it may be saved. */
    judge() {
        /** @type {{place: string, message: string, is_fatal: boolean}[]} */
        const faults = this.known ?? [];
        const isFatal = faults.some((fault) => fault.is_fatal);
        const box = /** @type {HTMLInputElement} */ (this.accept.firstChild);
        this.accept.hidden = !faults.length || isFatal;
        this.saveButton.disabled = isFatal || (faults.length > 0 && !box.checked);
        if (!faults.length) {
            box.checked = false;
            this.faults.replaceChildren(el("p", "fine", "✓ It keeps to the document."));
            return;
        }
        this.faults.replaceChildren(
            el("p", "broken", `✗ ${counted(faults.length, "fault")}`),
            el("ul", "", ...faults.map((fault) => el("li", "", el("code", "", oneLine(fault.place, 200)), " ", oneLine(fault.message, 500)))),
        );
    }

    async save() {
        const box = /** @type {HTMLInputElement} */ (this.accept.firstChild);
        const draft = { ...this.written(), note: this.note.value, author: this.author.value, accept_faults: box.checked };
        try {
            const version = await this.app.api.send("POST", `operations/${this.detail.index}/versions`, draft);
            this.note.value = "";
            await this.saved(`Version ${version.version} answers now.`, version.version);
        } catch (error) {
            if (error instanceof Refused && error.told?.faults) {
                this.known = error.told.faults;
                this.judge();
            }
            this.said.replaceChildren(problem(error));
        }
    }

    /** @param {string} message @param {number | null} version */
    async saved(message, version) {
        this.said.replaceChildren(el("p", "fine", `✓ ${message}`));
        const versions = (await this.listVersions()) ?? [];
        this.changed();
        const before = versions.map((one) => one.version).filter((one) => version !== null && one < version);
        if (version !== null && before.length) await this.compare(Math.max(...before), version);
    }

    /** @returns {Promise<any[] | undefined>} */
    async listVersions() {
        /** @type {any[] | undefined} */
        let known;
        await fill(
            this.versions,
            () => this.app.api.get(`operations/${this.detail.index}/versions`),
            (versions) => {
                known = versions;
                return versions.length || this.detail.is_fixed ? this.versionRows(versions) : [empty("No versions yet.", "Write an answer above and save it: the first one is version 1.")];
            },
        );
        return known;
    }

    /** @param {any[]} versions newest first */
    versionRows(versions) {
        const holds = versions.find((one) => one.is_active);
        const numbers = versions.map((one) => /** @type {[string, string]} */ ([String(one.version), `version ${one.version}`]));
        let [from, to] = [numbers[1]?.[0] ?? "", numbers[0]?.[0] ?? ""];
        const rows = versions.map((one) => [
            el("strong", "", String(one.version)),
            one.is_active ? badge("answers", "fixed") : "",
            statusBadge(one.status),
            el("span", "", [one.author, one.note].filter(Boolean).map((text) => oneLine(text, 120)).join(": ") || "–"),
            el("span", "muted", moment(one.created_at)),
            el(
                "span",
                "row",
                button("Load", () => this.write(one), { className: "link", title: "Into the form above" }),
                one.is_active ? "" : button("Roll back", () => this.rollBack(one.version), { className: "link", title: `What version ${one.version} says becomes the next version` }),
            ),
        ]);
        return [
            versions.length ? table([["Version", "numeric"], "", "Status", "By", "When", ""], rows) : el("p", "muted", "The program that runs the mock has fixed an answer."),
            versions.length > 1
                ? el(
                      "div",
                      "row wraps",
                      "Compare",
                      select("From", numbers, from, (value) => (from = value)),
                      "with",
                      select("To", numbers, to, (value) => (to = value)),
                      button("Compare", () => this.compare(Number(from), Number(to))),
                  )
                : "",
            this.difference,
            holds || this.detail.is_fixed ? carefulButton("Let the mock answer again", "Really? All versions are kept", () => this.retire()) : "",
        ];
    }

    /** @param {number} from @param {number} to */
    async compare(from, to) {
        const route = `operations/${this.detail.index}/diff?from=${from}&to=${to}`;
        await fill(
            this.difference,
            () => this.app.api.get(route),
            ({ differences }) => [
                el("h3", "", `From version ${from} to ${to}`),
                differences.length ? el("ul", "changes", ...differences.map(changeRow)) : el("p", "muted", "They say the same."),
            ],
        );
    }

    /** @param {number} to */
    async rollBack(to) {
        try {
            const version = await this.app.api.send("POST", `operations/${this.detail.index}/rollback?to=${to}&author=${encodeURIComponent(this.author.value)}`);
            await this.write(version);
            await this.saved(`Version ${version.version} answers now, as version ${to} did.`, version.version);
        } catch (error) {
            this.said.replaceChildren(problem(error));
        }
    }

    async retire() {
        try {
            await this.app.api.send("DELETE", `operations/${this.detail.index}/versions?author=${encodeURIComponent(this.author.value)}`);
            this.detail.is_fixed = false;
            await this.saved("The mock answers again.", null);
        } catch (error) {
            this.said.replaceChildren(problem(error));
        }
    }
}

/** @param {{place: string, kind: string, before: unknown, after: unknown}} change */
function changeRow(change) {
    const sign = { added: "+", removed: "−", changed: "~" }[change.kind] ?? "?";
    const value = (/** @type {unknown} */ one) => oneLine(JSON.stringify(one), 400);
    return el(
        "li",
        `change ${change.kind}`,
        el("span", "sign", sign),
        el("code", "", oneLine(change.place, 200)),
        " ",
        change.kind === "added" ? null : el("del", "", value(change.before)),
        change.kind === "changed" ? " → " : null,
        change.kind === "removed" ? null : el("ins", "", value(change.after)),
    );
}
