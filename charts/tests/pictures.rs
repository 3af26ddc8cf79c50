//! Goal: every picture is a sound document in which nothing runs into anything, whatever the report.
//!
//! Method: draw reports from plain to absurd at several widths and read the SVG back with parsers of
//! others: roxmltree for the document, skrifa for the widths of texts in the embedded font.

#![cfg(not(target_arch = "wasm32"))]

mod reports;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plimsoll_charts::{
    FONT, Figure, Frame, Style, Theme, caption, css_variables, draw_on_axes_of, render, summary_sentence,
    thumbnail,
};
use plimsoll_core::report::{NoteBy, Report};
use roxmltree::{Document, Node};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

const WIDTHS: [u32; 3] = [320, 400, 900];

fn styled(width_px: u32, theme: Theme) -> Style {
    Style { width_px, theme, ..Style::default() }
}

/// Reports from plain to absurd.
fn all_reports() -> Vec<(String, Report)> {
    let mut reports = vec![("empty".to_owned(), reports::empty()), ("reddit".to_owned(), reports::reddit())];
    let single: &[(&str, &dyn Fn(f64) -> f64)] = &[
        ("pods.running", &|_| 3.0),
        ("nodes.ready", &|_| -0.0),
        ("launch.succeeded", &|_| 1.0),
        ("launch.failed", &|_| -0.0),
        ("launch.waitMeanSeconds", &|_| 8.0),
    ];
    reports.push(("single point".to_owned(), reports::with_series(0.0, 1, single)));
    let huge: &[(&str, &dyn Fn(f64) -> f64)] = &[
        ("pods.running", &|hour| if hour > 1e3 { 1e300 } else { f64::INFINITY }),
        ("pods.pending", &|_| f64::NAN),
        ("nodes.ready", &|hour| hour * 1e12),
        ("nodes.ceiling", &|_| 1e18),
        ("launch.succeeded", &|_| 1e17),
        ("launch.failed", &|_| 1e300),
        ("launch.waitMeanSeconds", &|hour| hour + 1e-9),
        ("launch.waitMaxSeconds", &|_| 1e14),
        ("servers.total", &|hour| hour * 1e9),
        ("pods.total{audience=*}", &|_| 1e300),
        ("containers.alive{audience=*}", &|_| -1e300),
        ("users.waiting", &|_| f64::NAN),
        ("cluster.memoryRequestedBytes", &|hour| hour * 1e15),
        ("cluster.memoryAllocatableBytes", &|_| 1e300),
        ("cluster.memoryUsedBytes", &|_| f64::NAN),
        ("nodes.memoryUsedMaxShare", &|hour| hour * 1e3),
    ];
    reports.push(("huge".to_owned(), reports::with_series(1e7, 100, huge)));
    let mut wordy = reports::reddit_of(90);
    wordy.scenario.name = "<\"A&B\">\u{1}\n ".repeat(40);
    wordy.scenario.question = Some("Donaudampfschifffahrtsgesellschaftskapitänsmütze".repeat(9));
    wordy.variant = Some("the-variant-with-the-long-name".repeat(5));
    wordy.replications = 200;
    for (name, level) in
        [("regulars", 50.0), ("a very long name of an audience that goes on and on", 51.0), ("c", 49.0)]
    {
        let values = wordy.series.seconds.iter().map(|_| level).collect();
        wordy.series.metrics.insert(format!("pods.running{{audience={name}}}"), values);
    }
    reports.push(("wordy".to_owned(), wordy));
    for count in [1, 20, 200] {
        let mut noted = reports::reddit_of(200);
        noted.notes.clear();
        for index in 0..count {
            let by = if index % 3 == 0 { NoteBy::Timeline } else { NoteBy::Model };
            let hours = f64::from(index * index % 97) * 0.16;
            reports::note(&mut noted, hours, by, "Nodes of the group `user` at their ceiling of 15");
        }
        reports.push((format!("{count} notes"), noted));
    }
    reports.extend((0..12).map(random));
    reports
}

/// A report drawn by lot.
fn random(seed: u64) -> (String, Report) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let names = [
        "pods.running",
        "pods.starting",
        "pods.pending",
        "nodes.ready",
        "nodes.ceiling",
        "nodes.schedulable",
        "launch.succeeded",
        "launch.failed",
        "launch.waitMeanSeconds",
        "launch.waitMaxSeconds",
        "pods.running{audience=one}",
        "pods.running{audience=two}",
    ];
    let points = draw(400) as usize;
    let mut report = reports::with_series([0.01, 0.5, 7.0, 30.0, 500.0][draw(5) as usize], points, &[]);
    for name in names {
        if draw(4) > 0 {
            let largest = 10_u64.pow(draw(8) as u32);
            let values = (0..points).map(|_| draw(largest) as f64).collect();
            report.series.metrics.insert(name.to_owned(), values);
        }
    }
    report.series.start_second_of_day = draw(86_400) as u32;
    for _ in 0..draw(25) {
        let hours = draw(1_000) as f64 / 1_000.0 * report.scenario.duration_seconds / 3_600.0;
        let by = if draw(2) == 0 { NoteBy::Timeline } else { NoteBy::Model };
        reports::note(&mut report, hours, by, "Pods wait for room: the first is unschedulable");
    }
    (format!("by lot {seed}"), report)
}

