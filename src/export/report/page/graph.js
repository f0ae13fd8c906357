// The call graph: who called whom, callers left of what they called.

/** More boxes than this are not looked at one by one: those with most time are drawn. */
const MAX_BOXES = 60;
const BOX = { width: 196, height: 42, gapX: 84, gapY: 16, bend: 10 };
/** Width by height of what functions without callers and calls are put into. */
const BLOCK = 1.6;

/**
 * @typedef {object} Place a box, or a bend of a line on its way past other boxes
 * @property {Fn | null} fn
 * @property {number} layer
 * @property {number} y of its middle
 *
 * @typedef {{caller: number, called: number, calls: number, total: number}} Edge
 *
 * @typedef {object} Line an edge on its way
 * @property {Edge} edge
 * @property {Place[]} way
 * @property {boolean} isBack whether it closes a cycle
 * @property {{y: number, back: number}} arrival where it meets its box; how far before that its label stands
 */

/** @implements {View} */
class GraphView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "graph";
        this.title = "Graph";
        this.active = -1;
        this.note = el("span", "muted note");
        this.picture = svg("svg", {
            class: "graph",
            tabindex: 0,
            role: "application",
            "aria-roledescription": "call graph",
            "aria-label": "Call graph. Left goes to a caller, right to what was called, up and down to neighbours.",
        });
        const bar = el(
            "div",
            "bar",
            button("−", () => this.zoom(1.25), { title: "Zoom out (-)" }),
            button("+", () => this.zoom(0.8), { title: "Zoom in (+)" }),
            button("Whole graph", () => this.fit(), { title: "Show all of it (0)" }),
            this.note,
        );
        this.element = el("div", "view", bar, this.picture);
        this.view = { x: 0, y: 0, width: 1, height: 1 };
        this.listen();
    }

    listen() {
        const picture = /** @type {SVGSVGElement} */ (this.picture);
        picture.addEventListener("keydown", (event) => this.key(event));
        picture.addEventListener(
            "wheel",
            (event) => {
                event.preventDefault();
                this.zoom(Math.exp(event.deltaY * 0.0015), this.point(event));
            },
            { passive: false },
        );
        picture.addEventListener("pointerdown", (event) => {
            const box = /** @type {Element} */ (event.target).closest("[data-fn]");
            if (box) this.choose(Number(box.getAttribute("data-fn")));
            const start = { x: event.clientX, y: event.clientY, ...{ left: this.view.x, top: this.view.y } };
            /** @param {PointerEvent} event */
            const drag = (event) => {
                const scale = this.view.width / picture.clientWidth;
                Object.assign(this.view, {
                    x: start.left - (event.clientX - start.x) * scale,
                    y: start.top - (event.clientY - start.y) * scale,
                });
                this.showView();
            };
            addEventListener("pointermove", drag);
            addEventListener("pointerup", () => removeEventListener("pointermove", drag), { once: true });
        });
        new ResizeObserver(() => this.fit()).observe(picture);
    }

    filterChanged() {
        this.made = undefined;
    }

    refresh() {
        const { app } = this;
        if (!this.made) {
            const shown = app.trace.functions.filter((fn) => app.modules.shows(fn));
            const kept = [...shown].sort((a, b) => b.total - a.total || b.calls - a.calls).slice(0, MAX_BOXES);
            this.made = layGraph(kept, app.trace.data.edges);
            const left = shown.length - kept.length;
            this.note.textContent = left
                ? `the ${kept.length} functions with most time; ${counted(left, "other")} not drawn, see Functions`
                : counted(kept.length, "function");
            this.fit();
        }
        this.draw();
    }

    draw() {
        const { places, lines } = /** @type {Laid} */ (this.made),
            { trace, modules, query } = this.app;
        const most = Math.max(1, ...lines.map(({ edge }) => edge.total));
        const drawn = lines.map((line) => this.line(line, most));
        const labels = drawn.map((line) => line.label),
            paths = drawn.map((line) => line.path);
        const boxes = places
            .filter((place) => place.fn)
            .map((place) => {
                const fn = /** @type {Fn} */ (place.fn),
                    x = layerX(place.layer),
                    y = place.y - BOX.height / 2;
                const failed = fn.errors + fn.panics;
                const share = fn.self / (trace.totals.busy || NaN);
                const classes = [
                    "box",
                    modules.colour(fn),
                    query.meansFunction(fn) ? "hit" : "",
                    fn.id === this.active ? "active" : "",
                ];
                const text = functionText(fn);
                return svg(
                    "g",
                    {
                        class: classes.join(" ").trim(),
                        "data-fn": fn.id,
                        role: "img",
                        "aria-label": visible(text),
                        transform: `translate(${x} ${y})`,
                    },
                    svg("title", {}, visible(text)),
                    svg("rect", { class: "face", width: BOX.width, height: BOX.height, rx: 4 }),
                    svg("rect", { class: "stripe", width: 4, height: BOX.height, rx: 2 }),
                    svg("rect", {
                        class: "self",
                        x: 10,
                        y: BOX.height - 6,
                        width: Math.max(0, (BOX.width - 20) * Math.min(1, share || 0)),
                        height: 2.5,
                    }),
                    svg("text", { class: "name", x: 11, y: 16 }, (failed ? "✗ " : "") + oneLine(fn.name, 24)),
                    svg(
                        "text",
                        { class: "figures", x: 11, y: 31 },
                        `${counted(fn.calls, "call")} · self ${time(fn.self)}`,
                    ),
                );
            });
        const arrow = svg(
            "marker",
            {
                id: "arrow",
                viewBox: "0 0 8 8",
                refX: 7,
                refY: 4,
                markerWidth: 7,
                markerHeight: 7,
                orient: "auto-start-reverse",
                markerUnits: "userSpaceOnUse",
            },
            svg("path", { d: "M0 0.8 8 4 0 7.2z" }),
        );
        this.picture.replaceChildren(svg("defs", {}, arrow), ...paths, ...boxes, ...labels);
        this.showView();
    }

    /** @param {Line} line @param {number} most */
    line({ edge, way, isBack, arrival }, most) {
        const isActive = this.active === edge.caller || this.active === edge.called;
        const width = 1 + 4 * Math.sqrt(edge.total / most);
        const [first, last] = [way[0], way[way.length - 1]];
        /** @type {[number, number][]} */
        const points = way.map((place) => [layerX(place.layer) + (place.fn ? 0 : BOX.width / 2), place.y]);
        points[points.length - 1][1] += arrival.y;
        // Lines fan out from a caller: where they arrive there is room to write.
        let d,
            [labelX, labelY] = [points[points.length - 1][0] - 20 - arrival.back, points[points.length - 1][1] - 5];
        if (first === last) {
            const [x, y] = [layerX(first.layer) + BOX.width, first.y];
            d = `M${x} ${y - 8}C${x + 40} ${y - 30} ${x + 40} ${y + 30} ${x} ${y + 8}`;
            [labelX, labelY] = [x + 24, y - 16];
        } else if (isBack) {
            const [x1, x2] = [layerX(first.layer), layerX(last.layer) + BOX.width];
            const low = Math.max(first.y, last.y) + BOX.height;
            d = `M${x1} ${first.y + 8}C${x1 - 50} ${low} ${x2 + 50} ${low} ${x2} ${last.y + 8}`;
            [labelX, labelY] = [(x1 + x2) / 2, low - BOX.height / 2];
        } else {
            points[0][0] += BOX.width;
            d = `M${points[0][0]} ${points[0][1]}`;
            for (let at = 1; at < points.length; at++) {
                const [[x1, y1], [x2, y2]] = [points[at - 1], points[at]],
                    middle = (x2 - x1) / 2;
                d += `C${x1 + middle} ${y1} ${x2 - middle} ${y2} ${x2} ${y2}`;
            }
        }
        const classes = `line${isActive ? " active" : ""}${isBack ? " back" : ""}`;
        const path = svg("path", { class: classes, d, "stroke-width": width, "marker-end": "url(#arrow)" });
        const label = svg(
            "text",
            { class: `calls${isActive ? " active" : ""}`, x: labelX, y: labelY },
            `×${count(edge.calls)}`,
        );
        return { path, label };
    }

    fit() {
        if (!this.made) return;
        const { width, height } = this.made,
            picture = /** @type {SVGSVGElement} */ (this.picture);
        const [w, h] = [picture.clientWidth || 1, picture.clientHeight || 1];
        // Never larger than life.
        const scale = Math.max(1, (width + 48) / w, (height + 48) / h);
        Object.assign(this.view, {
            width: w * scale,
            height: h * scale,
            x: (width - w * scale) / 2,
            y: (height - h * scale) / 2,
        });
        this.showView();
    }

    showView() {
        const { x, y, width, height } = this.view;
        this.picture.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    }

    /** @param {number} factor @param {[number, number]} [around] */
    zoom(factor, around = [this.view.x + this.view.width / 2, this.view.y + this.view.height / 2]) {
        const { view } = this,
            [x, y] = around;
        Object.assign(view, {
            x: x - (x - view.x) * factor,
            y: y - (y - view.y) * factor,
            width: view.width * factor,
            height: view.height * factor,
        });
        this.showView();
    }

    /** @param {MouseEvent} event @returns {[number, number]} */
    point(event) {
        const room = this.picture.getBoundingClientRect(),
            scale = this.view.width / room.width;
        return [this.view.x + (event.clientX - room.left) * scale, this.view.y + (event.clientY - room.top) * scale];
    }

    /** @param {number} id */
    choose(id) {
        this.active = id;
        this.draw();
        this.keepInView(id);
        const fn = this.app.trace.functions[id];
        this.app.say(functionText(fn));
        this.app.select({ kind: "function", fn });
    }

    /** @param {number} id */
    keepInView(id) {
        const place = this.made?.places.find((place) => place.fn?.id === id),
            { view } = this;
        if (!place) return;
        const [x, y] = [layerX(place.layer) + BOX.width / 2, place.y];
        if (x < view.x || x > view.x + view.width) view.x = x - view.width / 2;
        if (y < view.y || y > view.y + view.height) view.y = y - view.height / 2;
        this.showView();
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const moves = /** @type {Record<string, () => void>} */ ({
            ArrowLeft: () => this.walk("left"),
            ArrowRight: () => this.walk("right"),
            ArrowUp: () => this.walk("up"),
            ArrowDown: () => this.walk("down"),
            "+": () => this.zoom(0.8),
            "=": () => this.zoom(0.8),
            "-": () => this.zoom(1.25),
            0: () => this.fit(),
            Enter: () => this.app.focusDetails(),
        });
        if (!Object.hasOwn(moves, event.key)) return;
        event.preventDefault();
        moves[event.key]();
    }

    /** @param {"left" | "right" | "up" | "down"} where */
    walk(where) {
        const { places, alone } = /** @type {Laid} */ (this.made),
            boxes = places.filter((place) => place.fn);
        const now = boxes.find((place) => place.fn?.id === this.active) ?? null;
        if (!now) {
            if (boxes.length) this.choose(/** @type {Fn} */ (boxes[0].fn).id);
            return;
        }
        let target;
        if ((where === "left" || where === "right") && alone.has(now)) {
            // Nobody is called there: to whom stands beside it.
            const layer = now.layer + (where === "left" ? -1 : 1);
            target = boxes.find((place) => alone.has(place) && place.layer === layer && place.y === now.y);
        } else if (where === "left" || where === "right") {
            const [own, other] =
                where === "left"
                    ? /** @type {const} */ (["called", "caller"])
                    : /** @type {const} */ (["caller", "called"]);
            const edges = this.app.trace.data.edges.filter(
                (edge) => edge[own] === this.active && edge.caller !== edge.called,
            );
            const ids = edges.sort((a, b) => b.total - a.total || b.calls - a.calls).map((edge) => edge[other]);
            target = ids.map((id) => boxes.find((place) => place.fn?.id === id)).find(Boolean);
        } else {
            const layer = boxes.filter((place) => place.layer === now.layer).sort((a, b) => a.y - b.y);
            target = layer[layer.indexOf(now) + (where === "up" ? -1 : 1)];
        }
        if (target?.fn) this.choose(target.fn.id);
    }

    foundIds() {
        const drawn = this.made?.places.filter((place) => place.fn) ?? [];
        return drawn
            .map((place) => /** @type {Fn} */ (place.fn))
            .filter((fn) => this.app.query.meansFunction(fn))
            .map((fn) => fn.id)
            .sort((a, b) => a - b);
    }

    matches() {
        return this.foundIds().length;
    }

    /** @param {1 | -1} step */
    go(step) {
        const found = this.foundIds(),
            at = nextOf(Int32Array.from(found), this.active, step);
        if (at >= 0) this.choose(found[at]);
        return at + 1;
    }

    /** @param {number} i */
    reveal(i) {
        if (this.app.trace.fn[i] >= 0) this.choose(this.app.trace.fn[i]);
    }

    focus() {
        /** @type {SVGSVGElement} */ (this.picture).focus({ preventScroll: true });
    }
}

