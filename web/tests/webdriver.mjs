// A headless Chromium driven over WebDriver's plain HTTP, and a loopback server for the files it opens.
// Only what Node.js brings along is used.

import { spawn, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
};

/** Serves the files of `folder` that `has` under the path `prefix` on loopback, and the texts that are put into `extra` in
 * their places; gives the address and `close`. */
export async function serve(folder, prefix, has = () => true) {
    const state = { asked: [], down: false, extra: new Map() };
    const server = createServer(async (request, response) => {
        if (state.down) return request.socket.destroy();
        state.asked.push(request.url);
        const path = new URL(request.url, "http://localhost").pathname;
        const inside = path.startsWith(prefix) ? normalize("/" + decodeURIComponent(path.slice(prefix.length))) : null;
        const file = inside === "/" ? "/index.html" : inside;
        try {
            if (!has(path)) throw new Error("left out");
            const body = state.extra.get(path) ?? (await readFile(join(folder, file)));
            response.writeHead(200, { "content-type": MEDIA_TYPES[extname(file)] ?? "application/octet-stream" });
            response.end(body);
        } catch {
            response.writeHead(404, { "content-type": "text/plain" });
            response.end(`no ${path}`);
        }
    });
    await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return Object.assign(state, {
        address: `http://127.0.0.1:${server.address().port}${prefix}`,
        close: () => {
            server.closeAllConnections();
            server.close();
        },
    });
}

function findProgram(names) {
    for (const name of names.filter(Boolean)) {
        try {
            execFileSync(name, ["--version"], { stdio: "ignore" });
            return name;
        } catch {
            // The next one, then.
        }
    }
    throw new Error(`none of these programs is here: ${names.filter(Boolean).join(", ")}; run scripts/setup`);
}

/** One browser window with an empty profile of its own. */
export class Browser {
    static async start() {
        const browser = new Browser();
        try {
            await browser.#start();
        } catch (error) {
            await browser.close();
            throw error;
        }
        return browser;
    }

    async #start() {
        this.profile = await mkdtemp(join(tmpdir(), "plimsoll-browser-"));
        const driver = findProgram([process.env.CHROMEDRIVER, "chromedriver"]);
        const binary = findProgram([
            process.env.CHROMIUM,
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ]);

        this.driver = spawn(driver, ["--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
        const port = await new Promise((resolve, reject) => {
            let text = "";
            this.driver.stdout.on("data", (chunk) => {
                text += chunk;
                const found = text.match(/started successfully on port (\d+)/);
                if (found) resolve(found[1]);
            });
            this.driver.once("error", reject);
            this.driver.once("exit", (code) => reject(new Error(`${driver} ended with ${code}: ${text}`)));
        });
        this.base = `http://127.0.0.1:${port}`;

        const { sessionId } = await this.#send("POST", "/session", {
            capabilities: {
                alwaysMatch: {
                    "goog:chromeOptions": {
                        binary: execFileSync("which", [binary], { encoding: "utf8" }).trim(),
                        args: [
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--hide-scrollbars",
                            "--disable-dev-shm-usage",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            `--user-data-dir=${this.profile}`,
                        ],
                    },
                    "goog:loggingPrefs": { browser: "ALL" },
                },
            },
        });
        this.base += `/session/${sessionId}`;
        this.session = sessionId;
    }

    async #send(method, path, body) {
        const response = await fetch(this.base + path, {
            method,
            headers: { "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: AbortSignal.timeout(60_000),
        });
        const { value } = await response.json();
        if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
        return value;
    }

    /** A command of the Chrome DevTools protocol. */
    devtools(cmd, params = {}) {
        return this.#send("POST", "/goog/cdp/execute", { cmd, params });
    }

    /** Runs `script` before any script of every page opened from now on. */
    onNewPage(script) {
        return this.devtools("Page.addScriptToEvaluateOnNewDocument", { source: script });
    }

    open(address) {
        return this.#send("POST", "/url", { url: address });
    }

    /** The value that `script`, the body of a function, returns in the page. */
    evaluate(script, ...args) {
        return this.#send("POST", "/execute/sync", { script, args });
    }

    /** Waits until `script` returns something true in the page, and gives it. */
    async waitFor(script, what, milliseconds = 60_000, ...args) {
        const end = Date.now() + milliseconds;
        for (;;) {
            const value = await this.evaluate(script, ...args);
            if (value) return value;
            if (Date.now() > end) throw new Error(`waited ${milliseconds / 1000} s for ${what}`);
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
    }

    /** Presses a key, as `KeyboardEvent.key` spells it, perhaps with "Shift" or "Control" held down. */
    async press(key, held = "") {
        const modifiers = { "": 0, Control: 2, Shift: 8 }[held];
        const text = key.length === 1 && held !== "Control" ? key : undefined;
        const code = { " ": 32, Enter: 13, Escape: 27, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Home: 36, End: 35, Tab: 9 };
        const event = { key, text, modifiers, windowsVirtualKeyCode: code[key] ?? key.toUpperCase().charCodeAt(0) };
        await this.devtools("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event });
        await this.devtools("Input.dispatchKeyEvent", { type: "keyUp", ...event, text: undefined });
    }

    /** Types a text into what has the focus. */
    type(text) {
        return this.devtools("Input.insertText", { text });
    }

    /** What the page and the browser wrote to the console since the last call. */
    console() {
        return this.#send("POST", "/se/log", { type: "browser" });
    }

    /** The window's width and whether the reader prefers "light" or "dark". */
    async present(width, scheme) {
        await this.devtools("Emulation.setDeviceMetricsOverride", {
            width,
            height: 800,
            deviceScaleFactor: 1,
            mobile: false,
        });
        await this.devtools("Emulation.setEmulatedMedia", {
            features: [{ name: "prefers-color-scheme", value: scheme }],
        });
    }

    /** The whole page as PNG, however long it is: in a window that is as high as the page. */
    /** The whole page, or what a window of this height shows of it. */
    async screenshot(window) {
        const { width, height } = await this.evaluate(
            "return { width: innerWidth, height: arguments[0] ?? Math.max(document.documentElement.scrollHeight, 700) }",
            window,
        );
        const metrics = { width, deviceScaleFactor: 1, mobile: false };
        await this.devtools("Emulation.setDeviceMetricsOverride", { ...metrics, height });
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { data } = await this.devtools("Page.captureScreenshot", {});
        await this.devtools("Emulation.setDeviceMetricsOverride", { ...metrics, height: 800 });
        return Buffer.from(data, "base64");
    }

    async close() {
        if (this.session) await this.#send("DELETE", "").catch(() => {});
        this.driver?.kill();
        if (this.profile) await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
}