fn every_picture(check: impl Fn(&str, &Document<'_>)) {
    for (name, report) in all_reports() {
        for figure in Figure::ALL {
            for width in WIDTHS {
                let svg = render(&report, figure, &styled(width, Theme::Light));
                check(&format!("{name}, {figure}, {width} px"), &Document::parse(&svg).expect(&name));
            }
        }
    }
}

/// A text and the box it takes, in pixels.
struct Lettered {
    text: String,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
}

/// Every text of a picture, set in the embedded font, with all widths times `stretch`.
fn letterings(picture: &Document<'_>, stretch: f32) -> Vec<Lettered> {
    let texts = picture.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|text| lettered(text, stretch)).collect()
}

fn lettered(node: Node<'_, '_>, stretch: f32) -> Lettered {
    let number = |node: Node<'_, '_>, name: &str| {
        node.attribute(name).map_or(0.0, |value| value.parse::<f32>().unwrap())
    };
    let width = |node: Node<'_, '_>| {
        let own: String =
            node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
        let face = u32::from(node.attribute("font-weight") == Some("600"));
        stretch * text_width(&own, face, number(node, "font-size"))
    };
    let mut all = width(node);
    for run in node.children().filter(|child| child.has_tag_name("tspan")) {
        all += number(run, "dx") + width(run);
    }
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - all / 2.0,
        Some("end") => x - all,
        _ => x,
    };
    let text = node.descendants().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
    Lettered { text, left, right: left + all, top: y - 0.74 * size, bottom: y + 0.2 * size }
}

fn text_width(text: &str, face: u32, size: f32) -> f32 {
    /// Advances of each face for every character of the font.
    static ADVANCES: LazyLock<[BTreeMap<char, f32>; 2]> = LazyLock::new(|| {
        [0, 1].map(|face| {
            let font = FontRef::from_index(FONT, face).unwrap();
            let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
            let advance = |(code, glyph)| Some((char::from_u32(code)?, metrics.advance_width(glyph)?));
            font.charmap().mappings().filter_map(advance).collect()
        })
    });
    text.chars().map(|character| size * ADVANCES[face as usize].get(&character).unwrap_or(&1.0)).sum()
}

fn size_of(picture: &Document<'_>) -> (f32, f32) {
    let number = |name| picture.root_element().attribute(name).unwrap().parse::<f32>().unwrap();
    (number("width"), number("height"))
}

#[test]
fn no_text_overlaps_another() {
    every_picture(|name, picture| {
        let texts = letterings(picture, 1.0);
        for (index, one) in texts.iter().enumerate() {
            for other in &texts[index + 1..] {
                let apart = one.right <= other.left + 0.1
                    || other.right <= one.left + 0.1
                    || one.bottom <= other.top + 0.1
                    || other.bottom <= one.top + 0.1;
                assert!(apart, "{name}: {:?} and {:?}", one.text, other.text);
            }
        }
    });
}

#[test]
fn no_text_leaves_the_sheet_even_in_a_wider_typeface() {
    every_picture(|name, picture| {
        let (width, height) = size_of(picture);
        for text in letterings(picture, 1.1) {
            let inside = text.left >= 0.0 && text.right <= width && text.top >= 0.0 && text.bottom <= height;
            assert!(inside, "{name}: {:?} from {} to {}", text.text, text.left, text.right);
        }
    });
}

#[test]
fn every_picture_says_what_it_is() {
    every_picture(|name, picture| {
        let root = picture.root_element();
        assert_eq!(root.attribute("role"), Some("img"), "{name}");
        let by_id = |id: &str| {
            picture.descendants().find(|node| node.attribute("id") == Some(id)).and_then(|node| node.text())
        };
        for id in root.attribute("aria-labelledby").unwrap().split(' ') {
            assert!(by_id(id).is_some_and(|text| !text.trim().is_empty()), "{name}");
        }
        let metadata = picture.descendants().find(|node| node.has_tag_name("metadata")).unwrap();
        let origin: serde_json::Value = serde_json::from_str(metadata.text().unwrap()).expect(name);
        for field in ["scenario", "seed", "digest", "engineVersion", "figure"] {
            assert!(origin[field].is_string(), "{name}: {field}");
        }
    });
}

