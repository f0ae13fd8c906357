// What the keyboard does.

const KEYS = [
    ["1 – 5", "Tree, Flame, Functions, Graph, Diff"],
    ["/", "search; Enter and Shift+Enter go to the next and previous match, Esc back to the view"],
    ["n  N", "next and previous match"],
    ["↑ ↓", "row above and below; in the flame chart, caller and first call below"],
    ["→ ←", "open and close; in the flame chart and graph, neighbours"],
    ["*", "open or close with all that is below"],
    ["Home End PgUp PgDn", "further along"],
    ["Enter", "to the details; in the flame chart, zoom to the call"],
    ["+ − 0", "zoom in and out, show all (flame chart, graph)"],
    ["Shift + arrows", "move the flame chart"],
    ["m", "filter by module"],
    ["t", "dark or light"],
    ["d", "show or hide details"],
    ["Esc", "close; from the details back to the view, from the view back to the overview"],
    ["?", "this help"],
];

function helpDialog() {
    const keys = el(
        "table",
        "keys",
        ...KEYS.map(([key, what]) => el("tr", "", el("th", "", el("kbd", "", key)), el("td", "", what))),
    );
    const queries = el(
        "table",
        "keys",
        ...QUERY_HELP.map(([query, what]) => el("tr", "", el("th", "", el("kbd", "", query)), el("td", "", what))),
    );
    const words = el("dl", "words");
    for (const [word, meaning] of [
        ["wall", "from the first enter to the last exit of a call"],
        ["busy", "the time it was entered, that of calls below it on the same thread included"],
        ["idle", "wall less busy: what an async call waited; hatched"],
        ["self", "busy less what the calls below it were, and less the cost of recording them"],
        ["polls", "how often it was entered"],
    ])
        words.append(el("dt", "", word), el("dd", "", meaning));
    const dialog = attributes(el("dialog", "help"), { "aria-label": "Help" });
    dialog.append(
        el(
            "div",
            "panel-head",
            el("strong", "", "Keys"),
            button("Close", () => dialog.close()),
        ),
        keys,
        el("h3", "", "What can be searched"),
        queries,
        el("h3", "", "Words"),
        words,
    );
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    return dialog;
}
