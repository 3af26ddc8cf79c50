//! Links: a whole scene in the fragment, which browsers send to no server.
//!
//! ```text
//! #v1.d:<base64url of the deflated JSON>      as written here
//! #v1.j:<base64url of the JSON>               where the browser cannot deflate, and by hand
//! ```
//!
//! `v1` is the version of the JSON, the letter its packing. Later versions read earlier ones.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use web_sys::{Blob, ReadableWritablePair, Response};

use super::browser::window;
use super::scene::Scene;

/// Links longer than this are no use in a chat or a ticket; the file is.
pub const LONGEST: usize = 8_000;

/// The fragment that holds a scene, with its `#`.
pub async fn written(scene: &Scene) -> String {
    let json = serde_json::to_string(scene).unwrap_or_default();
    match packed(json.as_bytes(), true).await {
        Some(bytes) => format!("#v1.d:{}", base64(&bytes)),
        None => format!("#v1.j:{}", base64(json.as_bytes())),
    }
}

/// The scene that a fragment holds.
pub async fn read(fragment: &str) -> Option<Scene> {
    let text = fragment.trim_start_matches('#').strip_prefix("v1.")?;
    let (packing, payload) = text.split_once(':')?;
    let bytes = bytes(payload)?;
    let json = match packing {
        "d" => packed(&bytes, false).await?,
        "j" => bytes,
        _ => return None,
    };
    serde_json::from_slice(&json).ok()
}

/// Deflates, or inflates, with the browser's own.
async fn packed(bytes: &[u8], deflate: bool) -> Option<Vec<u8>> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).ok()?;
    let name = if deflate { "CompressionStream" } else { "DecompressionStream" };
    let make: Function = Reflect::get(&window(), &name.into()).ok()?.dyn_into().ok()?;
    let pair = Reflect::construct(&make, &Array::of1(&"deflate-raw".into())).ok()?;
    let pair: ReadableWritablePair = pair.unchecked_into();
    let stream = blob.stream().pipe_through(&pair);
    let response = Response::new_with_opt_readable_stream(Some(&stream)).ok()?;
    let buffer: ArrayBuffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?.unchecked_into();
    Some(Uint8Array::new(&buffer).to_vec())
}

fn base64(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = window().btoa(&binary).unwrap_or_default();
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.replace('-', "+").replace('_', "/");
    let binary = window().atob(&text).ok()?;
    binary.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}
