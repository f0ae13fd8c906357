//! What the members of an object owe each other: sums, counts, pages, ids that link.
//!
//! What depends on what is found once a schema, from names and types; values are put right after an object was made. Only
//! values that keep to their own schema are written, so nothing valid is broken.

use serde_json::{Map, Value};

use super::generator::Page;
use super::meaning::{Meaning, PageRole};
use super::number;
use super::plan::{Node, NodeId, ObjectPlan, Plans, Prop};
use super::rules::kinds;
use crate::patterns::words::{singular, words};

/// Members by their place in the plan.
#[derive(Debug, Default)]
pub(super) struct Relations {
    /// A number, and the list it counts.
    counts: Vec<(usize, usize)>,
    pages: Option<Pages>,
    line: Option<Line>,
    total: Option<Total>,
    /// An id, the object it is of, and the name of the id there.
    links: Vec<(usize, usize, Box<str>)>,
    /// The lower and the upper one.
    ordered: Vec<(usize, usize)>,
    /// Used, remaining, and both together.
    quota: Option<(usize, usize, usize)>,
}

impl Relations {
    /// Whether the members owe each other nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
            && self.pages.is_none()
            && self.line.is_none()
            && self.total.is_none()
            && self.links.is_empty()
            && self.ordered.is_empty()
            && self.quota.is_none()
    }
}

#[derive(Debug)]
struct Pages {
    list: usize,
    fields: Vec<PageField>,
}

#[derive(Debug)]
struct PageField {
    /// The member it stands in; `None` beside the list.
    container: Option<usize>,
    name: Box<str>,
    role: PageRole,
    node: NodeId,
    required: bool,
}

impl PageField {
    fn of(container: Option<usize>, prop: &Prop) -> Option<Self> {
        let Meaning::Page(role) = prop.meaning else { return None };
        Some(Self { container, name: prop.name.clone(), role, node: prop.node, required: prop.required })
    }
}

#[derive(Debug)]
struct Line {
    quantity: usize,
    price: usize,
    total: usize,
}

#[derive(Debug, Default)]
struct Total {
    items: Option<(usize, LineNames)>,
    subtotal: Option<usize>,
    /// What is added to the subtotal, and what is taken off.
    added: Vec<usize>,
    taken: Vec<usize>,
    total: Option<usize>,
}

/// Names within an item.
#[derive(Debug)]
struct LineNames {
    quantity: Option<Box<str>>,
    price: Option<Box<str>>,
    total: Option<Box<str>>,
}

const LISTS: [&str; 16] = [
    "data",
    "item",
    "result",
    "record",
    "entry",
    "list",
    "value",
    "content",
    "row",
    "hit",
    "object",
    "element",
    "resource",
    "document",
    "member",
    "collection",
];
const CONTAINERS: [&str; 14] = [
    "meta",
    "pagination",
    "paging",
    "page",
    "page info",
    "link",
    "metadata",
    "paginator",
    "cursor",
    "response metadata",
    "info",
    "navigation",
    "pager",
    "page meta",
];

