//! The shell: what there is to see and to touch.
//!
//! [`app::App`] holds the whole state and is the only one that changes it: everything below it is a function of what it
//! is given, and says what somebody wants as an [`act::Act`]. The shell computes nothing about clusters; it asks the
//! engines ([`pool`]) and shows the last good answer until there is a better one.

mod act;
mod app;
mod browser;
mod charts;
mod checks;
mod clockwork;
mod editor;
mod gallery;
mod headline;
mod keys;
mod link;
mod listeners;
mod memory;
mod modal;
mod news;
mod nodes;
mod pool;
mod readout;
mod scene;
mod scrubber;
mod shown;
mod steer;
mod sweep;
mod takeaway;
mod tiles;
mod timeline;
mod view;
mod what_if;

/// Takes the place of what `index.html` shows while it loads.
pub fn show() {
    browser::show_panics();
    let root =
        browser::document().get_element_by_id("app").expect("index.html has an element with the id app");
    yew::Renderer::<app::App>::with_root(root).render();
}
