//! SVG to PNG, at twice the nominal size, with the font of the figures and no other: the picture does
//! not depend on what is installed.

use plimsoll_charts::{FONT, FONT_FAMILY};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::exit::{Exit, Failure};

/// Pixels for each unit of the SVG: sharp on the dense screens that most people have.
const SCALE: f32 = 2.0;

/// Draws `svg`.
pub fn from_svg(svg: &str) -> Result<Vec<u8>, Failure> {
    let mut options = Options { font_family: FONT_FAMILY.to_owned(), ..Options::default() };
    options.fontdb_mut().load_font_data(FONT.to_vec());
    let tree = Tree::from_str(svg, &options).map_err(|error| undrawable(&error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(|| undrawable("it has no size"))?;
    let mut pixmap = Pixmap::new(size.width(), size.height()).ok_or_else(|| undrawable("it is too large"))?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| undrawable(&error.to_string()))
}

fn undrawable(reason: &str) -> Failure {
    Failure::Told {
        exit: Exit::Fault,
        message: format!("the figure cannot be turned into a PNG: {reason}"),
        hint: "--format svg gives the same figure; please report this as a fault of Plimsoll".to_owned(),
    }
}