#[test]
fn coordinates_are_tenths() {
    let svg = render(&reports::reddit(), Figure::Overview, &Style::default());
    let picture = Document::parse(&svg).unwrap();
    for node in picture.descendants() {
        for name in ["d", "x", "y", "cx", "cy", "r", "dx", "width", "height", "stroke-width", "font-size"] {
            let Some(value) = node.attribute(name) else { continue };
            for decimals in value.split('.').skip(1) {
                let digits = decimals.chars().take_while(char::is_ascii_digit).count();
                assert_eq!(digits, 1, "{name}=\"{value}\"");
            }
        }
    }
}

#[test]
fn a_full_report_is_a_small_file() {
    for theme in [Theme::Light, Theme::Auto] {
        let svg = render(&reports::reddit_of(1_000), Figure::Overview, &styled(900, theme));
        assert!(svg.len() < 150_000, "{}", svg.len());
    }
}

#[test]
fn peaks_survive_on_a_narrow_sheet() {
    let spike = |hour: f64| if (5.0..5.01).contains(&hour) { 1_000.0 } else { 10.0 };
    let report = reports::with_series(10.0, 1_000, &[("pods.running", &spike)]);
    let style = styled(320, Theme::Light);
    let svg = render(&report, Figure::Pods, &style);
    let frame = Frame::new(&report, Figure::Pods, &style);
    let top = frame.plots[0].y(1_000.0);
    assert!(top < frame.plots[0].bottom - 200.0);
    // The line goes up by as much as the spike is high, and down again.
    let rise = format!("{:.1}", frame.plots[0].y(10.0) - top);
    assert!(svg.contains(&format!("-{rise}")), "{rise}");
}

#[test]
fn only_panels_with_series_are_drawn() {
    let report = reports::with_series(2.0, 50, &[("pods.running", &|_| 1.0), ("nodes.ready", &|_| 1.0)]);
    let svg = render(&report, Figure::Overview, &Style::default());
    assert!(svg.contains("pl-panel-pods") && svg.contains("pl-panel-nodes"));
    assert!(!svg.contains("pl-panel-launches") && !svg.contains("pl-panel-waits"));
}

/// Pods stop within seconds where all is well; where they do not, that is a phase of its own.
#[test]
fn pods_that_do_not_go_are_a_phase() {
    let drawn = |terminating: &dyn Fn(f64) -> f64| {
        let series: [(&str, &dyn Fn(f64) -> f64); 2] =
            [("pods.running", &|_| 100.0), ("pods.terminating", terminating)];
        let report = reports::with_series(2.0, 121, &series);
        render(&report, Figure::Overview, &Style::default()).contains("pl-terminating\"")
    };
    assert!(drawn(&|hours| if hours > 1.0 { 30.0 } else { 0.0 }), "stuck");
    assert!(!drawn(&|hours| if (hours - 1.0).abs() < 1e-6 { 30.0 } else { 0.0 }), "gone a minute later");
    assert!(!drawn(&|_| 1.0), "one or another is always about to go");
}

#[test]
fn plots_alone_have_no_heading_and_no_list() {
    let report = reports::reddit();
    let style = Style { plots_only: true, ..Style::default() };
    let (bare, whole) =
        (render(&report, Figure::Overview, &style), render(&report, Figure::Overview, &Style::default()));
    let picture = Document::parse(&bare).unwrap();
    let shown = |text: &str| letterings(&picture, 1.0).iter().any(|lettered| lettered.text.contains(text));
    assert!(shown("600") && shown("7") && !shown("Reddit hugs mybinder") && !shown("2fhq cordoned"));
    assert!(bare.len() < whole.len());
}

#[test]
fn themes_differ_in_paint_alone() {
    let report = reports::reddit_of(100);
    let of = |theme| render(&report, Figure::Overview, &styled(900, theme));
    let (light, dark, auto) = (of(Theme::Light), of(Theme::Dark), of(Theme::Auto));
    assert!(light.contains("fill=\"#ffffff\"") && !light.contains("var("));
    assert!(dark.contains("fill=\"#191f27\"") && !dark.contains("#ffffff"));
    assert!(auto.contains("fill=\"var(--pl-paper,#ffffff)\"") && auto.contains("prefers-color-scheme:dark"));
    assert!(css_variables(Theme::Dark).contains("--pl-paper:#191f27;"));
    let plain = |svg: &str| -> Vec<String> {
        let picture = Document::parse(svg).unwrap();
        picture.descendants().filter_map(|node| node.attribute("d").map(str::to_owned)).collect()
    };
    assert_eq!(plain(&light), plain(&dark));
    assert_eq!(plain(&light), plain(&auto));
}

