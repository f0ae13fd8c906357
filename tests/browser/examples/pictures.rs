//! Takes a picture of every view in both themes, to be looked at.
//!
//! ```sh
//! cargo run -p tracesnap-browser --example pictures -- <directory>
//! ```

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use tracesnap::{Report, Tracer};
use tracesnap_browser::{Chromium, Page, Theme, find, programs};
use tracesnap_real::http2::{ALL, exchange, loopback};
use tracesnap_real::runtime::Flavor;

const SIZE: (u32, u32) = (1440, 900);
/// Half a screen beside an editor, or a telephone.
const NARROW: (u32, u32) = (480, 800);

/// What is done before a picture is taken.
type Prepare = fn(&mut Page) -> std::io::Result<()>;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/pictures".into()));
    fs::create_dir_all(&directory)?;
    let chromium = Chromium::start(&find()?)?;

    let (orders, before) = (programs::orders(6, true), programs::orders(6, false));
    let report = orders.report().title("six orders").compare(before.report().title("main"));
    shoot(
        &chromium,
        &directory,
        "orders",
        &report,
        &[
            ("tree", |page| page.press(["ArrowDown", "ArrowDown", "ArrowDown"])),
            ("failed", |page| {
                page.click(".chip", Some("failed"))?;
                page.press(["n"])
            }),
            ("path", |page| page.click(".segmented label", Some("By path"))),
            ("bottom-up", |page| {
                page.click(".segmented label", Some("Bottom-up"))?;
                page.press(["ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight"])
            }),
            ("flame", |page| page.press(["2", "ArrowDown", "ArrowDown"])),
            ("functions", |page| page.press(["3", "ArrowDown"])),
            ("graph", |page| page.press(["4", "ArrowDown", "ArrowRight"])),
            ("diff", |page| page.press(["5", "ArrowDown", "ArrowDown", "ArrowDown"])),
            ("diff-functions", |page| {
                page.press(["5"])?;
                page.click(".view:not([hidden]) .segmented label", Some("Functions"))
            }),
            ("search", |page| {
                page.press(["1", "/"])?;
                page.write("charge")?;
                page.press(["Enter", "Enter"])
            }),
            ("modules", |page| page.press(["m"])),
            ("help", |page| page.press(["?"])),
        ],
    )?;
    let narrow: [(&str, Prepare); 6] = [
        ("tree", |page| page.press(["ArrowDown", "ArrowDown", "ArrowDown"])),
        ("flame", |page| page.press(["2"])),
        ("functions", |page| page.press(["3"])),
        ("graph", |page| page.press(["4"])),
        ("diff", |page| page.press(["5"])),
        ("help", |page| page.press(["?"])),
    ];
    shoot_sized(&chromium, &directory, "narrow", &report, NARROW, &narrow)?;
    let tasks = programs::tasks();
    shoot(
        &chromium,
        &directory,
        "tasks",
        &tasks.report().title("weather report"),
        &[
            ("tree", |page| page.press(["ArrowDown", "ArrowDown"])),
            ("flame-task", |page| page.press(["2", "ArrowDown", "ArrowDown"])),
            ("flame-thread", |page| {
                page.press(["2"])?;
                page.click(".view:not([hidden]) .segmented label", Some("By thread"))
            }),
        ],
    )?;
    let guard = Tracer::start()?;
    let adopter = guard.adopter();
    Flavor::MultiThread.block_on(move || adopter.adopt(), async {
        exchange(loopback().await.expect("two sockets"), &ALL).await;
    });
    let http2 = guard.finish();
    shoot(
        &chromium,
        &directory,
        "http2",
        &http2.report().title("three requests over HTTP/2"),
        &[
            ("tree", |page| page.press(["ArrowDown"])),
            ("path", |page| page.click(".segmented label", Some("By path"))),
            ("flame", |page| page.press(["2"])),
            ("functions", |page| page.press(["3"])),
            ("graph", |page| page.press(["4"])),
            ("modules", |page| page.press(["m"])),
        ],
    )?;
    let lossy = programs::lossy();
    shoot(&chromium, &directory, "lossy", &lossy.report().title("too little room"), &[("tree", |_| Ok(()))])?;
    let hostile = programs::hostile();
    shoot(
        &chromium,
        &directory,
        "hostile",
        &hostile.report().title("<b>hostile</b>"),
        &[("tree", |page| page.press(["ArrowDown", "ArrowDown"]))],
    )?;
    let many = programs::many(100_000);
    shoot(
        &chromium,
        &directory,
        "many",
        &many.report().title("100,000 calls"),
        &[("tree", |page| page.press(["End"])), ("flame", |page| page.press(["2"]))],
    )?;
    Ok(())
}

fn shoot(
    chromium: &Chromium,
    directory: &Path,
    name: &str,
    report: &Report<'_>,
    views: &[(&str, Prepare)],
) -> Result<(), Box<dyn Error>> {
    shoot_sized(chromium, directory, name, report, SIZE, views)
}

fn shoot_sized(
    chromium: &Chromium,
    directory: &Path,
    name: &str,
    report: &Report<'_>,
    size: (u32, u32),
    views: &[(&str, Prepare)],
) -> Result<(), Box<dyn Error>> {
    let file = directory.join(format!("{name}.html"));
    report.save(&file)?;
    let file = file.canonicalize()?;
    for (theme, theme_name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for (view, prepare) in views {
            let mut page = chromium.open(&file, size, theme)?;
            prepare(&mut page)?;
            fs::write(directory.join(format!("{name}-{view}-{theme_name}.png")), page.screenshot()?)?;
            for complaint in page.complaints()? {
                eprintln!("{name} {view} {theme_name}: {complaint}");
            }
        }
    }
    Ok(())
}
