// Makes elements. Text goes in as text: there is no way here, and by the page's policy none at all, to make it markup.

/**
 * An element of a class, with children or text; what is null is left out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
    return element;
}

/**
 * Sets attributes and gives the element back.
 * @template {Element} E
 * @param {E} element
 * @param {Record<string, string | number | boolean>} values
 */
function attributes(element, values) {
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
    return element;
}

/**
 * A button that says what it does. While what it does takes time, it cannot be pressed again.
 * @param {string} text
 * @param {() => unknown} act
 * @param {{title?: string, className?: string}} [more]
 */
function button(text, act, more = {}) {
    const element = el("button", more.className ?? "button", text);
    element.type = "button";
    if (more.title) element.title = more.title;
    element.addEventListener("click", async () => {
        const acting = act();
        if (!(acting instanceof Promise)) return;
        element.disabled = true;
        await acting.finally(() => (element.disabled = false));
    });
    return element;
}

/** A button that asks once more before it acts. @param {string} text @param {string} really @param {() => unknown} act */
function carefulButton(text, really, act) {
    const element = button(
        text,
        () => {
            if (element.textContent === text) {
                element.textContent = really;
                return undefined;
            }
            element.textContent = text;
            return act();
        },
        { className: "button danger" },
    );
    element.addEventListener("blur", () => (element.textContent = text));
    return element;
}

/**
 * One of several, as radio buttons in a row: arrow keys choose.
 * @param {string} label
 * @param {[string, string][]} choices value and text
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function segmented(label, choices, chosen, choose) {
    const group = attributes(el("div", "segmented"), { role: "radiogroup", "aria-label": label });
    for (const [value, text] of choices) {
        const input = el("input");
        Object.assign(input, { type: "radio", name: label, value, checked: value === chosen });
        input.addEventListener("change", () => choose(value));
        group.append(el("label", "", input, el("span", "", text)));
    }
    return group;
}

/**
 * A list to choose from.
 * @param {string} label
 * @param {[string, string][]} choices value and text
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function select(label, choices, chosen, choose) {
    const element = attributes(el("select", "input"), { "aria-label": label });
    for (const [value, text] of choices) {
        const option = el("option", "", text);
        option.value = value;
        element.append(option);
    }
    element.value = chosen;
    element.addEventListener("change", () => choose(element.value));
    return element;
}

/** A line of text to fill in. @param {string} value @param {Record<string, string>} [values] */
function textField(value, values = {}) {
    const element = attributes(el("input", "input"), { type: "text", autocomplete: "off", spellcheck: "false", ...values });
    element.value = value;
    return element;
}

/** Several lines of text to fill in. @param {string} value @param {Record<string, string>} [values] */
function textArea(value, values = {}) {
    const element = attributes(el("textarea", "input code"), { autocomplete: "off", spellcheck: "false", ...values });
    element.value = value;
    return element;
}

/** A box to tick. @param {string} text @param {boolean} checked @param {(checked: boolean) => void} change */
function tick(text, checked, change) {
    const box = el("input");
    box.type = "checkbox";
    box.checked = checked;
    box.addEventListener("change", () => change(box.checked));
    return el("label", "tick", box, text);
}

/** A name over what it names. @param {string} label @param {HTMLElement} control @param {Node | string | null} [hint] */
function labelled(label, control, hint = null) {
    return el("label", "labelled", el("span", "label", label), control, hint ? el("span", "hint", hint) : null);
}

/** A part with a heading. @param {string} title @param {...(Node | string | null | false | undefined)} children */
function section(title, ...children) {
    return el("section", "section", el("h3", "", title), ...children);
}

/** A small word in a frame. @param {string} text @param {string} [kind] */
function badge(text, kind = "") {
    return el("span", `badge ${kind}`, text);
}

/** What cannot be shown, and why; `again` tries it once more. @param {unknown} error @param {(() => void) | null} [again] */
function problem(error, again = null) {
    const why = error instanceof Error ? error.message : String(error);
    const box = el("div", "problem", el("span", "", "✗ ", visible(why)), again ? button("Try again", again) : null);
    return attributes(box, { role: "alert" });
}

/** Says what is not there, and what to do. @param {string} what @param {...(Node | string)} next */
function empty(what, ...next) {
    return el("div", "empty", el("p", "what", what), el("p", "", ...next));
}

/**
 * Shows what has to be fetched: that it is on its way, then itself or why it cannot be had. What comes too late, since
 * something else is shown there by then, is passed over.
 * @template T
 * @param {HTMLElement} place
 * @param {() => Promise<T>} load
 * @param {(value: T) => (Node | string)[]} show
 */
async function fill(place, load, show) {
    const ticket = {};
    tickets.set(place, ticket);
    if (!place.firstChild) place.replaceChildren(el("p", "waiting muted", "Loading…"));
    try {
        const value = await load();
        if (tickets.get(place) === ticket) place.replaceChildren(...show(value));
    } catch (error) {
        if (tickets.get(place) === ticket) place.replaceChildren(problem(error, () => fill(place, load, show)));
    }
}

/** What each place waits for. @type {WeakMap<HTMLElement, object>} */
const tickets = new WeakMap();

/** A table. @param {(string | [string, string])[]} heads text, or text and class @param {(Node | string)[][]} rows */
function table(heads, rows) {
    const classes = heads.map((head) => (Array.isArray(head) ? head[1] : ""));
    const head = heads.map((one) => attributes(el("th", Array.isArray(one) ? one[1] : "", Array.isArray(one) ? one[0] : one), { scope: "col" }));
    const body = rows.map((row) => el("tr", "", ...row.map((cell, at) => el("td", classes[at], cell))));
    return el("div", "scrolls", el("table", "", el("thead", "", el("tr", "", ...head)), el("tbody", "", ...body)));
}
