// Pictures of the page's main states, into a folder: node web/tests/screenshots.mjs [FOLDER [NAME]]
// With --documents, those that README and docs show, as a window shows them: node web/tests/screenshots.mjs --documents
// Needs dist/ (trunk build --release).

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Page, fragmentOf } from "./page.mjs";
import { Browser, serve } from "./webdriver.mjs";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const WORDS = process.argv.slice(2).filter((word) => word !== "--documents");
const DOCUMENTS = process.argv.includes("--documents");
const FOLDER = WORDS[0] ?? (DOCUMENTS ? join(ROOT, "docs", "page") : join(ROOT, "target", "screenshots"));
const REDDIT = { p: "incidents/2018-01-18-reddit-hug" };

/** What is done to get there, how wide the window is, and in which theme. */
const states = {
    start: [{ a: REDDIT }, 1440, "light"],
    "incident-at-06-30": [{ a: REDDIT, t: 45000 }, 1440, "light", async (page) => {
        await page.evaluate(`
            const cells = document.querySelector("#cluster .node.hole svg.cells"), box = cells.getBoundingClientRect();
            cells.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: box.left + 2, clientY: box.top + 2 }));`);
        await page.waitFor("return document.querySelector('#pod')", "a pod's story");
    }],
    "a-and-b": [{ a: { ...REDDIT, v: "cordon-at-06:25" }, b: REDDIT, t: 45000 }, 1440, "light"],
    "oom-risk": [{ a: { p: "oom-risk" }, r: 100 }, 1440, "light"],
    sweep: [{ a: { p: "class-day" }, r: 1 }, 1440, "light", async (page) => {
        await page.evaluate("document.querySelector('.knob .sweep button').click()");
        await page.waitFor("return document.querySelectorAll('.swept .level').length >= 8", "the sweep", 120_000);
    }],
    "editor-with-an-error": [{ a: { p: "class-day" }, r: 1 }, 1440, "light", async (page) => {
        await page.act("e");
        await page.waitFor("return document.querySelector('#yaml')?.value.length > 100", "the editor");
        await page.evaluate(`const area = document.getElementById("yaml"); area.value = area.value.replace(/max: /, "maxx: ").replace(/^duration: .*$/m, "duration: 2 fortnights");
            area.dispatchEvent(new InputEvent("input", { bubbles: true }));`);
        await page.waitFor("return document.querySelectorAll('.diagnostic').length > 0", "the diagnostics");
    }],
    gallery: [{ a: REDDIT, r: 1 }, 1440, "light", async (page) => {
        await page.act("o");
        await page.waitFor("return document.querySelector('.stamp svg') && !document.querySelector('.stamp.blank')", "the thumbnails", 120_000);
    }],
    export: [{ a: REDDIT, r: 1 }, 1440, "light", (page) => page.act("s")],
    palette: [{ a: REDDIT, r: 1 }, 1440, "light", (page) => page.act("?")],
    "narrow-320": [{ a: REDDIT, t: 45000 }, 320, "light"],
    dark: [{ a: REDDIT, t: 45000 }, 1440, "dark"],
    embedded: [{ a: REDDIT, r: 1, t: 45000 }, 900, "light", null, "?embed=1"],
};

/** What documents show: how high the window is, and what is scrolled to. */
const shown = {
    start: [760],
    "incident-at-06-30": [800],
    "a-and-b": [860, "#comparison"],
    "oom-risk": [760, "#memory"],
    "editor-with-an-error": [760],
    gallery: [720],
    "narrow-320": [1_200],
    dark: [800],
};
/** Narrower than a screen, so that words can be read in a document. */
const WIDEST = DOCUMENTS ? 1_180 : 1_440;

await mkdir(FOLDER, { recursive: true });
const server = await serve(join(ROOT, "dist"), "/plimsoll/");
const browser = await Browser.start();
const page = new Page(browser, server.address);
try {
    await page.prepare();
    for (const [name, [scene, width, scheme, act, query]] of Object.entries(states)) {
        if ((WORDS[1] && !name.includes(WORDS[1])) || (DOCUMENTS && !shown[name])) continue;
        const [height, place] = (DOCUMENTS && shown[name]) || [];
        await page.present(Math.min(width, WIDEST), scheme);
        await page.open(fragmentOf(scene), query ?? "");
        await page.waitFor("return document.querySelector('#cluster .node:not(.blank)')", "the cluster");
        if (act) await act(page);
        if (place) await page.evaluate("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", place);
        await page.wait(300);
        await writeFile(join(FOLDER, `${name}.png`), await browser.screenshot(height));
        console.log(join(FOLDER, `${name}.png`));
    }
} finally {
    await browser.close();
    server.close();
}
