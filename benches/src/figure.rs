//! The figure of `README.md`: nanoseconds of CPU a pod against nodes, ours beside what the peers' were measured at.
//!
//! Ours are read from `results.tsv`, a line for each size: nodes, nanoseconds a pod. The peers' come from one
//! machine and one trace (W1, LeastAllocated; commits in the README); full days where they could be waited for.

use std::fmt::Write;

const RESULTS: &str = "benches/results.tsv";
const FIGURE: &str = "benches/ns-per-pod.svg";

/// Nanoseconds a pod on so many nodes.
type Curve = Vec<(f64, f64)>;

fn peers() -> [(&'static str, &'static str, Curve); 5] {
    [
        ("dslab-iaas", "#999999", vec![(100.0, 42_000.0), (1_000.0, 195_000.0), (5_000.0, 883_000.0)]),
        ("kubernetriks", "#c44e52", vec![(100.0, 29_000.0), (1_000.0, 368_000.0), (5_000.0, 2_150_000.0)]),
        ("kuber_sim", "#dd8452", vec![(100.0, 29_000.0), (1_000.0, 222_000.0), (5_000.0, 1_064_000.0)]),
        ("SimPy, 47 lines", "#8172b3", vec![(100.0, 24_000.0), (1_000.0, 110_000.0), (5_000.0, 370_000.0)]),
        ("the floor (does only W1)", "#55a868", vec![(100.0, 107.0), (1_000.0, 150.0), (5_000.0, 190.0)]),
    ]
}

/// Draws the figure anew.
pub fn draw() -> Result<(), String> {
    let text = std::fs::read_to_string(RESULTS).map_err(|error| format!("{RESULTS}: {error}"))?;
    let point = |line: &str| {
        let (nodes, ns) = line.split_once('\t')?;
        Some((nodes.parse().ok()?, ns.parse().ok()?))
    };
    let ours: Curve = text.lines().filter_map(point).collect();
    if ours.is_empty() {
        return Err(format!("{RESULTS} has no line of nodes and nanoseconds"));
    }
    std::fs::write(FIGURE, svg(&ours)).map_err(|error| format!("{FIGURE}: {error}"))
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 190.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 50.0;

/// Both axes are logarithmic: 50 to 10,000 nodes, 50 ns to 10 ms.
fn place((nodes, ns): (f64, f64)) -> (f64, f64) {
    let across = (nodes / 50.0).log10() / 200f64.log10();
    let up = (ns / 50.0).log10() / 200_000f64.log10();
    (LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))
}

fn svg(ours: &Curve) -> String {
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
    for (name, colour, curve) in peers() {
        line(&mut svg, name, colour, 1.5, &curve);
    }
    line(&mut svg, "Plimsoll", "#4c72b0", 3.5, ours);
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, name: &str, colour: &str, width: f64, curve: &Curve) {
    let places: Vec<(f64, f64)> = curve.iter().copied().map(place).collect();
    let points: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
        points.join(" ")
    );
    if let Some((x, y)) = places.last() {
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", x + 8.0, y + 4.0);
    }
}