/// What the members of an object owe each other.
pub(super) fn find(plans: &Plans, object: &ObjectPlan) -> Relations {
    let props = &object.props;
    let joined: Vec<&str> = props.iter().map(|prop| &*prop.spoken.words).collect();
    let names: Vec<Vec<&str>> = joined.iter().map(|words| words.split(' ').collect()).collect();
    let is_number = |at: usize| {
        let node = solid(plans, props[at].node);
        node.kinds & (kinds::INTEGER | kinds::NUMBER) != 0 && node.values.is_none()
    };
    let numeric_text =
        |at: usize| matches!(props[at].meaning, Meaning::Money | Meaning::Count | Meaning::Quantity | Meaning::Page(_));
    let countable =
        |at: usize| is_number(at) || numeric_text(at) && solid(plans, props[at].node).kinds & kinds::STRING != 0;
    let lists: Vec<usize> = (0..props.len())
        .filter(|at| solid(plans, props[*at].node).array.is_some() && !solid(plans, props[*at].node).untyped)
        .collect();
    let mut relations = Relations::default();

    // The list that an envelope is about.
    let main =
        lists.iter().copied().find(|at| LISTS.contains(&joined[*at])).or_else(|| (lists.len() == 1).then(|| lists[0]));
    if let Some(list) = main {
        let mut fields = Vec::new();
        for (at, prop) in props.iter().enumerate() {
            fields.extend(PageField::of(None, prop));
            if CONTAINERS.contains(&joined[at].trim_start_matches('_').trim())
                && let Some(inner) = &solid(plans, prop.node).object
            {
                fields.extend(inner.props.iter().filter_map(|field| PageField::of(Some(at), field)));
            }
        }
        if !fields.is_empty() {
            relations.pages = Some(Pages { list, fields });
        }
    }
    for at in (0..props.len()).filter(|at| countable(*at)) {
        let of = match names[at].as_slice() {
            [front @ .., "count" | "total"] if !front.is_empty() => front.join(" "),
            ["num" | "total" | "count", rest @ ..] if !rest.is_empty() => rest.join(" "),
            ["number", "of", rest @ ..] if !rest.is_empty() => rest.join(" "),
            _ => continue,
        };
        if let Some(list) = lists.iter().copied().find(|list| joined[*list] == of && *list != at) {
            relations.counts.push((at, list));
        }
    }

    let named = |wanted: &[&str]| {
        wanted.iter().find_map(|name| (0..props.len()).find(|at| joined[*at] == *name && countable(*at)))
    };
    let quantity = named(&["quantity", "qty", "item quantity", "units"]);
    let price = named(&["unit price", "price", "unit amount", "item price", "price per unit", "unit cost"]);
    let line_total = named(&[
        "total",
        "line total",
        "total price",
        "amount",
        "total amount",
        "subtotal",
        "item total",
        "line amount",
    ]);
    if let (Some(quantity), Some(price), Some(total)) = (quantity, price, line_total)
        && total != price
    {
        relations.line = Some(Line { quantity, price, total });
    }
    let subtotal = named(&[
        "subtotal",
        "sub total",
        "subtotal amount",
        "item total",
        "net",
        "net amount",
        "net total",
        "amount net",
        "subtotal price",
    ]);
    let total = named(&[
        "total",
        "grand total",
        "total amount",
        "amount total",
        "total price",
        "order total",
        "total due",
        "gross amount",
        "gross",
        "amount gross",
    ]);
    let items = lists.iter().copied().find_map(|list| {
        let wanted = [
            "line item",
            "item",
            "order item",
            "line",
            "product",
            "order line",
            "invoice item",
            "cart item",
            "position",
        ];
        if !wanted.contains(&joined[list]) {
            return None;
        }
        let item = solid(plans, solid(plans, props[list].node).array.as_ref()?.items?);
        let inner = item.object.as_ref()?;
        let of = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| {
                let found = inner.props.iter().find(|prop| {
                    let words: Vec<String> = words(&prop.name).iter().map(|word| singular(word)).collect();
                    words.join(" ") == *wanted
                })?;
                Some(found.name.clone())
            })
        };
        let line = LineNames {
            quantity: of(&["quantity", "qty"]),
            price: of(&["unit price", "price", "unit amount", "item price", "unit cost"]),
            total: of(&["total", "line total", "total price", "amount", "total amount", "subtotal", "line amount"]),
        };
        (line.price.is_some() || line.total.is_some()).then_some((list, line))
    });
    if let Some(total) = total.filter(|_| relations.line.is_none()) {
        let mut sum = Total {
            items,
            subtotal: subtotal.filter(|subtotal| *subtotal != total),
            total: Some(total),
            ..Total::default()
        };
        for (at, joined) in joined.iter().enumerate() {
            if !countable(at) || at == total || Some(at) == subtotal {
                continue;
            }
            match *joined {
                "tax" | "total tax" | "tax amount" | "tax total" | "vat" | "vat amount" | "shipping"
                | "shipping cost" | "shipping total" | "shipping amount" | "shipping fee" | "tip" | "fee"
                | "service fee" | "handling" | "delivery fee" => sum.added.push(at),
                "discount" | "total discount" | "discount amount" | "discount total" => sum.taken.push(at),
                _ => {}
            }
        }
        // A total beside a list of anything counts it; amounts it adds are told by names.
        if sum.items.is_some() || sum.subtotal.is_some() {
            relations.total = Some(sum);
        }
    }

    // A total of money counts nothing.
    let sums = [relations.total.as_ref().and_then(|sum| sum.total), relations.line.as_ref().map(|line| line.total)];
    if let Some(pages) = &mut relations.pages {
        pages.fields.retain(|field| {
            field.container.is_some() || !sums.iter().flatten().any(|sum| props[*sum].name == field.name)
        });
    }
    for (at, prop) in props.iter().enumerate() {
        if !matches!(prop.meaning, Meaning::OtherId(_)) {
            continue;
        }
        let Some((_, front)) = names[at].split_last() else { continue };
        let of = front.join(" ");
        let Some(object) = (0..props.len()).find(|other| joined[*other] == of && *other != at) else { continue };
        if let Some(inner) = &solid(plans, props[object].node).object
            && let Some(id) = inner.props.iter().find(|prop| prop.meaning == Meaning::Id)
        {
            relations.links.push((at, object, id.name.clone()));
        }
    }

    for (at, words) in names.iter().enumerate() {
        for (low, high) in [
            ("min", "max"),
            ("minimum", "maximum"),
            ("lower", "upper"),
            ("from", "to"),
            ("start", "end"),
            ("low", "high"),
            ("begin", "end"),
            ("first", "last"),
        ] {
            if !words.contains(&low) || !is_number(at) {
                continue;
            }
            let partner: Vec<&str> = words.iter().map(|word| if *word == low { high } else { *word }).collect();
            let partner = partner.join(" ");
            if let Some(other) = (0..props.len()).find(|other| joined[*other] == partner && is_number(*other)) {
                relations.ordered.push((at, other));
            }
        }
    }
    let used = named(&["used", "used quota", "used amount", "consumed"]);
    let left = named(&["remaining", "available", "free", "left"]);
    let whole = named(&["total", "limit", "quota", "capacity", "allocated"]);
    if let (Some(used), Some(left), Some(whole)) = (used, left, whole) {
        relations.quota = Some((used, left, whole));
    }
    relations
}