/** A function and its figures in words. @param {Fn} fn */
function functionText(fn) {
    const failed = fn.errors + fn.panics;
    const figures = [counted(fn.calls, "call"), `self ${time(fn.self)}`, `total ${time(fn.total)}`];
    if (failed) figures.push(`${count(failed)} failed`);
    return `${fn.module}::${fn.name}: ${figures.join(", ")}`;
}

/** @param {number} layer */
function layerX(layer) {
    return layer * (BOX.width + BOX.gapX);
}

/** @typedef {ReturnType<typeof layGraph>} Laid */

/**
 * Puts functions in layers, so that calls go to the right but where they close a cycle, and orders each layer so that
 * few lines cross: the method of Sugiyama, with barycentres. Those that nobody calls and that call nobody stand below, in
 * a block: as a layer, they would be a column that no screen shows.
 * @param {Fn[]} functions
 * @param {Edge[]} allEdges
 */
function layGraph(functions, allEdges) {
    const kept = new Set(functions.map((fn) => fn.id));
    const edges = allEdges.filter((edge) => kept.has(edge.caller) && kept.has(edge.called));
    const back = backEdges(functions, edges);
    const joined = new Set(
        edges.filter((edge) => edge.caller !== edge.called).flatMap((edge) => [edge.caller, edge.called]),
    );
    const alone = functions.filter((fn) => !joined.has(fn.id));
    const layers = layersOf(
        functions,
        edges.filter((edge) => !back.has(edge)),
    );
    /** @type {Map<number, Place>} */
    const boxes = new Map(functions.map((fn) => [fn.id, { fn, layer: layers.get(fn.id) ?? 0, y: 0 }]));
    /** @type {Place[][]} */
    const columns = [];
    const put = /** @param {Place} place */ (place) => (columns[place.layer] ??= []).push(place);
    boxes.forEach((box, id) => joined.has(id) && put(box));
    /** @type {[Place, Place][]} */
    const steps = [];
    const lines = edges.map((edge) => {
        const arrival = { y: 0, back: 0 };
        const [from, to] = [
            /** @type {Place} */ (boxes.get(edge.caller)),
            /** @type {Place} */ (boxes.get(edge.called)),
        ];
        const way = [from];
        if (!back.has(edge)) {
            for (let layer = from.layer + 1; layer < to.layer; layer++) {
                const bend = { fn: null, layer, y: 0 };
                put(bend);
                way.push(bend);
            }
        }
        way.push(to);
        if (!back.has(edge)) way.slice(1).forEach((place, at) => steps.push([way[at], place]));
        return { edge, way, isBack: back.has(edge), arrival };
    });
    orderColumns(columns, steps);
    const height = stack(columns, steps);
    spreadArrivals(lines);
    const [stepX, stepY] = [BOX.width + BOX.gapX, BOX.height + BOX.gapY];
    const across = Math.max(columns.length, Math.round(Math.sqrt((alone.length * stepY * BLOCK) / stepX)), 1);
    const top = columns.length ? height + 2 * BOX.gapY : 0;
    const block = alone.map((fn, at) => {
        const place = /** @type {Place} */ (boxes.get(fn.id));
        return Object.assign(place, { layer: at % across, y: top + Math.floor(at / across) * stepY + BOX.height / 2 });
    });
    const places = [...columns.flat(), ...block];
    return {
        places,
        lines,
        alone: new Set(block),
        width: layerX(Math.max(0, ...places.map((place) => place.layer + 1))) - BOX.gapX,
        height: Math.max(height, ...block.map((place) => place.y + BOX.height / 2)),
    };
}

