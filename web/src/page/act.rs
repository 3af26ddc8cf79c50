//! Acts: everything that somebody can want of the page. Buttons, keys, the palette and links all say these.

use crate::protocol::Form;

/// What somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Another preset.
    Preset(String),
    /// A scenario of one's own.
    Own(String),
    /// A variant; `None`: the base.
    Variant(Option<String>),
    /// A value at a path; `None` takes it back. While a knob moves, `live`.
    Set { path: String, value: Option<String>, live: bool },
    /// So many replications; `None`: as many as are cheap.
    Replications(Option<u32>),
    /// Compare with what is there now from here on.
    Pin,
    /// The one for the other.
    Swap,
    /// Compare with nothing.
    Unpin,
    /// Everything as the file has it.
    Reset,
    /// The cursor at so many seconds.
    At(f64),
    /// The cursor to the next or the last thing that happens.
    Step(bool),
    /// The cursor by so many seconds.
    By(f64),
    /// The cursor to an end.
    End(bool),
    /// Play, or stop playing.
    Play,
    /// Faster or slower.
    Speed(bool),
    /// The other side.
    Other,
    /// A panel over the page.
    Open(Panel),
    /// The panel away.
    Close,
    /// Light, dark, as the system has it.
    Theme,
    /// The link to the clipboard.
    CopyLink,
    /// A text to the clipboard; what it is called.
    Copy(&'static str, String),
    /// A file.
    Save(Form),
    /// The overview as PNG, so many times as large.
    Png(u32),
    /// Stop computing.
    Cancel,
    /// A knob through all its levels.
    Sweep(String),
    /// The sweep away.
    EndSweep,
    /// There is this much room for figures.
    Width(u32),
    /// A pod by its number, or none.
    Pod(Option<u64>),
    /// A text to check while it is written.
    Check(String),
    /// Somebody dropped or pasted this.
    Read(String, String),
    /// A failure was seen.
    Dismiss,
}

/// What lies over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The scenarios.
    Gallery,
    /// The scenario's text.
    Editor,
    /// Things to take away.
    TakeAway,
    /// The keys.
    Keys,
    /// The commands.
    Palette,
}
