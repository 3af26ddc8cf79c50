// What a visitor does with the page, in words of the page.

import { deflateRawSync, inflateRawSync } from "node:zlib";

// Runs before the page's own scripts: keeps what a test cannot see afterwards.
const WATCH = `(() => {
    window.statesSeen = [];
    window.longTasks = [];
    window.layoutShift = 0;
    window.addressWrites = 0;
    window.savedTexts = [];
    window.workers = [];
    const look = () => {
        const state = document.querySelector("[data-state]")?.dataset.state;
        if (state && state !== window.statesSeen.at(-1)?.state) window.statesSeen.push({ state, at: performance.now() });
        if (!window.firstAnswer && document.querySelector("#headline")) window.firstAnswer = performance.now();
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    new PerformanceObserver((list) => list.getEntries().forEach((it) => { if (!it.hadRecentInput) window.layoutShift += it.value; })).observe({ type: "layout-shift", buffered: true });
    for (const name of ["replaceState", "pushState"]) {
        const write = history[name];
        history[name] = function (...all) { window.addressWrites += 1; return write.apply(this, all); };
    }
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => { blob.text().then((text) => window.savedTexts.push(text)); return address.call(URL, blob); };
    const Worker = window.Worker;
    window.Worker = class extends Worker { constructor(...all) { super(...all); window.workers.push(this); } };
    HTMLAnchorElement.prototype.click = function () {};
})();`;

/** The fragment that holds a scene. */
export const fragmentOf = (scene) => "#v1.d:" + deflateRawSync(Buffer.from(JSON.stringify(scene))).toString("base64url");

export class Page {
    constructor(browser, address) {
        this.browser = browser;
        this.address = address;
        this.measures = [];
    }

    async prepare() {
        await this.browser.onNewPage(WATCH);
        await this.present(1280, "light");
    }

    measured(what, value) {
        this.measures.push([what, value]);
    }

    present(width, scheme) {
        return this.browser.present(width, scheme);
    }

    evaluate(script, ...args) {
        return this.browser.evaluate(script, ...args);
    }

    waitFor(...all) {
        return this.browser.waitFor(...all);
    }

    /** Presses a key; what it does has been drawn afterwards. */
    async press(...all) {
        await this.browser.press(...all);
        await this.evaluateLater("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))");
    }

    type(text) {
        return this.browser.type(text);
    }

    wait(milliseconds) {
        return new Promise((resolve) => setTimeout(resolve, milliseconds));
    }

    /** A script that calls done(value), perhaps later. */
    async evaluateLater(script) {
        await this.evaluate(`window.later = undefined; const done = (value) => { window.later = { value }; }; ${script}`);
        return (await this.waitFor("return window.later", "an answer")).value;
    }

    /** Opens the page at a fragment, anew, and waits until it is done. */
    async open(fragment, query = "") {
        await this.browser.open("about:blank");
        await this.browser.open(this.address + query + fragment);
        await this.settled();
    }

    openScene(scene) {
        return this.open(fragmentOf(scene));
    }

    /** The scene that a fragment holds. */
    scene(fragment) {
        return JSON.parse(inflateRawSync(Buffer.from(fragment.slice("#v1.d:".length), "base64url")));
    }

    /** Waits until everything that was asked for is there. */
    async settled() {
        // A change rests for a moment before it is computed in full.
        await this.wait(350);
        await this.waitFor(
            `const failure = document.getElementById("failure");
             if (failure && !failure.hidden) throw new Error(failure.innerText);
             return ["done", "refused", "broken", "failed"].includes(document.querySelector(".page")?.dataset.state)`,
            "the page to be done",
            120_000,
        );
    }

    /** The address's fragment, once it has something for a key of the scene. */
    async fragment(key) {
        await this.wait(1000);
        for (let tries = 0; tries < 40; tries++) {
            const fragment = await this.evaluate("return location.hash");
            if (fragment.startsWith("#v1.d:") && key in this.scene(fragment)) return fragment;
            await this.wait(100);
        }
        throw new Error(`the address never got ${key}`);
    }

    text(selector) {
        return this.evaluate("return document.querySelector(arguments[0]).textContent.trim()", selector);
    }

    value(selector) {
        return this.evaluate("return document.querySelector(arguments[0]).value", selector);
    }

    async clickText(selector, text) {
        const found = await this.evaluate(
            `const found = [...document.querySelectorAll(arguments[0])].find((it) => it.textContent.includes(arguments[1]) && (arguments[1] !== "CSV" || it.textContent === "CSV"));
             found?.click(); return Boolean(found)`,
            selector,
            text,
        );
        if (!found) throw new Error(`nothing like ${selector} says ${text}`);
    }

    /** Presses the key of a panel, and waits until it is open. */
    async act(key) {
        await this.press(key);
        await this.waitFor("return document.querySelector('dialog[open]')", `the panel of ${key}`);
        await this.wait(150);
    }

    /** Turns a knob and lets go. */
    turn(path, value) {
        return this.evaluate(
            `const slider = document.getElementById("knob-" + arguments[0]);
             slider.value = String(arguments[1]);
             slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
             slider.dispatchEvent(new Event("change", { bubbles: true }));`,
            path,
            value,
        );
    }

    choose(selector, value) {
        return this.evaluate(
            `const select = document.querySelector(arguments[0]); select.value = arguments[1]; select.dispatchEvent(new Event("change", { bubbles: true }));`,
            selector,
            value,
        );
    }

    /** The texts of the files that the page gives while `action` runs. */
    async saved(action) {
        await this.evaluate("window.savedTexts.length = 0");
        await action();
        await this.waitFor("return window.savedTexts.length", "a file");
        return this.evaluate("return window.savedTexts");
    }

    drop(name, text) {
        // Long texts are made in the page: a repeated line is sent as one.
        const line = text.slice(0, text.indexOf("\n") + 1);
        const repeated = text.length > 1_000_000 && text === line.repeat(text.length / line.length);
        return this.evaluate(
            `const [name, text, times] = arguments;
             const data = new DataTransfer();
             data.items.add(new File([text.repeat(times)], name));
             document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));`,
            name,
            repeated ? line : text,
            repeated ? text.length / line.length : 1,
        );
    }

    async presets() {
        await this.open("");
        await this.act("o");
        const keys = await this.evaluate("return [...document.querySelectorAll('.preset')].map((it) => it.dataset.key)");
        await this.press("Escape");
        return keys;
    }
}
