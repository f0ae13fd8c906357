// Makes elements. Text goes in as text: there is no way here, and by the page's policy none at all, to make it markup.

/**
 * An element of a class, with children or text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function el(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
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
 * A press by mouse leaves the focus where it is, so that the keys go on working on the view.
 * @param {HTMLElement} element
 */
function keepFocus(element) {
    element.addEventListener("mousedown", (event) => event.preventDefault());
    return element;
}

/**
 * A button that says what it does.
 * @param {string} text
 * @param {() => void} act
 * @param {{title?: string, className?: string}} [more]
 */
function button(text, act, more = {}) {
    const element = el("button", more.className ?? "button", text);
    element.type = "button";
    if (more.title) element.title = more.title;
    keepFocus(element);
    element.addEventListener("click", act);
    return element;
}

/**
 * A box to tick.
 * @param {string} text
 * @param {boolean} checked
 * @param {(checked: boolean) => void} change
 */
function tick(text, checked, change) {
    const box = el("input");
    box.type = "checkbox";
    box.checked = checked;
    box.addEventListener("change", () => change(box.checked));
    return keepFocus(el("label", "tick", box, text));
}

/**
 * One of several ways to see the same, as radio buttons in a row: arrow keys choose.
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
        group.append(keepFocus(el("label", "", input, el("span", "", text))));
    }
    return group;
}

/**
 * An element of SVG.
 * @param {string} tag
 * @param {Record<string, string | number>} values
 * @param {...(Node | string)} children
 */
function svg(tag, values, ...children) {
    const element = attributes(document.createElementNS("http://www.w3.org/2000/svg", tag), values);
    element.append(...children);
    return element;
}
