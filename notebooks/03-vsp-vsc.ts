// %% [markdown]
// # A channel and its signals
//
// A VMBus channel is two rings in the guest's own memory, one for each direction. Putting a packet into a ring is a matter of
// stores: no exit, no hypervisor. Only somebody who sleeps must be woken, and that is a **signal**: a hypercall here, an interrupt
// there.
//
// So the question is when a signal is needed. Guess first: a guest sends 64 packets in bursts of eight, with long pauses between
// the bursts. How many signals does the host get? 64? One? None?

// %%
import assert from 'node:assert/strict';
import {
  curvesSvg,
  findExperiment,
  GuestMemory,
  imageOf,
  lanesSvg,
  markdownTable,
  run,
  runLine,
  seriesOf,
  sweep,
  wire,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'vsp-vsc?burst=8';

// %%
const sent = runLine(line);
console.log(
  `${sent.metrics.packets} packets, ${sent.metrics.signals} signals, ${sent.metrics.suppressed} spared`,
);
tslab.display.html(imageOf(lanesSvg(sent)));

// %% [markdown]
// ## A ring in your hands
//
// Leave the experiment for a moment and build one: three pages of guest memory, the first for control words, two for data. Each
// side has its own view, as guest and host do.

// %%
const memory = new GuestMemory(4 * 4096);
const pages = [4096, 8192, 12_288];
const writer = new wire.RingView(memory, pages);
const reader = new wire.RingView(memory, pages);

const packet = new Uint8Array(40).fill(0x2a);
const first = writer.put(wire.VM_PKT.DATA_INBAND, 0, 1, undefined, packet);
const second = writer.put(wire.VM_PKT.DATA_INBAND, 0, 2, undefined, packet);
console.log('first', first, 'second', second);
console.log(`write index ${writer.writeIndex}, read index ${writer.readIndex}`);
assert.deepEqual([first, second], [{ needSignal: true }, { needSignal: false }]);

// %% [markdown]
// The first packet found the ring empty, so its reader may be asleep. The second found the first still lying there: whoever has
// been woken for that one will see this one too. That is the whole rule.
//
// Forty bytes took sixty-four: a descriptor of sixteen in front, and eight behind that say where the packet began. Here they are,
// and what the reader makes of them.

// %%
const bytes = memory.read(8192, 64);
for (let row = 0; row < 64; row += 16)
  console.log([...bytes.slice(row, row + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
const seen = reader.peek();
if (typeof seen === 'object')
  console.log(`type ${seen.type}, transaction ${seen.tid}, ${seen.payloadBytes} bytes of payload`);

// %% [markdown]
// Equal indices mean *empty*. A writer that filled the ring to the last byte would make them equal again, so eight bytes always
// stay free.

// %%
let count = 2;
while (writer.put(wire.VM_PKT.DATA_INBAND, 0, ++count, undefined, packet) !== 'full');
console.log(`${count - 1} packets of 64 bytes in a ring of ${writer.size}, ${writer.freeBytes()} bytes free`);
assert.ok(writer.freeBytes() >= 8);

// %% [markdown]
// ## Signals against bursts
//
// Back to the channel. The longer the burst, the more packets share one signal.

// %%
const byBurst = sweep('vsp-vsc', 'burst');
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(byBurst, 'signals'), seriesOf(byBurst, 'suppressed')], {
      title: 'Signals for 64 packets, by length of the burst',
      along: 'packets in a burst',
      names: ['sent', 'spared'],
    }),
  ),
);
for (const { metrics } of byBurst.runs) {
  assert.equal(metrics.signals, metrics.emptied);
  assert.equal(metrics.needless, 0);
  assert.equal(metrics.delivered, 64);
}

// %% [markdown]
// A slow reader helps as well, which sounds odd until you see why: it is still at work when the next burst comes.

// %%
const byDrain = sweep('vsp-vsc', 'drain', [500, 1000, 2000, 4000, 8000, 16_000]);
for (const [i, { metrics }] of byDrain.runs.entries())
  console.log(
    `${byDrain.labels[i]} ns a packet: ${metrics.signals} signals, mean wait ${metrics.meanLatency} µs`,
  );
assert.ok(byDrain.runs[5].metrics.signals < byDrain.runs[0].metrics.signals);

// %% [markdown]
// ## A signal for every packet
//
// The belief runs: a doorbell for each packet. Every packet arrives, the bytes are the same, and most of the exits bought nothing.

// %%
const correct = run('vsp-vsc', { burst: 8 });
const doorbell = run('vsp-vsc', { burst: 8, rule: 'signal-per-packet' });
tslab.display.markdown(markdownTable(findExperiment('vsp-vsc'), [correct, doorbell]));
console.log(`wrong rule, on purpose: ${doorbell.wrongRule}`);
assert.equal(doorbell.metrics.delivered, correct.metrics.delivered);
assert.equal(doorbell.metrics.signals, doorbell.metrics.packets);

