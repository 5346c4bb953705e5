// SPDX-License-Identifier: MIT
// What llama.cpp (as the npm package node-llama-cpp ships it) makes of our tiny models: the next token's
// logits after each of 64 tokens, over the whole vocabulary, written to tests/data/peer/NAME.json.
//
// usage: node tests/peer/make_goldens.mjs PEER_FOLDER MAKE_TINY [NAME...]
//   PEER_FOLDER  where node-llama-cpp is, or will be installed (npm, prebuilt, no scripts run)
//   MAKE_TINY    the program spoutnik_make_tiny of a build
//
// The comparison is of graphs, so the peer runs without flash attention and with an F32 KV cache.
import {execFileSync} from "child_process";
import fs from "fs";
import os from "os";
import path from "path";
import {fileURLToPath, pathToFileURL} from "url";

const peerVersion = "3.22.1";
const [peerFolder, makeTiny, ...names] = process.argv.slice(2);
if (makeTiny === undefined) {
    console.error("usage: node make_goldens.mjs PEER_FOLDER MAKE_TINY [NAME...]");
    process.exit(2);
}
const outputFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), "../data/peer");

function installPeer() {
    fs.mkdirSync(peerFolder, {recursive: true});
    if (!fs.existsSync(path.join(peerFolder, "node_modules/node-llama-cpp"))) {
        execFileSync("npm", ["init", "-y"], {cwd: peerFolder, stdio: "ignore"});
        execFileSync("npm", ["i", `node-llama-cpp@${peerVersion}`, "--ignore-scripts"], {cwd: peerFolder, stdio: "ignore"});
    }
    // Its AMX variant aborts on DeepSeek files; without it the next best one is used.
    const amx = "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-cpu-sapphirerapids.so";
    fs.rmSync(path.join(peerFolder, amx), {force: true});
}

/** FNV-1a, 32 bits: tells whether a test has made the very file that these figures belong to. */
function checksum(bytes) {
    let h = 0x811c9dc5;
    for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
    return (h >>> 0).toString(16).padStart(8, "0");
}

/** The same disorder for every file: Park and Miller's generator. */
function someTokens(count, vocabulary) {
    const tokens = [];
    for (let state = 20261122; tokens.length < count;) {
        state = state * 48271 % 2147483647;
        tokens.push(state % vocabulary);
    }
    return tokens;
}

async function peerLogits(llama, file, tokens) {
    const model = await llama.loadModel({modelPath: file, defaultContextFlashAttention: false});
    const context = await model.createContext({
        contextSize: tokens.length + 8, batchSize: 512, threads: 2, flashAttention: false,
        experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32"
    });
    const sequence = context.getSequence();
    const wanted = {generateNext: {logits: true, options: {temperature: 1, topK: 0, topP: 1, minP: 0}}};
    const out = await sequence.controlledEvaluate(tokens.map(token => [token, wanted]));
    const vocabulary = model.fileInfo.metadata[model.fileInfo.metadata.general.architecture].vocab_size;
    const all = new Float32Array(tokens.length * vocabulary).fill(NaN);
    out.forEach((position, i) => {
        for (const [token, logit] of position.next.logits) all[i * vocabulary + token] = logit;
    });
    if (all.some(Number.isNaN)) throw new Error(`${file}: the peer has left out some logits`);
    const cache = `${context.kvCacheKeyType}/${context.kvCacheValueType}`;
    await context.dispose();
    await model.dispose();
    return {all, vocabulary, cache};
}

installPeer();
const files = execFileSync(makeTiny, [fs.mkdtempSync(path.join(os.tmpdir(), "tiny-")), ...names]).toString().trim().split("\n");
const {getLlama} = await import(pathToFileURL(path.join(peerFolder, "node_modules/node-llama-cpp/dist/index.js")));
const llama = await getLlama({build: "never", gpu: false, logLevel: process.env.PEER_LOG || "error", maxThreads: 2});
fs.mkdirSync(outputFolder, {recursive: true});
for (const file of files) {
    const name = path.basename(file, ".gguf");
    const tokens = someTokens(64, 256);
    const {all, vocabulary, cache} = await peerLogits(llama, file, tokens);
    const golden = {
        peer: `llama.cpp ${llama.llamaCppRelease?.release ?? ""} in node-llama-cpp ${peerVersion}, CPU`,
        command: "node tests/peer/make_goldens.mjs PEER_FOLDER build/dev/bin/spoutnik_make_tiny",
        settings: `flash attention off, KV cache of ggml types ${cache} (0 = F32)`,
        file_checksum: checksum(fs.readFileSync(file)), vocabulary, tokens,
        // 64 rows of little-endian floats, one a token of the vocabulary
        logits: Buffer.from(all.buffer).toString("base64")
    };
    fs.writeFileSync(path.join(outputFolder, `${name}.json`), JSON.stringify(golden, null, 1).replace(/,\n\s+(?=\d)/g, ", ") + "\n");
    console.log(name, golden.file_checksum, golden.peer, golden.settings);
    fs.rmSync(file);
}
await llama.dispose();
process.exit(0);
