// The chosen theme, before anything is painted; and the service worker, once everything is.
try {
    const theme = localStorage.getItem("plimsoll.theme");
    if (theme) document.documentElement.dataset.theme = theme;
} catch {
    // Without storage the system's theme it is.
}
if ("serviceWorker" in navigator && location.protocol !== "file:") {
    addEventListener("load", () => navigator.serviceWorker.register("sw.js").catch(() => {}));
}
