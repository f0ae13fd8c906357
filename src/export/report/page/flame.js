// The flame chart: calls over time, by thread or by task, on a canvas.

const BAR_HEIGHT = 18;
const AXIS_HEIGHT = 24;
/** Functions of one module differ a little in lightness, so that neighbours can be told apart. */
const SHADES = [0, -0.035, 0.03];

/** @implements {View} */
class FlameView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.id = "flame";
        this.title = "Flame";
        this.mode = this.firstMode();
        this.from = app.trace.from;
        this.to = app.trace.to;
        this.chosenNode = -1;
        /** @type {Chart | undefined} */
        this.made = undefined;
        /** @type {number | undefined} */
        this.scheduled = undefined;
        this.canvas = el("canvas");
        this.tip = el("div", "tip");
        this.tip.hidden = true;
        this.space = el("div", "space", this.canvas);
        this.scroller = attributes(el("div", "flame", this.space), {
            tabindex: 0,
            role: "application",
            "aria-roledescription": "flame chart",
            "aria-label": "Calls over time. Arrow keys go to caller, calls below and neighbours; plus and minus zoom.",
        });
        const modes = segmented(
            "Flame chart by",
            [
                ["thread", "By thread"],
                ["task", "By task"],
            ],
            this.mode,
            (mode) => {
                this.mode = mode;
                this.made = undefined;
                this.refresh();
            },
        );
        this.note = el("span", "muted note");
        const legend = el("span", "legend", el("i", "key busy"), "busy", el("i", "key idle"), "idle");
        const bar = el(
            "div",
            "bar",
            modes,
            button("−", () => this.zoom(2), { title: "Zoom out (-)" }),
            button("+", () => this.zoom(0.5), { title: "Zoom in (+)" }),
            button("Whole trace", () => this.setRange(app.trace.from, app.trace.to), { title: "Show all of it (0)" }),
            legend,
            this.note,
        );
        this.element = el("div", "view", bar, this.scroller, this.tip);
        this.listen();
    }

    /** Tasks where calls were entered more than once, threads otherwise. */
    firstMode() {
        return this.app.trace.waits ? "task" : "thread";
    }

    listen() {
        const { scroller } = this;
        new ResizeObserver(() => this.later()).observe(scroller);
        scroller.addEventListener("scroll", () => this.later(), { passive: true });
        scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
        scroller.addEventListener("keydown", (event) => this.key(event));
        scroller.addEventListener("pointerdown", (event) => this.press(event));
        scroller.addEventListener("pointermove", (event) => this.hover(event));
        scroller.addEventListener("pointerleave", () => (this.tip.hidden = true));
        scroller.addEventListener("dblclick", () => this.zoomTo(this.chosenNode));
    }

    filterChanged() {
        this.made = undefined;
    }

    refresh() {
        const { trace, shown } = this.app;
        this.made ??= (this.mode === "task" ? byTask : byThread)(trace, shown);
        this.space.style.height = `${Math.max(0, AXIS_HEIGHT + this.made.rows * BAR_HEIGHT + BAR_HEIGHT)}px`;
        this.later();
    }

    later() {
        this.scheduled ??= requestAnimationFrame(() => {
            this.scheduled = undefined;
            this.draw();
        });
    }

    /** @param {number} from @param {number} to */
    setRange(from, to) {
        const { trace } = this.app,
            all = trace.to - trace.from;
        const length = Math.max(10, Math.min(all, to - from));
        this.from = Math.max(trace.from, Math.min(from, trace.to - length));
        this.to = this.from + length;
        this.later();
    }

    /** @param {number} factor @param {number} [around] moment that stays where it is */
    zoom(factor, around = (this.from + this.to) / 2) {
        this.setRange(around - (around - this.from) * factor, around + (this.to - around) * factor);
    }

    /** @param {number} i */
    zoomTo(i) {
        if (i < 0) return;
        const [start, end] = [this.app.trace.data.start[i], this.app.trace.endTime(i)];
        const margin = Math.max(5, (end - start) * 0.05);
        this.setRange(start - margin, end + margin);
    }

    get width() {
        return this.scroller.clientWidth;
    }

    /** @param {number} moment */
    x(moment) {
        return ((moment - this.from) / (this.to - this.from)) * this.width;
    }

    /** @param {number} x */
    moment(x) {
        return this.from + (x / this.width) * (this.to - this.from);
    }

    draw() {
        const { canvas, scroller, made } = this,
            width = this.width,
            height = scroller.clientHeight;
        if (!made || !width || !height) return;
        const sharp = devicePixelRatio;
        if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
            canvas.width = Math.round(width * sharp);
            canvas.height = Math.round(height * sharp);
            canvas.style.width = `${width}px`;
            canvas.style.height = `${height}px`;
        }
        const paint = canvas.getContext("2d");
        if (!paint) return;
        const theme = readTheme(scroller);
        paint.setTransform(sharp, 0, 0, sharp, 0, 0);
        paint.fillStyle = theme.surface;
        paint.fillRect(0, 0, width, height);
        paint.font = `11px ${theme.code}`;
        paint.textBaseline = "middle";
        const letter = paint.measureText("m").width,
            top = scroller.scrollTop;
        const first = Math.max(0, Math.floor((top - AXIS_HEIGHT) / BAR_HEIGHT));
        const last = Math.min(made.rows, Math.ceil((top + height) / BAR_HEIGHT));
        for (const lane of made.lanes)
            this.drawLane(paint, theme, lane, AXIS_HEIGHT + (lane.top - 1) * BAR_HEIGHT - top);
        for (let row = first; row < last; row++)
            this.drawRow(paint, theme, row, AXIS_HEIGHT + row * BAR_HEIGHT - top, letter);
        this.drawAxis(paint, theme);
        this.note.textContent = this.app.trace.data.timed
            ? `${time(this.to - this.from)} in view`
            : "no times were recorded";
    }

    /**
     * @param {CanvasRenderingContext2D} paint
     * @param {Theme} theme
     * @param {Lane} lane
     * @param {number} y
     */
    drawLane(paint, theme, lane, y) {
        paint.fillStyle = theme.line;
        paint.fillRect(0, y, this.width, 1);
        paint.fillStyle = theme.muted;
        const { trace } = this.app,
            share = lane.busy / (trace.to - trace.from);
        const busy = this.mode === "thread" ? `busy ${percent(share)}` : counted(this.made?.node.length ?? 0, "call");
        paint.fillText(`${oneLine(lane.title, 60)} · ${busy}`, 6, y + BAR_HEIGHT / 2 + 1);
    }

    /** @param {CanvasRenderingContext2D} paint @param {Theme} theme */
    drawAxis(paint, theme) {
        paint.fillStyle = theme.surface;
        paint.fillRect(0, 0, this.width, AXIS_HEIGHT);
        paint.fillStyle = theme.line;
        paint.fillRect(0, AXIS_HEIGHT - 1, this.width, 1);
        const step = roundStep((this.to - this.from) / Math.max(2, this.width / 110)),
            zero = this.app.trace.from;
        for (let at = Math.ceil((this.from - zero) / step) * step; zero + at <= this.to; at += step) {
            const x = Math.round(this.x(zero + at));
            paint.fillStyle = theme.line;
            paint.fillRect(x, 0, 1, AXIS_HEIGHT);
            paint.fillStyle = theme.muted;
            paint.fillText(tickLabel(at, step, this.to - zero), x + 4, AXIS_HEIGHT / 2);
        }
    }

    /**
     * @param {CanvasRenderingContext2D} paint
     * @param {Theme} theme
     * @param {number} row
     * @param {number} y
     * @param {number} letter
     */
    drawRow(paint, theme, row, y, letter) {
        const made = /** @type {Chart} */ (this.made),
            boxes = made.inRow[row],
            { from, to } = this,
            pixel = (to - from) / this.width;
        for (let at = firstAfter(made, boxes, from); at < boxes.length;) {
            const box = boxes[at];
            if (made.start[box] >= to) break;
            const x = this.x(made.start[box]),
                right = this.x(made.end[box]);
            if (right - x >= 1.5) {
                this.drawBox(paint, theme, box, Math.max(x, -2), y, Math.min(right, this.width + 2), letter);
                at++;
                continue;
            }
            // Many of them share a pixel: one stands for all. A match goes before the others.
            const next = firstAfter(made, boxes, made.start[box] + pixel, at + 1);
            let shownBox = box;
            for (let k = at; k < Math.min(next, at + 64); k++)
                if (this.app.found[made.node[boxes[k]]]) shownBox = boxes[k];
            paint.fillStyle = this.fill(theme, made.node[shownBox]);
            paint.fillRect(x, y + 1, 1, BAR_HEIGHT - 2);
            at = next;
        }
    }

    /**
     * @param {CanvasRenderingContext2D} paint
     * @param {Theme} theme
     * @param {number} box
     * @param {number} x
     * @param {number} y
     * @param {number} right
     * @param {number} letter
     */
    drawBox(paint, theme, box, x, y, right, letter) {
        const { trace, query } = this.app,
            made = /** @type {Chart} */ (this.made),
            i = made.node[box];
        const width = Math.max(1, right - x - 0.5),
            height = BAR_HEIGHT - 1;
        paint.fillStyle = this.fill(theme, i);
        const isHatched = made.isWhole && trace.data.polls[i] !== 1;
        if (isHatched) this.drawPolls(paint, theme, i, x, y, width, height);
        else paint.fillRect(x, y, width, height);
        if (trace.failed(i)) {
            paint.fillStyle = theme.failed;
            paint.fillRect(x, y + height - 2, width, 2);
        }
        if (i === this.chosenNode) {
            paint.strokeStyle = theme.accent;
            paint.lineWidth = 2;
            paint.strokeRect(x + 1, y + 1, Math.max(1, width - 2), height - 2);
        }
        const letters = Math.floor((Math.min(right, this.width) - Math.max(x, 0) - 8) / letter);
        if (letters < 3) return;
        const name =
            (trace.failed(i) ? "✗ " : "") +
            (letters > trace.name(i).length + 8 ? oneLine(trace.summary(i), letters) : oneLine(trace.name(i), letters));
        const text = name.length > letters ? name.slice(0, letters - 1) + "…" : name;
        const place = /** @type {const} */ ([Math.max(x, 0) + 4, y + height / 2 + 0.5]);
        if (isHatched) {
            paint.strokeStyle = theme.surface;
            paint.lineWidth = 3;
            paint.lineJoin = "round";
            paint.strokeText(text, ...place);
        }
        paint.fillStyle = !query.isEmpty && !this.app.found[i] ? theme.muted : theme.text;
        paint.fillText(text, ...place);
    }

    /**
     * A call with pauses: hatched, and solid where it was busy.
     * @param {CanvasRenderingContext2D} paint
     * @param {Theme} theme
     * @param {number} i
     * @param {number} x
     * @param {number} y
     * @param {number} width
     * @param {number} height
     */
    drawPolls(paint, theme, i, x, y, width, height) {
        const solid = paint.fillStyle;
        paint.globalAlpha = 0.35;
        paint.fillRect(x, y, width, height);
        paint.globalAlpha = 1;
        paint.save();
        paint.beginPath();
        paint.rect(x, y, width, height);
        paint.clip();
        paint.strokeStyle = theme.hatch;
        paint.lineWidth = 1;
        paint.beginPath();
        for (let at = Math.floor(x / 6) * 6 - height; at < x + width; at += 6) {
            paint.moveTo(at, y + height);
            paint.lineTo(at + height, y);
        }
        paint.stroke();
        paint.restore();
        paint.fillStyle = solid;
        const { stayAt, stayCount, stayStart, stayEnd } = this.app.trace.data;
        let filled = -Infinity;
        for (let k = stayAt[i]; k < stayAt[i] + stayCount[i]; k++) {
            const from = Math.max(x, this.x(stayStart[k])),
                to = Math.min(x + width, this.x(Math.min(stayEnd[k], this.app.trace.to)));
            if (to < x || from > x + width || to <= filled) continue;
            const end = Math.max(to, from + 1);
            paint.fillRect(from, y, end - from, height);
            filled = end;
        }
    }

    /** Colour of a call's box. @param {Theme} theme @param {number} i */
    fill(theme, i) {
        const { trace, modules, query, found } = this.app;
        if (!query.isEmpty && !found[i]) return theme.dimmed;
        if (!query.isEmpty) return theme.hit;
        return theme.fill(modules.hue(trace.callsite(i)), trace.fn[i] % SHADES.length);
    }

    /** The box at a place of the element. @param {number} x @param {number} y */
    boxAt(x, y) {
        const { made } = this;
        const row = Math.floor((y + this.scroller.scrollTop - AXIS_HEIGHT) / BAR_HEIGHT);
        if (!made || y < AXIS_HEIGHT || row < 0 || row >= made.rows) return -1;
        const boxes = made.inRow[row],
            slack = ((this.to - this.from) / this.width) * 2,
            moment = this.moment(x);
        const at = firstAfter(made, boxes, moment - slack);
        return at < boxes.length && made.start[boxes[at]] <= moment + slack ? boxes[at] : -1;
    }

    /** @param {PointerEvent} event @returns {[number, number]} */
    place(event) {
        const { left, top } = this.scroller.getBoundingClientRect();
        return [event.clientX - left, event.clientY - top];
    }

    /** @param {PointerEvent} event */
    press(event) {
        if (event.button !== 0 || event.offsetX > this.width) return;
        const [startX, startY] = this.place(event),
            from = this.from,
            span = this.to - this.from,
            top = this.scroller.scrollTop;
        let moved = false;
        this.scroller.setPointerCapture(event.pointerId);
        /** @param {PointerEvent} event */
        const drag = (event) => {
            const [x, y] = this.place(event);
            moved ||= Math.hypot(x - startX, y - startY) > 4;
            if (!moved) return;
            const start = from - ((x - startX) / this.width) * span;
            this.setRange(start, start + span);
            this.scroller.scrollTop = top - (y - startY);
        };
        const release = () => {
            this.scroller.removeEventListener("pointermove", drag);
            if (moved) return;
            const box = this.boxAt(startX, startY);
            if (box >= 0 && this.made) this.choose(this.made.node[box]);
        };
        this.scroller.addEventListener("pointermove", drag);
        this.scroller.addEventListener("pointerup", release, { once: true });
    }

    /** @param {PointerEvent} event */
    hover(event) {
        const [x, y] = this.place(event),
            box = this.boxAt(x, y);
        this.tip.hidden = box < 0 || event.buttons !== 0;
        if (this.tip.hidden || !this.made) return;
        const { trace } = this.app,
            i = this.made.node[box],
            { wall, busy } = trace.data;
        const idle = wall[i] - busy[i];
        const figures = [`wall ${time(wall[i])}`, `busy ${time(busy[i])}`];
        if (trace.data.polls[i] > 1) figures.push(`idle ${time(idle)}`, counted(trace.data.polls[i], "poll"));
        const summary = oneLine(trace.summary(i), 120);
        this.tip.replaceChildren(el("b", "code", summary), el("span", "muted", figures.join(" · ")));
        const room = this.element.getBoundingClientRect();
        this.tip.style.left = `${Math.min(event.clientX - room.left + 14, room.width - this.tip.offsetWidth - 8)}px`;
        this.tip.style.top = `${Math.min(event.clientY - room.top + 16, room.height - this.tip.offsetHeight - 8)}px`;
    }

    /** @param {WheelEvent} event */
    wheel(event) {
        if (event.shiftKey && !event.deltaX) return;
        event.preventDefault();
        const length = this.to - this.from,
            unit = event.deltaMode === 1 ? 16 : 1;
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            const by = (event.deltaX * unit * length) / this.width;
            this.setRange(this.from + by, this.to + by);
        } else {
            this.zoom(
                Math.exp(event.deltaY * unit * 0.0015),
                this.moment(event.clientX - this.scroller.getBoundingClientRect().left),
            );
        }
    }

    /** @param {KeyboardEvent} event */
    key(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const pan = (this.to - this.from) / 4;
        const moves = /** @type {Record<string, () => void>} */ (
            event.shiftKey && event.key.startsWith("Arrow")
                ? {
                      ArrowLeft: () => this.setRange(this.from - pan, this.to - pan),
                      ArrowRight: () => this.setRange(this.from + pan, this.to + pan),
                      ArrowUp: () => (this.scroller.scrollTop -= 3 * BAR_HEIGHT),
                      ArrowDown: () => (this.scroller.scrollTop += 3 * BAR_HEIGHT),
                  }
                : {
                      ArrowUp: () => this.walk("up"),
                      ArrowDown: () => this.walk("down"),
                      ArrowLeft: () => this.walk("left"),
                      ArrowRight: () => this.walk("right"),
                      "+": () => this.zoom(0.5),
                      "=": () => this.zoom(0.5),
                      "-": () => this.zoom(2),
                      0: () => this.setRange(this.app.trace.from, this.app.trace.to),
                      Enter: () => this.zoomTo(this.chosenNode),
                  }
        );
        if (!Object.hasOwn(moves, event.key)) return;
        event.preventDefault();
        moves[event.key]();
    }

    /**
     * To the caller, the first call below, or a neighbour in the same row.
     * @param {"up" | "down" | "left" | "right"} where
     */
    walk(where) {
        const { made } = this;
        if (!made || !made.node.length) return;
        const boxes = made.node,
            box = boxes.indexOf(this.chosenNode);
        if (box < 0) {
            this.choose(boxes[0]);
            return;
        }
        const parents = shownParents(this.app.trace, this.app.shown);
        if (where === "up" && parents[this.chosenNode] >= 0) this.choose(parents[this.chosenNode]);
        if (where === "down") {
            const below = boxes.find((i) => parents[i] === this.chosenNode);
            if (below !== undefined) this.choose(below);
        }
        if (where === "left" || where === "right") {
            const row = made.inRow[made.row[box]],
                at = row.indexOf(box) + (where === "left" ? -1 : 1);
            if (at >= 0 && at < row.length) this.choose(boxes[row[at]]);
        }
    }

    /** @param {number} i */
    choose(i) {
        this.show(i);
        const { trace } = this.app;
        this.app.say(
            `${oneLine(trace.summary(i))}, wall ${time(trace.data.wall[i])}, level ${trace.data.depth[i] + 1}`,
        );
        this.app.select({ kind: "call", i });
    }

    /** Brings a call into view. @param {number} i */
    show(i) {
        this.chosenNode = i;
        const { made } = this,
            { data } = this.app.trace,
            box = made?.node.indexOf(i) ?? -1;
        if (made && box >= 0) {
            const y = AXIS_HEIGHT + made.row[box] * BAR_HEIGHT,
                { scroller } = this;
            if (y - AXIS_HEIGHT < scroller.scrollTop) scroller.scrollTop = y - AXIS_HEIGHT - BAR_HEIGHT;
            if (y + BAR_HEIGHT > scroller.scrollTop + scroller.clientHeight)
                scroller.scrollTop = y + 2 * BAR_HEIGHT - scroller.clientHeight;
        }
        const [start, end] = [data.start[i], this.app.trace.endTime(i)],
            length = this.to - this.from;
        if (end < this.from || start > this.to) this.setRange((start + end - length) / 2, (start + end + length) / 2);
        // What is too small to be seen is brought nearer.
        if (end - start < (this.to - this.from) / 400)
            this.setRange((start + end) / 2 - (end - start) * 100, (start + end) / 2 + (end - start) * 100);
        this.later();
    }

    /** Calls that have a box and are meant. */
    foundCalls() {
        return this.app.foundNodes().filter((i) => !this.app.trace.isEvent(i));
    }

    matches() {
        return this.foundCalls().length;
    }

    /** @param {1 | -1} step */
    go(step) {
        const found = this.foundCalls(),
            at = nextOf(found, this.chosenNode, step);
        if (at >= 0) this.choose(found[at]);
        return at + 1;
    }

    /** @param {number} i */
    reveal(i) {
        this.refresh();
        this.choose(i);
    }

    focus() {
        this.scroller.focus({ preventScroll: true });
    }
}