/// The plan itself, or the first way of a choice that is more than `null`.
fn solid(plans: &Plans, id: NodeId) -> &Node {
    let mut node = plans.node(id);
    for _ in 0..4 {
        let Some(choice) = &node.choice else { break };
        let mut options = choice.options.iter().map(|option| plans.node(*option));
        let Some(option) = options.find(|option| option.kinds != 0) else { break };
        node = option;
    }
    node
}

/// Puts the members of an object right.
pub(super) fn settle(plans: &Plans, object: &ObjectPlan, members: &mut Map<String, Value>, page: Option<&Page>) {
    let relations = &object.relations;
    let name = |at: usize| &*object.props[at].name;
    let node = |at: usize| object.props[at].node;
    if let Some(line) = &relations.line
        && let (Some(quantity), Some(price)) = (read(members, name(line.quantity)), read(members, name(line.price)))
    {
        write(plans, members, name(line.total), node(line.total), quantity * price);
    }
    if let Some(total) = &relations.total {
        settle_total(plans, object, members, total);
    }
    if let Some(pages) = &relations.pages {
        settle_pages(plans, object, members, pages, page);
    }
    for (count, list) in &relations.counts {
        if let Some(length) = members.get(name(*list)).and_then(Value::as_array).map(Vec::len) {
            write(plans, members, name(*count), node(*count), to_float(length));
        }
    }
    for (id, owner, inner) in &relations.links {
        let linked = members.get(name(*owner)).and_then(|owner| owner.get(&**inner)).cloned();
        if let (Some(linked), Some(own)) = (linked, members.get_mut(name(*id))) {
            let converted = match (&linked, &*own) {
                (Value::Number(number), Value::String(_)) => Value::from(number.to_string()),
                (Value::String(text), Value::Number(_)) => text.parse::<i64>().map_or(Value::Null, Value::from),
                _ => linked,
            };
            if !converted.is_null() && plans.accepts(node(*id), &converted) {
                *own = converted;
            }
        }
    }
    for (low, high) in &relations.ordered {
        if let (Some(below), Some(above)) = (read(members, name(*low)), read(members, name(*high)))
            && below > above
        {
            let (one, other) = (members[name(*low)].clone(), members[name(*high)].clone());
            if plans.accepts(node(*low), &other) && plans.accepts(node(*high), &one) {
                members[name(*low)] = other;
                members[name(*high)] = one;
            } else {
                write(plans, members, name(*high), node(*high), below);
                write(plans, members, name(*low), node(*low), above);
            }
        }
    }
    if let Some((used, left, whole)) = relations.quota
        && let (Some(used), Some(left)) = (read(members, name(used)), read(members, name(left)))
    {
        write(plans, members, name(whole), node(whole), used + left);
    }
}

