// What needs no shell, and begins before there is one: the theme, so that nothing flashes; the engine, which is long on
// its way; how tall an embedded page is; and whether there is a newer page than this.

const said = (name) => document.querySelector(`meta[name=${name}]`)?.content ?? "";

try {
    const theme = localStorage.getItem("plimsoll.theme");
    if (theme) document.documentElement.dataset.theme = theme;
} catch {
    // Without storage the system's theme it is.
}

// Compiled while it arrives, after what is to be seen first. The shell takes it from here, and tries by itself where
// this fails.
try {
    const program = fetch(`engine_bg.wasm?v=${said("engine")}`, { priority: "low" });
    window.plimsollEngine = WebAssembly.compileStreaming(program);
    window.plimsollEngine.catch(() => {});
} catch {
    // An old browser.
}

// In a frame the page says how tall it would like to be: docs/embedding.md has the few lines that listen.
if (parent !== window && /[?&]embed(=1)?(&|$)/.test(location.search)) {
    addEventListener("DOMContentLoaded", () => {
        const page = document.getElementById("app");
        const tell = () => parent.postMessage({ plimsoll: { height: Math.ceil(page.getBoundingClientRect().height) } }, "*");
        new ResizeObserver(tell).observe(page);
    });
}

// A newer page waits until somebody wants it: nothing is exchanged under the one that is open.
const HOUR = 3_600_000;
const keep = async () => {
    const registration = await navigator.serviceWorker.register("sw.js");
    // Whoever loads the page anew gets the newest already; what its service worker keeps may follow at once.
    const versionOf = (worker) => new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data);
        worker.postMessage("version", [port2]);
    });
    const found = async () => {
        const { waiting, active } = registration;
        if (!waiting || !active) return;
        if ((await versionOf(waiting)) === said("page")) return waiting.postMessage("take over");
        const notice = document.getElementById("newer");
        notice.hidden = false;
        notice.querySelector("button").onclick = () => {
            navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
            waiting.postMessage("take over");
        };
    };
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", found));
    await found();
    let looked = Date.now();
    document.addEventListener("visibilitychange", () => {
        if (document.hidden || Date.now() - looked < HOUR) return;
        looked = Date.now();
        registration.update().catch(() => {});
    });
};
if ("serviceWorker" in navigator && location.protocol !== "file:") {
    addEventListener("load", () => keep().catch(() => {}));
}
