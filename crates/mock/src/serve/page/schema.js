// A schema as a tree: names, types, bounds, what they mean.

/**
 * @typedef {{name?: string, note?: string, types?: string[], is_nullable?: boolean, format?: string, description?: string,
 *   values?: unknown[], bounds?: Record<string, unknown>, items?: Outline, alternatives?: Outline[],
 *   properties?: {property: string, is_required: boolean, schema: Outline}[]}} Outline
 */

/** The type in short, as in `array of Order`. @param {Outline} schema @returns {string} */
function typeOf(schema) {
    const types = (schema.types ?? []).filter((type) => type !== "null" || schema.types?.length === 1);
    let text = schema.items && types.includes("array") ? `array of ${typeOf(schema.items)}` : types.join(" or ");
    if (schema.name) text = schema.items ? `${schema.name}: ${text}` : schema.name;
    if (!text) text = schema.alternatives ? `one of ${schema.alternatives.length}` : "anything";
    if (schema.format) text += ` (${schema.format})`;
    if (schema.is_nullable) text += " or null";
    return oneLine(text, 120);
}

/** What values may be. @param {Outline} schema */
function boundsOf(schema) {
    const parts = Object.entries(schema.bounds ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    if (schema.values?.length) parts.unshift(`one of ${schema.values.map((value) => JSON.stringify(value)).join(", ")}`);
    if (schema.note) parts.push(schema.note);
    return oneLine(parts.join(" · "), 600);
}

/** A line of the tree, and what is below it. @param {string} name @param {boolean} isRequired @param {Outline} schema @param {number} depth @returns {HTMLElement} */
function schemaNode(name, isRequired, schema, depth) {
    const bounds = boundsOf(schema);
    const line = [
        name ? el("span", "schema-name", oneLine(name, 120)) : null,
        isRequired ? el("span", "required", "required") : null,
        el("span", "schema-type", typeOf(schema)),
        bounds ? el("span", "schema-bounds", bounds) : null,
        schema.description ? el("span", "schema-text", oneLine(schema.description, 300)) : null,
    ];
    const below = schemaBelow(schema, depth + 1);
    if (!below.length) return el("li", "leaf", ...line);
    const details = el("details", "", el("summary", "", ...line), el("ul", "schema", ...below));
    details.open = depth < 1;
    return el("li", "", details);
}

/** @param {Outline} schema @param {number} depth @returns {HTMLElement[]} */
function schemaBelow(schema, depth) {
    const lists = schema.items && (schema.items.properties || schema.items.alternatives || schema.items.items);
    return [
        ...(schema.properties ?? []).map((one) => schemaNode(one.property, one.is_required, one.schema, depth)),
        ...(lists && schema.items ? [schemaNode("each", false, schema.items, depth)] : []),
        ...(schema.alternatives ?? []).map((one, at) => schemaNode(`or ${at + 1}`, false, one, depth)),
    ];
}

/** @param {Outline | null} schema */
function schemaTree(schema) {
    if (!schema) return el("p", "muted", "No schema: anything goes.");
    return el("ul", "schema root", schemaNode("", false, schema, 0));
}
