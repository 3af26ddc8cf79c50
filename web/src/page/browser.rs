//! The browser, as far as the shell needs it. What a browser lacks is gone without: nothing here fails.

use wasm_bindgen::prelude::*;
use web_sys::js_sys::Array;
use web_sys::{Blob, BlobPropertyBag, Document, HtmlAnchorElement, Storage, Url, Window};

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the shell runs in a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether a media query holds.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|found| found.matches())
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was remembered under a name.
pub fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Remembers something under a name, or forgets it.
pub fn remember(name: &str, value: Option<&str>) {
    if let Some(storage) = storage() {
        let _ = match value {
            Some(value) => storage.set_item(name, value),
            None => storage.remove_item(name),
        };
    }
}

/// The theme that was chosen: `light`, `dark`, or what the system has.
pub fn theme() -> Option<String> {
    remembered("plimsoll.theme").filter(|theme| theme == "light" || theme == "dark")
}

/// Puts a theme on, and remembers it.
pub fn set_theme(theme: Option<&str>) {
    remember("plimsoll.theme", theme);
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Some(theme) => root.set_attribute("data-theme", theme),
            None => root.remove_attribute("data-theme"),
        };
    }
}

/// Puts the figures' inks where the layer above them finds them too, under the chosen theme.
pub fn set_inks(light: &str, dark: &str) {
    let css = format!(
        ":root{{{light}}}@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\
         :root[data-theme=dark],:root[data-theme=dark] svg.pl-figure{{{dark}}}\
         :root[data-theme=light] svg.pl-figure{{{light}}}"
    );
    let document = document();
    if let (Ok(style), Some(head)) =
        (document.create_element("style"), document.query_selector("head").ok().flatten())
        && document.get_element_by_id("inks").is_none()
    {
        style.set_id("inks");
        style.set_text_content(Some(&css));
        let _ = head.append_child(&style);
    }
}

/// Whether the page is shown inside another (`?embed=1`).
pub fn embedded() -> bool {
    let query = window().location().search().unwrap_or_default();
    query.trim_start_matches('?').split('&').any(|part| part == "embed" || part == "embed=1")
}

/// Gives the visitor a file.
pub fn download(name: &str, media: &str, text: &str) {
    let parts = Array::of1(&text.into());
    let options = BlobPropertyBag::new();
    options.set_type(media);
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options)
        && let Ok(address) = Url::create_object_url_with_blob(&blob)
    {
        download_from(name, &address);
        let _ = Url::revoke_object_url(&address);
    }
}

/// The same from an address.
pub fn download_from(name: &str, address: &str) {
    let Ok(element) = document().create_element("a") else { return };
    let link: HtmlAnchorElement = element.unchecked_into();
    link.set_href(address);
    link.set_download(name);
    link.click();
}

/// Puts a text on the clipboard.
pub fn copy(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

/// Draws an SVG as PNG, so many times as large, and gives the visitor the file.
pub fn download_png(name: String, svg: &str, scale: u32) {
    let Ok(image) = web_sys::HtmlImageElement::new() else { return };
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let parts = Array::of1(&svg.into());
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let (drawn, from) = (image.clone(), address.clone());
    let draw = Closure::once_into_js(move || {
        let _ = png_of(&drawn, &name, scale);
        let _ = Url::revoke_object_url(&from);
    });
    image.set_onload(Some(draw.unchecked_ref()));
    image.set_src(&address);
}

fn png_of(image: &web_sys::HtmlImageElement, name: &str, scale: u32) -> Option<()> {
    let canvas: web_sys::HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    let (width, height) = (image.natural_width() * scale, image.natural_height() * scale);
    canvas.set_width(width);
    canvas.set_height(height);
    let context: web_sys::CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.set_fill_style_str("#ffffff");
    context.fill_rect(0.0, 0.0, width.into(), height.into());
    context
        .draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width.into(), height.into())
        .ok()?;
    download_from(name, &canvas.to_data_url().ok()?);
    Some(())
}

/// From now on a panic of the shell fills and shows the section `failure` of `index.html`.
///
/// After a panic nothing of the shell runs any more, so this writes to the document itself.
pub fn show_panics() {
    yew::set_custom_panic_hook(Box::new(|panic| {
        let text = format!("Plimsoll {}\n{panic}", env!("CARGO_PKG_VERSION"));
        // In the hook of a panic there is no one left to report a second fault to.
        let _ = fill_failure(&text);
    }));
}

fn fill_failure(text: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    document.get_element_by_id("failure")?.remove_attribute("hidden").ok()?;
    document.query_selector("#failure pre").ok()??.set_text_content(Some(text));
    Some(())
}
