// SPDX-License-Identifier: MIT
// Times llama.cpp, as the npm package node-llama-cpp ships it, the way `spoutnik-cli bench` times Spoutnik:
// the same token ids, logits for the last prompt token, greedy choice of each decoded one, medians over the repeats.
//
// usage: node llama_cpp.mjs --package DIR --model FILE [--depth 0,4096] [--prompt 512] [--generate 64]
//                           [--threads 2] [--repeats 1] [--flash on|off] [--state DIR]
// DIR holds node_modules/node-llama-cpp. --state keeps the filled caches there, so that a later run with the same
// options reads a depth instead of computing it. Prints one JSON object on stdout.
import fs from "node:fs";
import path from "node:path";
import {parseArgs} from "node:util";
import {pathToFileURL} from "node:url";

const {values: options} = parseArgs({
    options: {
        package: {type: "string"}, model: {type: "string"}, state: {type: "string"},
        depth: {type: "string", default: "0"}, prompt: {type: "string", default: "512"},
        generate: {type: "string", default: "64"}, threads: {type: "string", default: "2"},
        repeats: {type: "string", default: "1"}, flash: {type: "string", default: "on"}
    }
});
if (!options.package || !options.model) {
    console.error("usage: node llama_cpp.mjs --package DIR --model FILE (the file's head says more)");
    process.exit(2);
}
const depths = options.depth.split(",").map(Number).sort((a, b) => a - b);
const promptTokens = Number(options.prompt), generated = Number(options.generate);
const threads = Number(options.threads), repeats = Number(options.repeats);
const greedy = {generateNext: {token: true, options: {temperature: 0}}};

const home = path.join(options.package, "node_modules/node-llama-cpp");
const {getLlama} = await import(pathToFileURL(path.join(home, "dist/index.js")));
const packageVersion = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8")).version;

const median = list => {
    const sorted = [...list].sort((a, b) => a - b), middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
/** The libraries of this package that the process has loaded: which of them the machine was given. */
const loadedLibraries = () => [...new Set([...fs.readFileSync("/proc/self/maps", "utf8")
    .matchAll(/(libggml-cpu[^/\s]*\.so)/g)].map(match => match[1]))];
const peakMb = () => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) * 1024 / 1e6;

const llama = await getLlama({build: "never", gpu: false, logLevel: "error", maxThreads: threads});
const loadStart = performance.now();
const model = await llama.loadModel({modelPath: options.model});
const loadMs = performance.now() - loadStart;
const vocabulary = model.fileInfo.metadata?.tokenizer?.ggml?.tokens?.length ?? 32000;

/** Ids spread over the vocabulary, from the `first`-th on, as spoutnik-cli bench takes them. */
const spread = (count, first = 0) => Array.from({length: count}, (_, i) => (1000 + (first + i) * 7919) % vocabulary);

const context = await model.createContext({
    contextSize: depths.at(-1) + Math.max(promptTokens, generated) + 16, batchSize: 512,
    threads: {ideal: threads, min: threads}, flashAttention: options.flash === "on"
});
const sequence = context.getSequence();

/** Keeps the first `length` tokens of the cache. */
async function truncate(length) {
    const end = sequence.nextTokenIndex;
    if (end > length) await sequence.eraseContextTokenRanges([{start: length, end}]);
    if (sequence.nextTokenIndex !== length)
        throw new Error(`the cache holds ${sequence.nextTokenIndex} tokens, not ${length}`);
}

async function evaluate(tokens) {
    await sequence.controlledEvaluate([...tokens.slice(0, -1), [tokens.at(-1), greedy]]);
}

async function fill(depth) {
    if (depth === 0) return;
    const {size, mtimeMs} = fs.statSync(options.model);
    const stored = options.state && path.join(options.state,
        [path.basename(options.model), size, Math.round(mtimeMs), depth, options.flash, packageVersion, "llama-state"].join("."));
    if (stored && fs.existsSync(stored)) {
        await truncate(0);
        await sequence.loadStateFromFile(stored, {acceptRisk: true});
    } else {
        const have = sequence.nextTokenIndex;
        await sequence.evaluateWithoutGeneratingNewTokens(spread(depth - have, have));
        if (stored) {
            fs.mkdirSync(options.state, {recursive: true});
            await sequence.saveStateToFile(stored + ".part");
            fs.renameSync(stored + ".part", stored);
        }
    }
    if (sequence.nextTokenIndex !== depth) throw new Error(`filled ${sequence.nextTokenIndex} tokens, not ${depth}`);
}

await evaluate(spread(Math.max(promptTokens, 32))); // touches the weights once
await evaluate(spread(1));
await truncate(0);

const at = [];
for (const depth of depths) {
    await fill(depth);
    const prefill = [], decode = [];
    for (let repeat = 0; repeat < repeats; ++repeat) {
        if (promptTokens > 0) {
            await truncate(depth);
            const start = performance.now();
            await evaluate(spread(promptTokens, depth));
            prefill.push(promptTokens / (performance.now() - start) * 1e3);
        }
        if (generated > 0) {
            await truncate(depth);
            const tokens = spread(generated, depth);
            const start = performance.now();
            for (const token of tokens) await sequence.controlledEvaluate([[token, greedy]]);
            decode.push(generated / (performance.now() - start) * 1e3);
        }
    }
    await truncate(depth);
    at.push({depth, prefill_tps: prefill.length ? median(prefill) : 0, decode_tps: decode.length ? median(decode) : 0});
}
console.log(JSON.stringify({
    version: `node-llama-cpp ${packageVersion}, llama.cpp ${llama.llamaCppRelease?.release ?? "unknown"}`,
    isa: loadedLibraries().join(" "), flash: options.flash, load_ms: loadMs, peak_mb: peakMb(), threads, at
}));
await llama.dispose();
process.exit(0);
