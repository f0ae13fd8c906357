//! Reports as a page: one file without script, plots in SVG.

use std::fmt::Write;

use super::{Bars, Block, Report, Scatter, Table};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#667;--line:#d8dce2;--bad:#c4314b;--a:#2f6fdb;--b:#8a9bb5;--c:#d9a441}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--faint:#99a;--line:#394150;--bad:#ff7b8e;--a:#6ea0ff;--b:#77839a;--c:#e5bd6d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0;display:block;overflow-x:auto}
th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--faint);font-weight:500}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
figure{margin:1rem 0}
svg text{font-family:system-ui,sans-serif;font-size:12px;fill:var(--ink)}svg .faint{fill:var(--faint);font-size:11px}svg{max-width:100%;height:auto}";

pub(super) fn page(report: &Report) -> String {
    let title = escape(&report.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    for block in &report.blocks {
        match block {
            Block::Heading(heading) => page.push_str(&format!("<h2>{}</h2>\n", escape(heading))),
            Block::Text(text) => page.push_str(&format!("<p>{}</p>\n", escape(text).replace('\n', "<br>"))),
            Block::Table(table) => rows(table, &mut page),
            Block::Bars(bars) => plot_bars(bars, &mut page),
            Block::Scatter(scatter) => plot_points(scatter, &mut page),
        }
    }
    page.push_str("</html>\n");
    page
}

fn rows(table: &Table, page: &mut String) {
    page.push_str("<table>\n<tr>");
    let class = |is_number: bool| if is_number { " class=\"n\"" } else { "" };
    for (name, is_number) in &table.columns {
        let _ = write!(page, "<th{}>{}</th>", class(*is_number), escape(name));
    }
    page.push_str("</tr>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (cell, (_, is_number)) in row.iter().zip(&table.columns) {
            let _ = write!(page, "<td{}>{}</td>", class(*is_number), escape(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}

const COLOURS: [&str; 3] = ["var(--a)", "var(--b)", "var(--c)"];

fn plot_bars(bars: &Bars, page: &mut String) {
    const NAME: f64 = 260.0;
    const WIDTH: f64 = 560.0;
    const BAR: f64 = 12.0;
    let most = bars.items.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
    // A share is one of the whole.
    let most = if bars.unit == "%" { most.max(100.0) } else { most };
    let row = BAR * bars.series.len().max(1) as f64 + 10.0;
    let height = row * bars.items.len() as f64 + 46.0;
    let title = escape(&bars.title);
    let _ = write!(
        page,
        "<figure><figcaption>{title}</figcaption><svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 920 {height:.0}\" width=\"920\">"
    );
    for (at, series) in bars.series.iter().enumerate() {
        let x = NAME + at as f64 * 110.0;
        let colour = COLOURS[at % COLOURS.len()];
        let _ = write!(
            page,
            "<rect x=\"{x}\" y=\"6\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{}\" y=\"15\">{}</text>",
            x + 15.0,
            escape(series)
        );
    }
    for (at, (name, values)) in bars.items.iter().enumerate() {
        let top = 30.0 + row * at as f64;
        let _ = write!(
            page,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            NAME - 8.0,
            top + row / 2.0,
            escape(&shorten(name, 38))
        );
        for (series, value) in values.iter().enumerate() {
            let width = (value / most * WIDTH).max(1.0);
            let y = top + BAR * series as f64;
            let colour = COLOURS[series % COLOURS.len()];
            let _ = write!(
                page,
                "<rect x=\"{NAME}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"><title>{} {value:.2} {}</title></rect>",
                BAR - 2.0,
                escape(name),
                escape(&bars.unit)
            );
            let _ = write!(
                page,
                "<text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                NAME + width + 5.0,
                y + BAR - 1.0,
                escape(format!("{} {}", number(*value), bars.unit).trim_end())
            );
        }
    }
    page.push_str("</svg></figure>\n");
}

/// The way of a value up the plot: in equal steps, or, where values lie far apart, in equal factors.
struct Scale {
    least: f64,
    most: f64,
    is_log: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        /// Less than a thousandth has no place among factors.
        const LEAST: f64 = 1e-3;
        let (least, most) =
            values.fold((f64::MAX, LEAST), |(least, most), value| (least.min(value.max(LEAST)), most.max(value)));
        let is_log = most / least > 30.0;
        if is_log {
            return Self { least: 10_f64.powf(least.log10().floor()), most: 10_f64.powf(most.log10().ceil()), is_log };
        }
        Self { least: 0.0, most, is_log }
    }

    /// From 0 at the bottom to 1 at the top.
    fn place(&self, value: f64) -> f64 {
        if self.is_log {
            (value.max(self.least) / self.least).log10() / (self.most / self.least).log10()
        } else {
            value / self.most
        }
    }

    fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            return (0..=4).map(|quarter| self.most * f64::from(quarter) / 4.0).collect();
        }
        let decades = (self.most / self.least).log10().round() as i32;
        (0..=decades).map(|decade| self.least * 10_f64.powi(decade)).collect()
    }
}

fn plot_points(scatter: &Scatter, page: &mut String) {
    const LEFT: f64 = 70.0;
    const TOP: f64 = 10.0;
    const WIDTH: f64 = 830.0;
    const HEIGHT: f64 = 260.0;
    if scatter.points.is_empty() {
        return;
    }
    let right = scatter.points.iter().map(|point| point.0).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let scale = Scale::of(scatter.points.iter().map(|point| point.1));
    let (across, up) = (|x: f64| LEFT + x / right * WIDTH, |y: f64| TOP + HEIGHT - scale.place(y) * HEIGHT);
    let title = escape(&scatter.title);
    let _ = write!(
        page,
        "<figure><figcaption>{title}</figcaption><svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 920 330\" width=\"920\">"
    );
    for tick in scale.ticks() {
        let y = up(tick);
        let _ = write!(
            page,
            "<path d=\"M{LEFT} {y:.1}h{WIDTH}\" stroke=\"var(--line)\"/><text class=\"faint\" x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            number(tick)
        );
    }
    let below = TOP + HEIGHT + 18.0;
    for quarter in 0..=4 {
        let x = right * f64::from(quarter) / 4.0;
        let anchor = if quarter == 4 { "end" } else { "middle" };
        let _ = write!(
            page,
            "<text class=\"faint\" x=\"{:.1}\" y=\"{below}\" text-anchor=\"{anchor}\">{}</text>",
            across(x),
            number(x)
        );
    }
    let factors = if scale.is_log { ", each line ten times the one below" } else { "" };
    let axes = format!("across: {}; up: {}{factors}", scatter.axes.0, scatter.axes.1);
    let _ = write!(page, "<text class=\"faint\" x=\"{LEFT}\" y=\"{}\">{}</text>", below + 20.0, escape(&axes));
    for (x, y, is_bad) in &scatter.points {
        let colour = if *is_bad { "var(--bad)" } else { "var(--a)" };
        let (cx, cy) = (across(*x), up(*y));
        let _ = write!(page, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"2.5\" fill=\"{colour}\" fill-opacity=\".6\"/>");
    }
    page.push_str("</svg></figure>\n");
}

/// A number with as many digits as tell something.
fn number(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 100.0 || size.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
