// An operation as the document has it, what the mock takes it for, and what it would answer.

/** What each strategy does. @type {Record<string, string>} */
const STRATEGIES = {
    template: "Answered by what its patterns say: it is known for more than 0.9.",
    intelligent: "Answered by its patterns as far as the schema agrees: it is known for 0.7 to 0.9.",
    fallback: "Answered by its schema: no pattern is known for 0.7 or more.",
};

/** Qualities, poorest first. @type {[string, string][]} */
const QUALITIES = [
    ["basic", "Basic"],
    ["realistic", "Realistic"],
    ["production", "Production"],
    ["exact", "Exact"],
];

class About {
    /** @param {App} app @param {any} detail */
    constructor(app, detail) {
        this.app = app;
        this.detail = detail;
        const description = detail.description && detail.description !== detail.summary ? detail.description : null;
        this.element = el(
            "div",
            "about-operation",
            description ? el("p", "description", visible(description)) : null,
            this.patterns(),
            this.samples(),
            this.parameters(),
            this.body(),
            this.responses(),
            this.security(),
            this.place(),
        );
    }

    patterns() {
        const { patterns, strategy, store } = this.detail;
        const one = (/** @type {any} */ found) => {
            const meter = el("meter");
            Object.assign(meter, { min: 0, max: 1, low: 0.7, high: 0.9, optimum: 1, value: found.confidence });
            meter.setAttribute("aria-label", `confidence ${found.confidence}`);
            return el(
                "li",
                "",
                el("div", "pattern", badge(patternName(found.pattern), `p-${found.pattern}`), meter, el("span", "numeric", found.confidence.toFixed(3))),
                el("ul", "reasons", ...found.reasons.map((/** @type {string} */ reason) => el("li", "", oneLine(reason, 300)))),
            );
        };
        return section(
            "Patterns",
            el("p", "small", el("strong", "", strategy ?? "fallback"), " – ", STRATEGIES[strategy] ?? STRATEGIES.fallback),
            store ? el("p", "small", `Part of a store: it ${oneLine(store, 200)}. What is created is remembered.`) : null,
            patterns?.length
                ? el("ul", "patterns", ...patterns.map(one))
                : el("p", "muted", "None of CRUD, authentication, pagination, search or file upload."),
        );
    }

    samples() {
        let [quality, number, status] = [this.app.about.quality ?? "realistic", 0, ""];
        const place = attributes(el("div", "sample"), { "aria-live": "polite" });
        const show = () =>
            fill(
                place,
                () => this.app.api.get(`operations/${this.detail.index}/sample?quality=${quality}&number=${number}&status=${status}`),
                (told) => [
                    el(
                        "p",
                        "small",
                        el("strong", "", String(told.status)),
                        " ",
                        badge(told.source),
                        " ",
                        el("span", "muted", [headerOf(told, "content-type"), bytes(told.bytes)].filter(Boolean).map((text) => oneLine(text, 80)).join(" · ")),
                    ),
                    ...(told.violations.length ? [problem(`it breaks its schema: ${told.violations.join("; ")}`)] : []),
                    bodyOf(told),
                ],
            );
        const statuses = this.detail.responses.map((/** @type {any} */ one) => one.status).filter((/** @type {string} */ one) => /^\d+$/.test(one));
        const chooseStatus = select("Status of the sample", [["", "success"], ...statuses.map((/** @type {string} */ one) => [one, one])], status, (value) => {
            status = value;
            show();
        });
        show();
        return section(
            "Sample answers",
            el(
                "div",
                "row",
                segmented("Quality", QUALITIES, quality, (value) => {
                    quality = value;
                    show();
                }),
                chooseStatus,
                button("Another", () => {
                    number += 1;
                    return show();
                }),
            ),
            place,
        );
    }

    parameters() {
        const { parameters } = this.detail;
        if (!parameters.length) return section("Parameters", el("p", "muted", "It takes none."));
        return section(
            "Parameters",
            el(
                "ul",
                "parameters",
                ...parameters.map((/** @type {any} */ one) =>
                    el(
                        "li",
                        "",
                        el("span", "schema-name", oneLine(one.name, 120)),
                        el("span", "muted", `in ${one.in}`),
                        one.is_required ? el("span", "required", "required") : null,
                        one.schema ? el("span", "schema-type", typeOf(one.schema)) : null,
                        one.schema && boundsOf(one.schema) ? el("span", "schema-bounds", boundsOf(one.schema)) : null,
                        one.example === null ? null : el("span", "schema-bounds", `for example ${oneLine(JSON.stringify(one.example), 120)}`),
                        one.description ? el("span", "schema-text", oneLine(one.description, 400)) : null,
                    ),
                ),
            ),
        );
    }

    /** @param {any[]} content */
    content(content) {
        return content.map((one) =>
            el(
                "div",
                "media",
                el("p", "small", el("code", "", oneLine(one.media_type, 120)), one.examples.length ? ` examples: ${oneLine(one.examples.join(", "), 300)}` : ""),
                schemaTree(one.schema),
            ),
        );
    }

    body() {
        const { body } = this.detail;
        if (!body) return null;
        return section(
            "Body",
            el("p", "small", body.is_required ? el("span", "required", "required") : "optional", body.description ? ` ${oneLine(body.description, 400)}` : ""),
            ...this.content(body.content),
        );
    }

    responses() {
        const { responses } = this.detail;
        if (!responses.length) return section("Answers", el("p", "muted", "The document says nothing of any; the mock answers 200 without a body."));
        const one = (/** @type {any} */ response) => {
            const headers = response.headers.map((/** @type {any} */ header) =>
                el("li", "", el("span", "schema-name", oneLine(header.name, 120)), header.schema ? el("span", "schema-type", typeOf(header.schema)) : null, header.description ? el("span", "schema-text", oneLine(header.description, 300)) : null),
            );
            const details = el(
                "details",
                "response",
                el("summary", "", statusBadge(response.status), " ", oneLine(response.description, 300)),
                headers.length ? el("ul", "parameters", ...headers) : null,
                ...this.content(response.content),
                response.content.length || headers.length ? null : el("p", "muted", "Without a body."),
            );
            details.open = responses.length === 1;
            return details;
        };
        return section("Answers", ...responses.map(one));
    }

    security() {
        const { security } = this.detail;
        if (!security.length) return null;
        const one = (/** @type {any[]} */ all) =>
            el("li", "", all.length ? all.map((scheme) => `${scheme.scheme}: ${scheme.shows ?? "not defined in the document"}`).map((text) => oneLine(text, 200)).join(", and ") : "nobody needs to show anything");
        return section("Who may ask", el("ul", "plain", ...security.map(one)));
    }

    place() {
        const { place } = this.detail;
        return el("p", "small muted", `In ${oneLine(place.file, 200)}${place.line ? `, line ${place.line}` : ""}: `, el("code", "", oneLine(place.pointer, 200)));
    }
}

/** A status in the colour of what it says. @param {number | string} status */
function statusBadge(status) {
    const kind = { 2: "good", 3: "moved", 4: "warn", 5: "failed" }[String(status)[0]] ?? "";
    return el("span", `status-code ${kind}`, String(status));
}
