//! How a picture is dressed: its width and its colours.

/// The narrowest picture, in pixels: a phone held upright.
pub const NARROWEST_PX: u32 = 320;

/// The widest picture, in pixels.
pub const WIDEST_PX: u32 = 4_000;

/// How a picture is dressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Width in pixels; the height follows from what there is to show. Kept within [`NARROWEST_PX`]
    /// and [`WIDEST_PX`].
    pub width_px: u32,
    /// The colours.
    pub theme: Theme,
    /// Leaves out the heading, the notes' texts and the origin, for pages that show these themselves.
    pub plots_only: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width_px: 900, theme: Theme::Light, plots_only: false }
    }
}

impl Style {
    /// The width in tenths of a pixel, within bounds.
    pub(crate) fn tenths(self) -> i32 {
        let px = self.width_px.clamp(NARROWEST_PX, WIDEST_PX);
        i32::try_from(px).map_or(i32::MAX, |px| px * 10)
    }
}

/// The colours of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white, written out in hex: for files, documents and print.
    #[default]
    Light,
    /// Light on dark, written out in hex.
    Dark,
    /// CSS variables that fall back to the light colours, and turn dark where the reader's system
    /// prefers dark. For pages; programs that know no CSS variables cannot show it.
    Auto,
}
