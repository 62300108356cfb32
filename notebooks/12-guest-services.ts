// %% [markdown]
// # Services of the guest
//
// The host asks: are you there? Shut down, please. What is your name? Hold still, I want to copy you. Each question is a packet in
// the ring of a channel of its own, and the guest sends the very buffer back.
//
// Guess first: in a guest the daemon that answers questions for keys hangs. The host also watches the guest's **heartbeat**. What
// does it see there?

// %%
import assert from 'node:assert/strict';
import {
  curvesSvg,
  findExperiment,
  imageOf,
  markdownTable,
  run,
  runLine,
  seriesOf,
  sweep,
  wire,
} from 'ringside';
import * as tslab from 'tslab';

// %% tags=["parameters"]
const line = 'guest-services?service=kvp&trouble=hung&after=0';

// %%
const hung = runLine(line);
console.log(`${hung.metrics.beatsAnswered} of ${hung.metrics.beats} beats answered`);
console.log(`${hung.metrics.good} of ${hung.metrics.asked} questions answered well`);
console.log(`longest wait ${hung.metrics.longest} s`);

// %% [markdown]
// The heart beats on. The driver in the guest's kernel adds one to a number, in its interrupt handler; no program takes part.
//
// ## A negotiation in your hands
//
// The host speaks first. Here is its opening for the shutdown service, built from the declared structures: a pipe header, a message
// header, and the versions on offer, two of the frame and four of the service.

// %%
const offered = [
  [1, 0],
  [3, 0],
  [1, 0],
  [3, 0],
  [3, 1],
  [3, 2],
];
const versions = Object.fromEntries(
  offered.flatMap(([major, minor], i) => [
    [`icversion_data[${i}].major`, major],
    [`icversion_data[${i}].minor`, minor],
  ]),
);
const body = wire.icmsgNegotiate.encode({ icframe_vercnt: 2, icmsg_vercnt: 4, ...versions });
const head = wire.icmsgHdr.encode({
  icmsgtype: wire.ICMSGTYPE.NEGOTIATE,
  icmsgsize: body.length,
  icflags: 3,
});
const pipe = wire.vmbuspipeHdr.encode({ flags: 1, msgsize: head.length + body.length });
const packet = Uint8Array.from([...pipe, ...head, ...body]);
for (let at = 0; at < packet.length; at += 16)
  console.log([...packet.slice(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
assert.equal(packet.length, 60);

// %% [markdown]
// ## Trouble, and who sees it
//
// Six services, and what the host gets when the kernel hangs, or the daemon is dead, hangs, or is late.

// %%
const troubles = ['none', 'frozen', 'gone', 'hung', 'late'] as const;
for (const service of ['heartbeat', 'shutdown', 'memory', 'kvp', 'vss', 'file-copy'] as const) {
  console.log(service);
  for (const trouble of troubles) {
    const { asked, good, failed, unanswered, longest } = run('guest-services', { service, trouble }).metrics;
    console.log(
      `  ${trouble}: ${good} of ${asked} good, ${failed} failed, ${unanswered} given up, longest ${longest} s`,
    );
  }
}

// %% [markdown]
// Heartbeat, shutdown and memory only care for the kernel; keys, backups and files need the program as well.
//
// ## Late, and wrong
//
// A daemon that is late by less than thirty seconds is only late. After that the kernel has answered "failed" in its place, and asks it the
// next question. The reply to the first one carries no number.

// %%
const late = sweep('guest-services', 'duration', [5, 12, 25, 35, 40, 50], {
  service: 'kvp',
  trouble: 'late',
});
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(late, 'failed'), seriesOf(late, 'mistaken')], {
      title: 'Five questions, by how late the daemon is',
      along: 'seconds',
      names: ['failed', 'value of another key'],
    }),
  ),
);
for (const [i, { metrics }] of late.runs.entries())
  console.log(
    `${late.labels[i]} s: ${metrics.good} answered, ${metrics.failed} failed, ${metrics.mistaken} with another key's value`,
  );
assert.equal(late.runs[2].metrics.mistaken, 0);
assert.ok(late.runs[4].metrics.mistaken > 0);

// %% [markdown]
// ## Freeze, copy, thaw
//
// Between freeze and thaw all writes of the guest wait. The thaw always comes from the host; but it takes somebody in the guest who acts
// on it.

// %%
const backup = run('guest-services', { service: 'vss' });
const dead = run('guest-services', { service: 'vss', trouble: 'gone', after: 2 });
const forgotten = run('guest-services', { service: 'vss', thaw: 'never' });
tslab.display.markdown(markdownTable(findExperiment('guest-services'), [backup, dead, forgotten]));
console.log(`wrong rule, on purpose: ${forgotten.wrongRule}`);
assert.deepEqual(
  [backup, dead, forgotten].map(({ metrics }) => metrics.frozenAtEnd),
  [0, 1, 1],
);
assert.equal(dead.metrics.thaws, 3);

