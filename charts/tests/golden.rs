//! Goal: the same bytes on every target.
//!
//! Method: pictures of a small report, kept as files; the natively drawn ones are snapshots to be
//! reviewed, and under wasm the very same files are what must come out.

mod reports;

use plimsoll_charts::{Figure, Style, Theme, render};

fn overview(theme: Theme) -> String {
    render(&reports::reddit_of(60), Figure::Overview, &Style { theme, ..Style::default() })
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_pictures_are_the_reviewed_ones() {
    insta::assert_binary_snapshot!("overview-light.svg", overview(Theme::Light).into_bytes());
    insta::assert_binary_snapshot!("overview-auto.svg", overview(Theme::Auto).into_bytes());
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn the_pictures_are_those_drawn_natively() {
    assert_eq!(overview(Theme::Light), include_str!("snapshots/golden__overview-light.snap.svg"));
    assert_eq!(overview(Theme::Auto), include_str!("snapshots/golden__overview-auto.snap.svg"));
}
