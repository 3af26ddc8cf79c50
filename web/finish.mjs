// Trunk runs this when the page is built: gives the engines' files and the page a version each, writes the service worker
// with the list of what to keep, and allows the one inline script that Trunk writes by its hash.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = process.env.TRUNK_STAGING_DIR ?? process.argv[2];
const web = dirname(fileURLToPath(import.meta.url));
const digest = (algorithm, ...parts) => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash;
};

const engine = ["engine.js", "engine_bg.wasm", "worker.js"];
const version = digest("sha256", ...engine.map((name) => readFileSync(join(dist, name)))).digest("hex").slice(0, 12);

const page = join(dist, "index.html");
let html = readFileSync(page, "utf8").replace('<meta name="engine" content="">', `<meta name="engine" content="${version}">`);
const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
const hashes = inline.map((text) => `'sha256-${digest("sha256", text).digest("base64")}'`).join(" ");
html = html.replace("script-src 'self'", `script-src 'self' ${hashes}`);
if (!html.includes(version)) throw new Error("index.html has no place for the engines' version");

const files = readdirSync(dist).filter((name) => name !== "sw.js" && name !== "index.html");
const address = (name) => (engine.includes(name) ? `./${name}?v=${version}` : `./${name}`);
const all = digest("sha256", html, ...files.map((name) => readFileSync(join(dist, name)))).digest("hex").slice(0, 12);
const dated = html.replace('<meta name="page" content="">', `<meta name="page" content="${all}">`);
if (!dated.includes(all)) throw new Error("index.html has no place for the page's version");
writeFileSync(page, dated);
const worker = readFileSync(join(web, "sw.js"), "utf8")
    .replace('const VERSION = "";', `const VERSION = "${all}";`)
    .replace("const FILES = [];", `const FILES = ${JSON.stringify(["./", ...files.map(address)])};`);
writeFileSync(join(dist, "sw.js"), worker);