// %% [markdown]
// ## The lost wake-up
//
// While the reader drains the ring it sets a word in the control page, the interrupt mask: do not signal, I am here. When the ring
// is empty it clears the word and sleeps. Between its last look and the clearing lies a moment in which a packet can come without
// a signal. So the reader must look **once more after clearing**. Here is a reader that does not, and a sender whose packets fall
// into that moment.

// %%
const moment = { burst: 1, gap: 1000, drain: 1000 } as const;
const careless = run('vsp-vsc', { ...moment, rule: 'no-recheck' });
const careful = run('vsp-vsc', moment);
console.log(
  `without the second look: ${careless.metrics.delivered} of ${careless.metrics.packets} arrive, ${careless.metrics.stuck} stuck`,
);
console.log(
  `with it: ${careful.metrics.delivered} of ${careful.metrics.packets} arrive, ${careful.metrics.stuck} stuck`,
);
assert.ok(careless.metrics.stuck > 0);
assert.equal(careful.metrics.stuck, 0);

// %% [markdown]
// Nothing is broken, nothing has crashed. A few packets lie in the ring while the reader sleeps and the writer, who found the ring
// not empty or the reader polling, sees no reason to signal. Both follow their rules and wait for each other.
//
// ## When the ring is full
//
// The rule in the other direction: a writer that finds no room leaves the number of bytes it needs in `pending_send_sz`, and
// sleeps. The reader signals when that much is free. A guest that polls instead burns its time.

// %%
const narrow = { burst: 256, packets: 256, gap: 0, ring: 4096 } as const;
for (const room of ['pending', 'poll'] as const) {
  const { stalls, polls, interrupts, fullest } = run('vsp-vsc', { ...narrow, room }).metrics;
  console.log(
    `${room}: ${stalls} waits, ${polls} looks, ${interrupts} interrupts, at most ${fullest} of 4096 bytes used`,
  );
  assert.ok(fullest <= 4096 - 8);
}

// %% [markdown]
// ## A signal without an exit
//
// A guest may set a bit in a monitor page instead, and the hypervisor, which looks at the page every so often, signals for it.
// No exit; the price is waiting.

// %%
const call = run('vsp-vsc', {});
const monitor = run('vsp-vsc', { notify: 'monitor' });
console.log(`hypercall: ${call.metrics.hypervisorExits} exits, mean wait ${call.metrics.meanLatency} µs`);
console.log(
  `monitor page: ${monitor.metrics.hypervisorExits} exits, mean wait ${monitor.metrics.meanLatency} µs`,
);
assert.equal(monitor.metrics.hypervisorExits, 0);
assert.ok(monitor.metrics.meanLatency > call.metrics.meanLatency);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${sent.line}"`);
console.log(`digest ${sent.digest}`);

// %% [markdown]
// ## Exercise
//
// Complete the writer's rule. It sees three words of the control page, as they are just after its packet is in: the reader's
// `mask` and `readIndex`, and it remembers where its own `writeIndex` stood *before* this packet. Must it signal?
//
// The check puts a thousand packets into a ring whose reader sleeps, polls and drains at random (with a fixed seed), and compares
// your answer with the library's each time.

// %% tags=["exercise"]
function mustSignal(mask: number, readIndex: number, writeIndexBefore: number): boolean {
  return mask === 0 || readIndex === writeIndexBefore; // nearly; correct me
}

// %% tags=["check"]
const ring = new GuestMemory(3 * 4096);
const [put, take] = [new wire.RingView(ring, [4096, 8192]), new wire.RingView(ring, [4096, 8192])];
let dice = 7;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
let packets = 0;
let tooMany = 0;
let lost = 0;
while (packets < 1000) {
  take.interruptMask = roll(2);
  for (let n = roll(4); n > 0 && take.peek() !== 'empty'; n--) take.take();
  const before = put.writeIndex;
  const done = put.put(wire.VM_PKT.DATA_INBAND, 0, packets, undefined, packet);
  if (done === 'full' || done === 'corrupt') continue;
  packets++;
  const said = mustSignal(put.interruptMask, put.readIndex, before);
  if (said && !done.needSignal) tooMany++;
  if (!said && done.needSignal) lost++;
}
console.log(
  tooMany + lost === 0
    ? 'Solved: every signal that was needed, and none besides.'
    : `Not yet: ${tooMany} needless signals, ${lost} times nobody woke the reader.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function mustSignal(mask: number, readIndex: number, writeIndexBefore: number): boolean {
//   return mask === 0 && readIndex === writeIndexBefore;
// }
// ```
//
// The reader does not poll, and it had read everything that lay there before this packet: only then may it be asleep.
//
// </details>