// %% [markdown]
// ## A file, piece by piece
//
// A START names file, path and size; pieces of up to 6144 bytes follow. Each body is built from its declaration. Here is a piece of a file,
// with its offset: the guest's daemon believes the offset, not the order.

// %%
const piece = wire.hvDoFcopy.encode({
  'hdr.operation': wire.FCOPY_OP.WRITE,
  offset: 6144,
  size: 5,
  data: [...'hello'].map((letter) => letter.charCodeAt(0)),
});
console.log(`${piece.length} bytes, of which ${wire.hvDoFcopy.offsets.data} before the data`);
const places = ['free', 'taken', 'replace', 'no-directory', 'make-directory', 'full'] as const;
for (const place of places) {
  const { asked, whole, remains } = run('guest-services', { service: 'file-copy', place }).metrics;
  console.log(`${place}: ${asked} questions, whole ${whole}, half a file ${remains} bytes`);
}
const broken = run('guest-services', { service: 'file-copy', trouble: 'gone', after: 3 });
console.log(`the daemon dies: half a file of ${broken.metrics.remains} bytes stays`);
assert.ok(broken.metrics.remains > 0);

// %% [markdown]
// ## Memory, until the floor
//
// The host asks for sixteen MiB at a time. The guest names the pages; a range of them is one number of 64 bits, 40 for the first page and
// 24 for how many.

// %%
const range = new DataView(new ArrayBuffer(8));
wire.writePageRange(range, 0, { start: 0x7e00, count: 512 });
console.log(`512 pages from 0x7e00: 0x${range.getBigUint64(0, true).toString(16)}`);
const asked = sweep('guest-services', 'requests', [1, 2, 3, 4, 5, 6], { service: 'memory' });
tslab.display.html(
  imageOf(
    curvesSvg([seriesOf(asked, 'given'), seriesOf(asked, 'reserve')], {
      title: 'A guest of 128 MiB, by how often it was asked for 16',
      along: 'questions',
      names: ['given away, MiB', 'free above the floor, MiB'],
    }),
  ),
);
for (const [i, { metrics }] of asked.runs.entries())
  console.log(
    `${asked.labels[i]} questions: ${metrics.given} MiB given, ${metrics.reserve} MiB above the floor`,
  );
const slept = run('guest-services', {
  service: 'memory',
  requests: 1,
  trouble: 'frozen',
  duration: 100,
  after: 0,
});
console.log(
  `after a long sleep: ${slept.metrics.given} MiB came late, pages in dispute ${slept.metrics.disagreement}`,
);
assert.equal(slept.metrics.disagreement, 0);

// %% [markdown]
// ## Digest

// %%
console.log(`npx ringside run "${hung.line}"`);
console.log(`digest ${hung.digest}`);

// %% [markdown]
// ## Exercise
//
// Be the guest's driver. `choose` gets two lists of versions, newest first for the guest, in any order for the host, and returns the one
// that both speak: the newest of the guest's that the host offers too, or `undefined`.
//
// The check tries two hundred pairs of lists, with a fixed seed.

// %% tags=["exercise"]
function choose(guest: readonly string[], host: readonly string[]): string | undefined {
  return host.find((version) => guest.includes(version)); // nearly; correct me
}

// %% tags=["check"]
let dice = 5;
const roll = (sides: number) => {
  dice = (dice * 48_271) % 2_147_483_647;
  return dice % sides;
};
const known = ['4.0', '3.2', '3.1', '3.0', '1.0'];
let wrong = 0;
for (let round = 0; round < 200; round++) {
  const mine = known.filter(() => roll(2) === 0);
  const theirs = [...known].reverse().filter(() => roll(2) === 0);
  let best: string | undefined;
  for (const version of mine) if (best === undefined && theirs.indexOf(version) >= 0) best = version;
  if (choose(mine, theirs) !== best) wrong++;
}
console.log(
  wrong === 0
    ? 'Solved: always the newest that both speak.'
    : `Not yet: ${wrong} of 200 negotiations end with another version.`,
);

// %% [markdown]
// <details>
// <summary>Solution</summary>
//
// ```ts
// function choose(guest: readonly string[], host: readonly string[]): string | undefined {
//   return guest.find((version) => host.includes(version));
// }
// ```
//
// The host lists its versions oldest first, so the first match in *its* order is the oldest common one.
//
// </details>
