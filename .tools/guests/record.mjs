// `node .tools/guests/record.mjs`: starts both guests here in Node and writes down what the page about them says: exits by kind, messages in
// their order, the sequence diagram. The same files give the same numbers.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildSim, ROOT, withPlainErrors } from '../setup.mjs';
import { guestFiles } from './files.mjs';
import { startIpxe } from './ipxe.mjs';
import { startLinux, untilReady } from './linux.mjs';

const NUMBERS = path.join(ROOT, 'src/data/real-guest.json');
const DIAGRAM = path.join(ROOT, 'src/diagrams/boot-linux.connect.mmd');
const DISK_SECTORS = 131_072;
const FILE = Uint8Array.from({ length: 100_000 }, (_, i) => i);
const IPXE_SECONDS = 120;

const counted = (counts, names) =>
  Object.fromEntries(
    [...counts].map(([key, count]) => [names.nameOf(key), count]).sort(([, a], [, b]) => b - a),
  );

/** Type of a channel message, posted with its header or sent without. */
function messageOf(library, seen) {
  const { bytes } = seen;
  if (!bytes || (seen.k !== 'hypercall' && seen.k !== 'synic_message')) return undefined;
  const at = seen.k === 'hypercall' ? 16 : 0;
  const type = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
  return { from: seen.k === 'hypercall' ? 'guest' : 'host', name: library.wire.channelMessages.nameOf(type) };
}

/** Looks at a guest from its first instruction. */
function watch({ ringside, library }, started) {
  const messages = [];
  const at = {};
  const reach = (name) => {
    at[name] ??= { guest: Math.round(started.guest.milliseconds), ...started.guest.exits };
  };
  const counts = ringside.observe(started.site, (seen) => {
    const message = messageOf(library, seen);
    if (message) messages.push(message);
    if (message?.name === 'VERSION_RESPONSE' && seen.bytes[8] !== 0) reach('version');
    if (seen.k === 'ring_out') reach('packet');
  });
  return { messages, counts, at, reach };
}

function summary({ library }, { guest, site }, { messages, counts, at }, name) {
  const { wire } = library;
  const tally = {};
  for (const { name: message } of messages) tally[message] = (tally[message] ?? 0) + 1;
  return {
    ...{ name, guestMilliseconds: Math.round(guest.milliseconds), exits: { ...guest.exits } },
    calls: counted(counts.calls, wire.hypercalls),
    registers: {
      read: counted(counts.msrReads, wire.syntheticMsrs),
      written: counted(counts.msrWrites, wire.syntheticMsrs),
    },
    ...{ messagesToGuest: counts.messagesToGuest, signalsToGuest: counts.signalsToGuest },
    ...{ messages: tally, at },
    channels: site.vmbus.channels
      .filter(({ ring }) => ring)
      .map(({ device, ring }) => ({
        ...{ name: device.name, fromGuest: ring.counts.received, toGuest: ring.counts.sent },
        ...{ signals: ring.counts.signals, interrupts: ring.counts.interrupts },
      })),
  };
}

/** Messages in a row that repeat are one arrow; the setting up of the first device stands for all. */
function diagram(messages) {
  const lines = [];
  for (const { from, name } of messages) {
    const last = lines.at(-1);
    if (last && last.from === from && last.name === name) last.times++;
    else lines.push({ from, name, times: 1 });
  }
  const opened = lines.findIndex(({ name }) => name === 'OPENCHANNEL_RESULT');
  const arrows = lines
    .slice(0, opened + 1)
    .map(
      ({ from, name, times }) =>
        `  ${from === 'guest' ? 'GK->>RK' : 'RK->>GK'}: ${name}${times > 1 ? ` (${times} times)` : ''}`,
    );
  return [
    'sequenceDiagram',
    '  accTitle: How an unmodified Linux connects to our VMBus server',
    '  accDescr: The channel messages between guest and host, up to the first open channel',
    '  participant GK as Linux, hv_vmbus',
    '  participant RK as our VMBus server',
    ...arrows,
    '  GK->>RK: SIGNAL_EVENT: a packet is in the ring',
    '',
  ].join('\n');
}

async function ipxe(pieces) {
  let end;
  const over = new Promise((resolve) => {
    end = resolve;
  });
  const started = await startIpxe({
    ...{ ...pieces, file: FILE, host: {} },
    onTurn: ({ milliseconds, screen, site }) => {
      if (site?.port.counts.acks > 0) seen?.reach('address');
      if (milliseconds > IPXE_SECONDS * 1000 || screen.text.includes('ringside: done')) end();
    },
  });
  const seen = watch(pieces, started);
  await over;
  await started.stop();
  return summary(pieces, started, seen, 'iPXE 1.0.0 of Debian');
}

async function linux(pieces) {
  const disk = new pieces.library.MemoryDisk(DISK_SECTORS);
  const started = await startLinux({ ...pieces, host: { disk, network: true, services: true } });
  const seen = watch(pieces, started);
  await untilReady(started);
  seen.reach('shell');
  await started.stop();
  writeFileSync(DIAGRAM, diagram(seen.messages));
  return summary(pieces, started, seen, `Debian Linux ${pieces.files.release}`);
}

/** Runs both guests and writes the files. */
export async function record(ringside) {
  const library = await import('ringside');
  const files = guestFiles({ log: (line) => process.stderr.write(`${line}\n`) });
  const pieces = { ringside, library, files };
  const numbers = { linux: await linux(pieces), ipxe: await ipxe(pieces) };
  writeFileSync(NUMBERS, `${JSON.stringify(numbers, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(numbers, null, 1)}\n`);
}

if (import.meta.url === `file://${process.argv[1]}`)
  await withPlainErrors(async () => {
    buildSim({});
    await record(await import('../../sim/dist/emulator/index.js'));
    process.exit();
  });