fn settle_total(plans: &Plans, object: &ObjectPlan, members: &mut Map<String, Value>, total: &Total) {
    let name = |at: usize| &*object.props[at].name;
    let node = |at: usize| object.props[at].node;
    let mut sum = None;
    if let Some((list, line)) = &total.items
        && let Some(items) = members.get(name(*list)).and_then(Value::as_array)
    {
        let of = |item: &Value, name: &Option<Box<str>>| item.get(&**name.as_ref()?).and_then(to_number);
        let each = items.iter().map(|item| {
            of(item, &line.total).or_else(|| Some(of(item, &line.price)? * of(item, &line.quantity).unwrap_or(1.0)))
        });
        sum = each.sum::<Option<f64>>();
    }
    if let Some(subtotal) = total.subtotal {
        match sum {
            Some(sum) => write(plans, members, name(subtotal), node(subtotal), sum),
            None => sum = read(members, name(subtotal)),
        }
        sum = read(members, name(subtotal)).or(sum);
    }
    let (Some(mut sum), Some(whole)) = (sum, total.total) else { return };
    let base = sum;
    for at in &total.added {
        // A tax that is larger than what it is of is none.
        if let Some(amount) = read(members, name(*at)) {
            if amount > base / 4.0 {
                write(plans, members, name(*at), node(*at), (base * 10.0).round() / 100.0);
            }
            sum += read(members, name(*at)).unwrap_or(0.0);
        }
    }
    for at in &total.taken {
        if let Some(amount) = read(members, name(*at)) {
            if amount > base / 4.0 {
                write(plans, members, name(*at), node(*at), (base * 5.0).round() / 100.0);
            }
            sum -= read(members, name(*at)).unwrap_or(0.0);
        }
    }
    write(plans, members, name(whole), node(whole), sum);
}

fn settle_pages(
    plans: &Plans,
    object: &ObjectPlan,
    members: &mut Map<String, Value>,
    pages: &Pages,
    page: Option<&Page>,
) {
    let list = &*object.props[pages.list].name;
    let Some(returned) = members.get(list).and_then(Value::as_array).map(Vec::len) else { return };
    // Where the document demands a next page, there is one.
    let demanded = pages.fields.iter().any(|field| {
        field.role == PageRole::Next
            && field.required
            && !plans.node(field.node).null
            && !accepts_empty(plans, field.node)
    });
    let page = page.cloned().unwrap_or_else(|| {
        let size = returned.max(1);
        let usual = if demanded { size } else { size.max(20) };
        Page { number: 1, size: usual as u64, total: (if demanded { size * 3 } else { returned }) as u64 }
    });
    let size = page.size.max(1);
    let more = page.number * size < page.total;
    for PageField { container, name, role, node, required } in &pages.fields {
        let holder = match container {
            None => &mut *members,
            Some(at) => match members.get_mut(&*object.props[*at].name) {
                Some(Value::Object(inner)) => inner,
                _ => continue,
            },
        };
        let number = match role {
            PageRole::Number => page.number,
            PageRole::Size => size,
            PageRole::Returned => returned as u64,
            PageRole::Total => page.total,
            PageRole::Pages => page.total.div_ceil(size),
            PageRole::Offset => (page.number.max(1) - 1) * size,
            PageRole::More | PageRole::Earlier => {
                if let Some(flag) = holder.get_mut(&**name) {
                    let value = Value::from(if *role == PageRole::More { more } else { page.number > 1 });
                    if plans.accepts(*node, &value) {
                        *flag = value;
                    }
                }
                continue;
            }
            PageRole::Next | PageRole::Previous => {
                let there = if *role == PageRole::Next { more } else { page.number > 1 };
                if !there && holder.contains_key(&**name) {
                    if plans.node(*node).null {
                        holder.insert(name.to_string(), Value::Null);
                    } else if !required {
                        holder.shift_remove(&**name);
                    } else if plans.accepts(*node, &Value::from("")) {
                        holder.insert(name.to_string(), Value::from(""));
                    }
                }
                continue;
            }
        };
        write(plans, holder, name, *node, to_float(usize::try_from(number).unwrap_or(usize::MAX)));
    }
}

fn accepts_empty(plans: &Plans, node: NodeId) -> bool {
    plans.accepts(node, &Value::from(""))
}

fn read(members: &Map<String, Value>, name: &str) -> Option<f64> {
    members.get(name).and_then(to_number)
}

fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Writes a number where one of its kind stands, if the schema takes it.
fn write(plans: &Plans, members: &mut Map<String, Value>, name: &str, node: NodeId, number: f64) {
    let Some(place) = members.get_mut(name) else { return };
    let cents = (number * 100.0).round() / 100.0;
    let value = match place {
        Value::Number(old) => number::value(cents, old.is_i64() || old.is_u64()),
        Value::String(old) if old.contains('.') => Some(Value::from(format!("{cents:.2}"))),
        Value::String(_) => Some(Value::from(format!("{cents:.0}"))),
        _ => None,
    };
    if let Some(value) = value
        && plans.accepts(node, &value)
    {
        *place = value;
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of lists")]
fn to_float(number: usize) -> f64 {
    number as f64
}
