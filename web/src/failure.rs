//! Says on the page what went wrong, even when the program itself is gone.

/// From now on a panic fills and shows the section `failure` of `index.html`.
///
/// After a panic nothing of the program runs any more, so this writes to the document itself.
pub fn show_panics() {
    yew::set_custom_panic_hook(Box::new(|panic| {
        let text = format!("Plimsoll {}\n{panic}", env!("CARGO_PKG_VERSION"));
        // In the hook of a panic there is no one left to report a second fault to.
        let _ = show(&text);
    }));
}

fn show(text: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    document.get_element_by_id("failure")?.remove_attribute("hidden").ok()?;
    document.query_selector("#failure pre").ok()??.set_text_content(Some(text));
    Some(())
}