/** @typedef {ReturnType<typeof readTheme>} Theme */

/** The colours of the page as a canvas takes them. @param {Element} element */
function readTheme(element) {
    const style = getComputedStyle(element);
    /** @param {string} name */
    const get = (name) => style.getPropertyValue(name).trim();
    const [light, chroma] = [Number(get("--box-light")), get("--box-chroma")];
    return {
        surface: get("--surface"),
        line: get("--line"),
        text: get("--text"),
        muted: get("--muted"),
        accent: get("--accent"),
        failed: get("--failed"),
        hatch: get("--hatch"),
        dimmed: get("--dimmed"),
        hit: get("--hit-box"),
        code: get("--code"),
        /** @param {number} hue @param {number} shade */
        fill: (hue, shade) =>
            Number.isNaN(hue)
                ? `oklch(${light + SHADES[shade]} 0.01 0)`
                : `oklch(${light + SHADES[shade]} ${chroma} ${hue})`,
    };
}

/** 1, 2 or 5 of a power of ten, at least so much. @param {number} least */
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
    return power * ([1, 2, 5].find((n) => n * power >= least) ?? 10);
}

/**
 * A moment on the axis, as exact as its step asks for, in the unit that suits the last one.
 * @param {number} at ns
 * @param {number} step ns
 * @param {number} last ns
 */
function tickLabel(at, step, last) {
    const [unit, size] = /** @type {[string, number][]} */ ([
        ["s", 1e9],
        ["ms", 1e6],
        ["µs", 1e3],
    ]).find(([, size]) => last >= size) ?? ["ns", 1];
    return at === 0 ? "0" : `${(at / size).toFixed(Math.max(0, Math.ceil(Math.log10(size / step))))} ${unit}`;
}