#[test]
fn words_say_what_is_shown() {
    let mut report = reports::reddit();
    report.variant = Some("cordon-at-06:25".to_owned());
    assert_eq!(
        caption(&report, Figure::Overview),
        "Reddit hugs mybinder (variant cordon-at-06:25, seed 7): pods, nodes, launches, waits and memory \
         from 2018-01-17 18:00 to 2018-01-18 09:30."
    );
    assert_eq!(
        summary_sentence(&report, Figure::MemoryUse),
        "Memory: at most 251 GiB requested (06:12), 117 GiB used (06:12), 313 GiB allocatable (05:13); the fullest node \
         110 % (06:06)."
    );
    assert_eq!(
        summary_sentence(&report, Figure::Nodes),
        "Nodes: 3 ready, at most 14 (05:13); ceiling 15, then 20 (05:59)."
    );
    for figure in Figure::ALL {
        assert_eq!(figure.name().parse(), Ok(figure));
        assert!(summary_sentence(&report, figure).ends_with('.'));
    }
    let unknown = "piechart".parse::<Figure>().unwrap_err().to_string();
    assert_eq!(
        unknown,
        "there is no figure `piechart`; there are overview, pods, reasons, populations, nodes, launches, waits, memory-use, memory"
    );
}

#[test]
fn the_frame_is_the_picture_s() {
    let report = reports::reddit();
    let frame = Frame::new(&report, Figure::Overview, &Style::default());
    let svg = render(&report, Figure::Overview, &Style::default());
    let picture = Document::parse(&svg).unwrap();
    assert_eq!((frame.width as f32, frame.height as f32), size_of(&picture));
    assert_eq!(frame.plots.len(), 7);
    assert_eq!((frame.x(0.0), frame.x(1e9)), (frame.left, frame.right));
    assert!((frame.seconds_at(frame.x(44_100.0)) - 44_100.0).abs() < 1e-6);
    // The label of 200 pods stands where the frame says.
    let label = letterings(&picture, 1.0).into_iter().find(|text| text.text == "200").unwrap();
    let middle = f64::from(label.top * 0.27 + label.bottom * 0.73);
    assert!((frame.plots[0].y(200.0) - middle).abs() < 4.0, "{middle}");
}

#[test]
fn the_populations_say_where_they_part() {
    let leak = |hour: f64| if hour > 2.0 { 90.0 } else { 50.0 };
    let series: &[(&str, &dyn Fn(f64) -> f64)] = &[
        ("servers.total", &|_| 50.0),
        ("pods.total{audience=*}", &leak),
        ("containers.alive{audience=*}", &leak),
        ("users.waiting", &|hour| if hour == 4.0 { 7.0 } else { 0.0 }),
    ];
    let report = reports::with_series(4.0, 5, series);
    assert_eq!(
        summary_sentence(&report, Figure::Populations),
        "Populations: at most 40 more pods than records (21:00); at most 7 users wait (22:00)."
    );
    let svg = render(&report, Figure::Populations, &Style::default());
    for end in ["50 hub records", "90 pods", "90 containers", "7 users waiting"] {
        assert!(svg.contains(end), "{end}");
    }
    let agree: &[(&str, &dyn Fn(f64) -> f64)] =
        &[("servers.total", &leak), ("pods.total{audience=*}", &leak)];
    assert_eq!(
        summary_sentence(&reports::with_series(4.0, 5, agree), Figure::Populations),
        "Populations: records, pods and containers agree."
    );
    let without = reports::with_series(4.0, 5, &[("pods.running", &|_| 1.0)]);
    assert!(!render(&without, Figure::Populations, &Style::default()).contains("hub records"));
}

#[test]
fn what_is_drawn_at_once_is_what_is_drawn_one_by_one() {
    for (name, report) in all_reports() {
        let style = styled(700, Theme::Auto);
        let other = reports::reddit();
        let drawn = draw_on_axes_of(&report, Some(&other), Figure::Overview, &style);
        assert_eq!(drawn.caption, caption(&report, Figure::Overview), "{name}");
        assert_eq!(drawn.sentence, summary_sentence(&report, Figure::Overview), "{name}");
        let frame = Frame::on_axes_of(&report, Some(&other), Figure::Overview, &style);
        assert_eq!(drawn.frame, frame, "{name}");
    }
}

#[test]
fn a_thumbnail_has_marks_and_no_words() {
    for (name, report) in all_reports() {
        let picture = thumbnail(&report);
        if report.series.metrics.is_empty() {
            assert_eq!(picture, "", "{name}");
            continue;
        }
        let document = Document::parse(&picture).unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(count("text"), 0, "{name}");
        assert!(count("path") + count("circle") > 0, "{name}: {picture}");
        assert!(picture.len() < 24_000, "{name}: {} bytes", picture.len());
    }
}