/**
 * Lines that meet the same box arrive one below the other, in the order they come from, their labels apart.
 * @param {Line[]} lines
 */
function spreadArrivals(lines) {
    /** @type {Map<Place, Line[]>} */
    const arriving = new Map();
    for (const line of lines.filter((line) => !line.isBack)) {
        const box = line.way[line.way.length - 1];
        arriving.set(box, [...(arriving.get(box) ?? []), line]);
    }
    for (const together of arriving.values()) {
        together.sort((a, b) => a.way[a.way.length - 2].y - b.way[b.way.length - 2].y);
        const gap = Math.min(13, (BOX.height - 10) / together.length);
        together.forEach((line, at) => {
            line.arrival.y = (at - (together.length - 1) / 2) * gap;
            line.arrival.back = gap < 10 ? (at % 3) * 26 : 0;
        });
    }
}

/**
 * Edges that close a cycle, in a walk from those that have no caller.
 * @param {Fn[]} functions
 * @param {Edge[]} edges
 */
function backEdges(functions, edges) {
    /** @type {Map<number, Edge[]>} */
    const below = new Map();
    for (const edge of edges) below.set(edge.caller, [...(below.get(edge.caller) ?? []), edge]);
    const back = new Set(),
        state = new Map();
    for (const fn of [...functions].sort(
        (a, b) => Number(b.entries > 0) - Number(a.entries > 0) || b.total - a.total,
    )) {
        const todo = [{ id: fn.id, edges: [...(below.get(fn.id) ?? [])] }];
        if (state.has(fn.id)) continue;
        state.set(fn.id, "open");
        while (todo.length) {
            const top = todo[todo.length - 1],
                edge = top.edges.pop();
            if (!edge) {
                state.set(top.id, "done");
                todo.pop();
            } else if (state.get(edge.called) === "open") {
                back.add(edge);
            } else if (!state.has(edge.called)) {
                state.set(edge.called, "open");
                todo.push({ id: edge.called, edges: [...(below.get(edge.called) ?? [])] });
            }
        }
    }
    return back;
}

