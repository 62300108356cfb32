// Packets through one ring, in a process of its own: what anchors/ring.cc does, with the library's RingView.
//
// usage: node ring.mjs <folder of the built library> <payload bytes> <packets> <repetitions>
// prints: {"seconds": <median CPU time>, "hash": <over transaction ids, first words and lengths>}
import { pathToFileURL } from 'node:url';

const [dist, ...numbers] = process.argv.slice(2);
const [bytes, packets, repetitions] = numbers.map(Number);
const load = (file) => import(pathToFileURL(`${dist}/${file}`).href);
const { RingView } = await load('wire/ring.js');
const { ringMemory } = await load('wire/ring-bytes.js');
const { VM_PKT } = await load('wire/vm-packet.js');

const PAGE = 4096;
const PAGES = 1 + 64;
const BURST = 16;

const memory = ringMemory(new Uint8Array(PAGES * PAGE));
const pages = Array.from({ length: PAGES }, (_, i) => i * PAGE);
const producer = new RingView(memory, pages);
const consumer = new RingView(memory, pages);
producer.reset();
const from = new Uint8Array(bytes).fill(0x5a);
const into = new Uint8Array(bytes);
const fromWords = new Uint32Array(from.buffer);
const intoWords = new Uint32Array(into.buffer);

/** As in a virtual machine, the two ends are code of their own. */
function produce(at) {
  for (let i = 0; i < BURST; i++) {
    fromWords[0] = at;
    const put = producer.putHalves(VM_PKT.DATA_INBAND, 1, at + i, 0, undefined, from, 0, bytes);
    if (typeof put === 'string') throw new Error(put);
  }
}

function consume(at, before) {
  let hash = before;
  for (let i = 0; i < BURST; i++) {
    const packet = consumer.peek();
    if (typeof packet === 'string') throw new Error(packet);
    const length = consumer.copyPayload(packet, into);
    const { tidLow } = packet;
    consumer.take();
    if (length !== bytes || intoWords[0] !== at || tidLow !== at + i) throw new Error('a packet has changed');
    hash = (Math.imul(hash, 31) + tidLow + intoWords[0] + length) | 0;
  }
  return hash;
}

function run(count) {
  let hash = 0;
  for (let at = 0; at < count; at += BURST) {
    produce(at);
    hash = consume(at, hash);
  }
  return hash >>> 0;
}

run(packets / 4);
const seconds = [];
let hash = 0;
for (let i = 0; i < repetitions; i++) {
  const start = process.cpuUsage();
  hash = run(packets);
  const { user, system } = process.cpuUsage(start);
  seconds.push((user + system) / 1e6);
}
seconds.sort((x, y) => x - y);
process.stdout.write(JSON.stringify({ seconds: seconds[seconds.length >> 1], hash }));
