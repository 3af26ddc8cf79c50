//! The figure of `README.md`: nanoseconds of CPU a pod against nodes, ours beside what the peers' were measured at.
//!
//! `results.tsv` has ours and `peers.tsv` theirs, a line for each size: a name, nodes, nanoseconds a pod. What the
//! peers' figures are and where they come from stands in the README.

use std::fmt::Write;

const RESULTS: &str = "benches/results.tsv";
const PEERS: &str = "benches/peers.tsv";
const FIGURE: &str = "benches/ns-per-pod.svg";
const COLOURS: [&str; 6] = ["#999999", "#c44e52", "#dd8452", "#8172b3", "#55a868", "#937860"];

/// A name, and nanoseconds a pod on so many nodes.
type Curve = (String, Vec<(f64, f64)>);

fn curves(file: &str) -> Result<Vec<Curve>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let mut curves: Vec<Curve> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let words: Vec<&str> = line.split('\t').collect();
        let point = match words.as_slice() {
            [_, nodes, ns] => nodes.parse().ok().zip(ns.parse().ok()),
            _ => None,
        };
        let point = point.ok_or_else(|| format!("{file}:{number}: not a name, nodes and nanoseconds"))?;
        match curves.last_mut() {
            Some((name, points)) if name == words[0] => points.push(point),
            _ => curves.push((words[0].to_owned(), vec![point])),
        }
    }
    Ok(curves)
}

/// Draws the figure anew.
pub fn draw() -> Result<(), String> {
    let svg = svg(&curves(RESULTS)?, &curves(PEERS)?);
    std::fs::write(FIGURE, svg).map_err(|error| format!("{FIGURE}: {error}"))
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 50.0;
/// From one line of text to the next.
const LINE: f64 = 14.0;

/// Both axes are logarithmic: 50 to 10,000 nodes, 50 ns to 10 ms.
fn place((nodes, ns): (f64, f64)) -> (f64, f64) {
    let across = (nodes / 50.0).log10() / 200f64.log10();
    let up = (ns / 50.0).log10() / 200_000f64.log10();
    (LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))
}

fn svg(ours: &[Curve], peers: &[Curve]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\">CPU time for each pod of a hub day, against nodes</text>\n"
    );
    for (ns, label) in
        [(100.0, "0.1 µs"), (1e3, "1 µs"), (1e4, "10 µs"), (1e5, "0.1 ms"), (1e6, "1 ms"), (1e7, "10 ms")]
    {
        let (right, y) = (WIDTH - RIGHT, place((50.0, ns)).1);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    for nodes in [100.0, 1_000.0, 5_000.0] {
        let (x, _) = place((nodes, 50.0));
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{nodes} nodes</text>",
            HEIGHT - 30.0
        );
    }
    let with_colours = peers.iter().zip(COLOURS.iter().cycle().map(|colour| (*colour, 1.5)));
    let drawn: Vec<_> = with_colours.chain(ours.iter().map(|curve| (curve, ("#4c72b0", 3.5)))).collect();
    write_curves(&mut svg, drawn);
    svg.push_str("</svg>\n");
    svg
}

/// Writes curves with their colours and widths.
fn write_curves(svg: &mut String, drawn: Vec<(&Curve, (&str, f64))>) {
    let mut ends = Vec::new();
    for ((name, curve), (colour, width)) in drawn {
        let places: Vec<(f64, f64)> = curve.iter().copied().map(place).collect();
        let points: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            points.join(" ")
        );
        ends.extend(places.last().map(|end| (*end, name, colour)));
    }
    // Names stand at the ends of their curves, below one another where these are close.
    ends.sort_by(|(one, ..), (other, ..)| one.1.total_cmp(&other.1));
    let mut free = 0.0;
    for ((x, y), name, colour) in ends {
        let y = f64::max(y + 4.0, free);
        free = y + LINE;
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>", x + 8.0);
    }
}
