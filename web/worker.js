// The frame of an engine: the first message brings the program, compiled once for all engines.
// Messages are kept until the program listens.
self.onmessage = ({ data: { script, module } }) => {
    self.onmessage = null;
    const gone = (error) => {
        self.postMessage([JSON.stringify({ Panicked: { text: `The engine did not start: ${error}` } })]);
    };
    try {
        importScripts(script);
        wasm_bindgen({ module_or_path: module }).catch(gone);
    } catch (error) {
        gone(error);
    }
};
