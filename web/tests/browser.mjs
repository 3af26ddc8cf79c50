// The built page in headless Chromium: it must give what the command line gives, and be fit to read.
// Needs dist/ (trunk build --release) and target/release/plimsoll. `scripts/test page browser` does it all.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Browser, serve } from "./webdriver.mjs";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SCENARIO = "scenarios/incidents/2018-01-18-reddit-hug.yaml";
const SCREENSHOTS = join(ROOT, "target", "screenshots");

// True once the page has come to an end of any kind: "done", "failed", or the text of its failure.
const ENDED = `
    const failure = document.getElementById("failure");
    if (failure && !failure.hidden) return failure.innerText;
    return document.querySelector("[data-state=done], [data-state=failed]")?.dataset.state`;

/** What the command line says of the scenario that the page shows. */
function commandLine(form) {
    const program = join(ROOT, "target", "release", "plimsoll");
    // The exit code says whether every check passes, which is not the question here.
    try {
        return String(execFileSync(program, ["run", SCENARIO, "-o", form], { cwd: ROOT, maxBuffer: 1 << 28 }));
    } catch (error) {
        if (!error.stdout?.length) throw error;
        return String(error.stdout);
    }
}

// Keeps when the page first showed each of its states, from before the page's own scripts on.
const WATCH_STATES = `
    window.statesSeen = [];
    const look = () => {
        const state = document.querySelector("[data-state]")?.dataset.state;
        if (state && state !== window.statesSeen.at(-1)?.state) {
            window.statesSeen.push({ state, at: performance.now() });
        }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
`;

const tests = {
    async "the shell is painted before the simulation ends"(browser) {
        const seen = await browser.evaluate("return window.statesSeen");
        assert.deepEqual(seen.map(({ state }) => state), ["loading", "running", "done"]);
        const painted = await browser.evaluate(
            `return performance.getEntriesByName("first-contentful-paint")[0]?.startTime`,
        );
        const done = seen.at(-1).at;
        assert.ok(painted < done, `first paint at ${painted} ms, result at ${done} ms`);
        console.log(`   first paint ${Math.round(painted)} ms, result ${Math.round(done)} ms`);
    },

    async "digest, seed and replications are the command line's"(browser, report) {
        const text = (id) => browser.evaluate(`return document.getElementById("${id}").textContent`);
        assert.equal(await text("digest"), report.digest);
        assert.equal(await text("seed"), String(report.seed));
        assert.equal(await text("replications"), String(report.replications));
    },

    async "every check and verdict is the command line's"(browser, report) {
        assert.ok(report.checks.length > 0, "the scenario has checks");
        const shown = await browser.evaluate(`
            return [...document.querySelectorAll("#checks tbody tr")].map((row) => ({
                name: row.querySelector("th .name").textContent,
                verdict: row.dataset.verdict,
                text: row.querySelector("td.found").textContent,
            }))`);
        const expected = report.checks.map(({ name, verdict, text }) => ({ name, verdict, text }));
        assert.deepEqual(shown, expected);
    },

    async "the summary shows every figure as the command line's table does"(browser, report) {
        const shown = await browser.evaluate(`
            return [...document.querySelectorAll("#summary tbody tr")].map((row) => [
                row.querySelector("th").title,
                row.querySelector("th").textContent,
                row.querySelector("td").textContent,
            ])`);
        assert.deepEqual(shown.map(([name]) => name), Object.keys(report.summary));
        const table = commandLine("table").split("\n").map((line) => line.trim().replace(/  +/g, "  "));
        for (const [, words, value] of shown) {
            assert.ok(table.includes(`${words}  ${value}`), `${words}: ${value} is not in the table`);
        }
    },

    async "the chart is drawn"(browser) {
        const box = await browser.evaluate(`
            const svg = document.querySelector("#chart svg");
            const { width, height } = svg.getBoundingClientRect();
            return { width, height, marks: svg.querySelectorAll("path, polyline, line").length }`);
        assert.ok(box.width > 200 && box.height > 100 && box.marks > 3, JSON.stringify(box));
    },

    async "nothing scrolls sideways, wide or narrow, light or dark"(browser, _report, address) {
        await mkdir(SCREENSHOTS, { recursive: true });
        for (const width of [1280, 768, 320]) {
            for (const scheme of ["light", "dark"]) {
                await browser.present(width, scheme);
                // Opened anew, since the figure is drawn for the window that it finds.
                await openToTheEnd(browser, address);
                await writeFile(join(SCREENSHOTS, `page-${width}-${scheme}.png`), await browser.screenshot());
                const scroll = await browser.evaluate("return document.documentElement.scrollWidth");
                assert.ok(scroll <= width, `at ${width} px the page is ${scroll} px wide`);
            }
        }
        console.log(`   screenshots in ${SCREENSHOTS}`);
    },

    async "the console holds no error"(browser) {
        const lines = await browser.console();
        assert.deepEqual(lines.filter(({ level }) => level === "SEVERE"), []);
    },

    async "no request left the page's own server"(browser, _report, address) {
        const strangers = await browser.evaluate(
            `return performance.getEntriesByType("resource").map(({ name }) => name)
                .filter((name) => !name.startsWith(arguments[0]))`,
            address,
        );
        assert.deepEqual(strangers, []);
    },
};

/** Opens the page at `address` and gives how it ended. */
async function openToTheEnd(browser, address) {
    await browser.open(address);
    return browser.waitFor(ENDED, `${address} to show a result or a failure`);
}

const report = JSON.parse(commandLine("json"));
const dist = join(ROOT, "dist");
// Under a path, as on GitHub Pages.
const server = await serve(dist, "/plimsoll/");
const withoutProgram = await serve(dist, "/plimsoll/", (path) => !path.endsWith(".wasm"));
const browser = await Browser.start();
const results = { passed: 0, failed: 0 };

async function check(name, test) {
    try {
        await test();
        results.passed += 1;
        console.log(`ok ${name}`);
    } catch (error) {
        results.failed += 1;
        console.log(`FAILED ${name}\n${error.stack}`);
    }
}

try {
    await browser.onNewPage(WATCH_STATES);
    await browser.present(1280, "light");
    await check("the page shows a result", async () => {
        const end = await openToTheEnd(browser, server.address);
        assert.equal(end, "done", await browser.evaluate("return document.body.innerText"));
    });
    for (const [name, test] of Object.entries(tests)) {
        await check(name, () => test(browser, report, server.address));
    }
    await check("a program that does not load says so", async () => {
        const end = await openToTheEnd(browser, withoutProgram.address);
        assert.match(end, /The simulator did not start/);
    });
} finally {
    await browser.close();
    server.close();
    withoutProgram.close();
}
console.log(`page: ${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed === 0 ? 0 : 1;