/**
 * By function, the length of the longest way to it.
 * @param {Fn[]} functions
 * @param {Edge[]} edges without cycles
 * @returns {Map<number, number>}
 */
function layersOf(functions, edges) {
    const layer = new Map(functions.map((fn) => [fn.id, 0]));
    for (let changed = true, round = 0; changed && round <= functions.length; round++) {
        changed = false;
        for (const { caller, called } of edges) {
            const least = (layer.get(caller) ?? 0) + 1;
            if ((layer.get(called) ?? 0) < least) {
                layer.set(called, least);
                changed = true;
            }
        }
    }
    return layer;
}

/** @param {Place[][]} columns @param {[Place, Place][]} steps */
function orderColumns(columns, steps) {
    const renumber = () => columns.forEach((column) => column.forEach((place, at) => (place.y = at)));
    renumber();
    for (let sweep = 0; sweep < 12; sweep++) {
        const forward = sweep % 2 === 0;
        for (const column of forward ? columns : [...columns].reverse()) {
            const middle = new Map(column.map((place) => [place, meanNeighbour(place, steps, forward)]));
            column.sort((a, b) => (middle.get(a) ?? a.y) - (middle.get(b) ?? b.y));
            column.forEach((place, at) => (place.y = at));
        }
    }
}

/**
 * Where the neighbours of a place stand on average, in the column before (or after) it.
 * @param {Place} place
 * @param {[Place, Place][]} steps
 * @param {boolean} before
 */
