//! Reports as a page: one file without script, plots in SVG.

use std::fmt::Write;

use super::{Bars, Block, Report, Scatter, Table};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#667;--line:#d8dce2;--bad:#c4314b;--a:#2f6fdb;--b:#8a9bb5;--c:#d9a441}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--faint:#99a;--line:#394150;--bad:#ff7b8e;--a:#6ea0ff;--b:#77839a;--c:#e5bd6d}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0;display:block;overflow-x:auto}
th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--faint);font-weight:500}.n{text-align:right;font-variant-numeric:tabular-nums}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .faint{fill:var(--faint)}svg{max-width:100%;height:auto}";

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
    const BAR: f64 = 10.0;
    let most = bars.items.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return;
    }
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
                BAR - 1.0,
                escape(name),
                escape(&bars.unit)
            );
            if series + 1 == values.len() {
                let _ = write!(
                    page,
                    "<text class=\"faint\" x=\"{:.1}\" y=\"{:.1}\">{value:.1} {}</text>",
                    NAME + width + 5.0,
                    y + BAR - 1.0,
                    escape(&bars.unit)
                );
            }
        }
    }
    page.push_str("</svg></figure>\n");
}

fn plot_points(scatter: &Scatter, page: &mut String) {
    const LEFT: f64 = 70.0;
    const WIDTH: f64 = 830.0;
    const HEIGHT: f64 = 220.0;
    let most =
        |of: fn(&(f64, f64, bool)) -> f64| scatter.points.iter().map(of).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    if scatter.points.is_empty() {
        return;
    }
    let (right, top) = (most(|point| point.0), most(|point| point.1));
    let title = escape(&scatter.title);
    let _ = write!(
        page,
        "<figure><figcaption>{title}</figcaption><svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 920 280\" width=\"920\">"
    );
    let _ = write!(
        page,
        "<path d=\"M{LEFT} 10V{0}H{1}\" fill=\"none\" stroke=\"var(--line)\"/>",
        HEIGHT + 10.0,
        LEFT + WIDTH
    );
    let _ = write!(page, "<text class=\"faint\" x=\"{}\" y=\"18\" text-anchor=\"end\">{top:.4}</text>", LEFT - 6.0);
    let _ =
        write!(page, "<text class=\"faint\" x=\"{}\" y=\"{}\" text-anchor=\"end\">0</text>", LEFT - 6.0, HEIGHT + 12.0);
    let _ = write!(
        page,
        "<text class=\"faint\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{right:.4}</text>",
        LEFT + WIDTH,
        HEIGHT + 28.0
    );
    let _ =
        write!(page, "<text class=\"faint\" x=\"{}\" y=\"{}\">{}</text>", LEFT, HEIGHT + 28.0, escape(&scatter.axes.0));
    let _ =
        write!(page, "<text class=\"faint\" x=\"{}\" y=\"{}\">{}</text>", LEFT, HEIGHT + 46.0, escape(&scatter.axes.1));
    for (x, y, is_bad) in &scatter.points {
        let (cx, cy) = (LEFT + x / right * WIDTH, HEIGHT + 10.0 - y / top * HEIGHT);
        let colour = if *is_bad { "var(--bad)" } else { "var(--a)" };
        let _ = write!(page, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"2.5\" fill=\"{colour}\" fill-opacity=\".6\"/>");
    }
    page.push_str("</svg></figure>\n");
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
