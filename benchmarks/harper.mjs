// How long Harper takes for a text and for single sentences: node harper.mjs FOLDER, with {text, sentences} on standard input.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const dist = `${pathToFileURL(process.argv[2])}/node_modules/harper.js/dist`;
const { text, sentences } = JSON.parse(readFileSync(0, "utf-8"));
const began = performance.now();
const { LocalLinter } = await import(`${dist}/index.js`);
const { binaryInlined } = await import(`${dist}/binaryInlined.js`);
const linter = new LocalLinter({ binary: binaryInlined });
await linter.setup();
await linter.lint("The first lint loads the rules.", { language: "plaintext" });
const loaded = performance.now();
const found = await linter.lint(text, { language: "plaintext" });
const whole = (performance.now() - loaded) / 1000;
const alone = [];
for (const sentence of sentences) {
  const start = performance.now();
  await linter.lint(sentence, { language: "plaintext" });
  alone.push((performance.now() - start) / 1000);
}
const memory = process.memoryUsage().rss / 1e6;
console.log(JSON.stringify({ load: (loaded - began) / 1000, whole, alone, found: found.length, memory }));
process.exit(0);