function meanNeighbour(place, steps, before) {
    const found = steps.filter((step) => step[before ? 1 : 0] === place).map((step) => step[before ? 0 : 1].y);
    return found.length ? found.reduce((sum, y) => sum + y, 0) / found.length : undefined;
}

/**
 * Gives places their height on the page: near their neighbours, none over another. Gives the height of all.
 * @param {Place[][]} columns
 * @param {[Place, Place][]} steps
 */
function stack(columns, steps) {
    /** @param {Place} place */
    const room = (place) => (place.fn ? BOX.height + BOX.gapY : BOX.bend);
    for (const column of columns) {
        let y = 0;
        for (const place of column) {
            place.y = y + room(place) / 2;
            y += room(place);
        }
        for (const place of column) place.y -= y / 2;
    }
    for (let round = 0; round < 8; round++) {
        for (const column of round % 2 ? [...columns].reverse() : columns) {
            for (const place of column) place.y = meanNeighbour(place, steps, round % 2 === 0) ?? place.y;
            // Pushed apart from the middle outwards, so that a column stays where it wants to be.
            const middle = column.length >> 1;
            for (let at = middle + 1; at < column.length; at++)
                column[at].y = Math.max(column[at].y, column[at - 1].y + (room(column[at - 1]) + room(column[at])) / 2);
            for (let at = middle - 1; at >= 0; at--)
                column[at].y = Math.min(column[at].y, column[at + 1].y - (room(column[at + 1]) + room(column[at])) / 2);
        }
    }
    const all = columns.flat(),
        top = Math.min(...all.map((place) => place.y - BOX.height / 2));
    for (const place of all) place.y -= top;
    return Math.max(0, ...all.map((place) => place.y + BOX.height / 2));
}
