// What was answered, in numbers: from where, how fast, how well; what is kept where; who changed what.

class AnalyticsView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "analytics";
        this.title = "Analytics";
        this.days = "7";
        this.bar = el("div", "bar");
        this.content = el("div", "sheet");
        this.element = el("div", "view", this.bar, this.content);
    }

    async show() {
        this.bar.replaceChildren(button("Refresh", () => this.show()), el("span", "grow"));
        await fill(
            this.content,
            () => this.app.api.get(`analytics?days=${this.days}`),
            (told) => {
                if (told.stored) {
                    const days = /** @type {[string, string][]} */ ([["1", "today"], ["7", "7 days"], ["30", "30 days"], ["365", "a year"]]);
                    this.bar.append(
                        select("Days", days, this.days, (value) => {
                            this.days = value;
                            this.show();
                        }),
                    );
                }
                return this.sheet(told);
            },
        );
    }

    /** @param {any} told */
    sheet(told) {
        const { since_start: since, recent, stored } = told;
        const nothing = !since.requests && !recent.all.hits && !stored?.summaries[0]?.hits;
        return [
            nothing
                ? empty("Nothing has been answered yet.", "Send a request, or try one under ", button("Operations", () => this.app.go("operations"), { className: "link" }), "; then come back.")
                : this.tiles(since, recent),
            nothing ? "" : this.sources(since),
            recent.operations.length ? this.recent(recent) : "",
            since.cache ? this.cache(since.cache) : section("Cache", el("p", "muted", "Nothing is kept: ", el("code", "", "MOCK_CACHE_ENABLED=true"), " keeps answers in memory, ", el("code", "", "CACHE_STRATEGY"), " says where else.")),
            stored ? this.stored(stored) : section("Over days", el("p", "muted", "These numbers end with the server. ", el("code", "", "--database sqlite:mocks.db"), " counts over days and restarts, and keeps versions.")),
            since.config ? this.config(since.config) : "",
            stored?.audit.length ? this.audit(stored.audit) : "",
        ];
    }

    /** @param {any} since @param {any} recent */
    tiles(since, recent) {
        const tile = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ hint, kind = "") => el("div", `tile ${kind}`, el("dt", "", name), el("dd", "", value), el("p", "hint", hint));
        const { score } = since;
        const scored = typeof score.value === "number";
        return el(
            "dl",
            "tiles",
            tile("Requests", count(since.requests), `${counted(since.connections, "connection")}`),
            tile("P50", time(recent.all.p50_ns), "until the answer is ready"),
            tile("P95", time(recent.all.p95_ns), `of the last ${counted(recent.all.hits, "request")}`),
            tile("P99", time(recent.all.p99_ns), "latency that was asked for included"),
            tile("Quality score", scored ? score.value.toFixed(3) : "–", scored ? (score.passes_gate ? `passes the gate of ${score.gate}` : `below the gate of ${score.gate}`) : "known once an answer was checked", scored ? (score.passes_gate ? "good" : "failed") : ""),
            tile("Checked", count(since.checked), since.invalid ? `${count(since.invalid)} broke their schemas` : "none broke its schema", since.invalid ? "failed" : ""),
            tile("Refused", count(since.refused), "requests that broke the document, or were for no operation"),
            tile("Server errors", count(since.server_errors), since.panics ? `${counted(since.panics, "fault")} of the mock itself` : "statuses from 500 on", since.panics ? "failed" : ""),
        );
    }

    /** Where answers came from. @param {any} since */
    sources(since) {
        const parts = /** @type {[string, number][]} */ ([
            ["override", since.from_override],
            ["recording", since.from_recording],
            ["state", since.from_state],
            ["example", since.from_example],
            ["generated", since.generated],
            ["request", since.refused],
        ]);
        const all = parts.reduce((sum, [, n]) => sum + n, 0) || 1;
        return section(
            "Where answers came from",
            el(
                "ul",
                "shares",
                ...parts
                    .filter(([, n]) => n)
                    .map(([name, n]) => {
                        const meter = el("progress");
                        Object.assign(meter, { max: all, value: n });
                        meter.setAttribute("aria-label", `${name}: ${percent(n / all)}`);
                        return el("li", "", el("span", "", name), meter, el("span", "numeric", count(n)), el("span", "numeric muted", percent(n / all)));
                    }),
            ),
        );
    }

    /** @param {any} recent */
    recent(recent) {
        const rows = recent.operations.map((/** @type {any} */ one) => [
            one.index === null ? el("span", "muted", "no operation") : button(oneLine(one.operation, 120), () => this.app.go(`operations/${one.index}`), { className: "link code" }),
            count(one.hits),
            time(one.p50_ns),
            time(one.p95_ns),
            time(one.p99_ns),
            el("span", "row", ...Object.entries(one.statuses).map(([status, n]) => el("span", "", statusBadge(status), ` ${count(Number(n))}`))),
            oneLine(Object.entries(one.sources).map(([source, n]) => `${source} ${count(Number(n))}`).join(", ")),
        ]);
        return section(`The last ${counted(recent.all.hits, "request")}, by operation`, table(["Operation", ["Hits", "numeric"], ["P50", "numeric"], ["P95", "numeric"], ["P99", "numeric"], "Statuses", "Sources"], rows));
    }

    /** @param {any} cache */
    cache(cache) {
        const rows = cache.tiers.map((/** @type {any} */ tier) => {
            const asked = tier.hits + tier.misses;
            return [
                tier.tier,
                tier.is_up ? badge("up", "good") : badge(`down for ${time(nanos(tier.down_for))}`, "failed"),
                count(tier.hits),
                count(tier.misses),
                asked ? percent(tier.hits / asked) : "–",
                time(nanos(tier.mean_latency)),
                time(nanos(tier.max_latency)),
                count(tier.promoted),
                tier.last_error ? oneLine(tier.last_error, 200) : "",
            ];
        });
        return section(
            "Cache",
            el("p", "small", `${percent(cache.hit_rate)} of ${counted(cache.hits + cache.misses, "lookup")} found an answer; ${counted(cache.memory_cache_size, "entry", "entries")} in memory, ${count(cache.shared)} waited for what somebody else was making.`),
            table(["Tier", "", ["Hits", "numeric"], ["Misses", "numeric"], ["Hit rate", "numeric"], ["Mean", "numeric"], ["Longest", "numeric"], ["Promoted", "numeric"], "Last error"], rows),
        );
    }

    /** @param {any} stored */
    stored(stored) {
        const rows = stored.summaries.map((/** @type {any} */ one) => [
            one.operation ? el("code", "", oneLine(one.operation, 120)) : el("strong", "", "all"),
            count(one.hits),
            count(one.real_hits),
            percent(one.cache_hit_rate),
            count(one.failures),
            time(nanos(one.p50)),
            time(nanos(one.p95)),
            time(nanos(one.p99)),
            one.mock_quality_score === null ? "–" : el("span", one.passes_gate ? "good" : "failed", one.mock_quality_score.toFixed(3)),
        ]);
        return section(
            `In ${oneLine(stored.environment, 40)}, ${stored.days === 1 ? "today" : `the last ${stored.days} days`}`,
            stored.summaries[0]?.hits
                ? table(["Operation", ["Hits", "numeric"], ["Real", "numeric"], ["Cached", "numeric"], ["Failures", "numeric"], ["P50", "numeric"], ["P95", "numeric"], ["P99", "numeric"], ["Score", "numeric"]], rows)
                : el("p", "muted", "Nothing was counted in these days."),
        );
    }

    /** @param {Record<string, string>} config */
    config(config) {
        return section("Settings", el("dl", "headers", ...Object.entries(config).flatMap(([name, value]) => [el("dt", "", name), el("dd", "", oneLine(String(value), 200))])));
    }

    /** @param {any[]} audit */
    audit(audit) {
        const rows = audit.map((one) => [moment(one.at), oneLine(one.actor || "–", 60), oneLine(one.action, 60), oneLine(one.subject, 160), oneLine([one.before, one.after].filter(Boolean).join(" → "), 160)]);
        return section("Changes", table(["When", "Who", "What", "Of what", ""], rows));
    }
}
