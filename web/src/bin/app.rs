//! The page's program: mounts [`Page`] over the shell that `index.html` shows while this loads.

use plimsoll_web::{Page, failure};

fn main() {
    failure::show_panics();
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"))
        .expect("index.html has an element with the id app");
    yew::Renderer::<Page>::with_root(root).render();
}
