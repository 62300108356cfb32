// npm run guest -- linux|ipxe [options]: starts a real, unmodified guest on our host. Its files are Debian's, fetched once with apt.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exportGuests } from './guests/export.mjs';
import { guestFiles } from './guests/files.mjs';
import { showIpxe } from './guests/ipxe.mjs';
import { startLinux, untilReady } from './guests/linux.mjs';
import { Recorder } from './guests/recorder.mjs';
import { buildSim, Plain, withPlainErrors } from './setup.mjs';

const HELP = `npm run guest -- linux [options]   boots Debian's kernel to a shell on this terminal; leave with Ctrl-]
npm run guest -- ipxe [options]    boots iPXE, which asks for an address and loads a file
npm run guest -- export [FOLDER]   writes both as files for the page that boots them

  --disk FILE       a VHD for the guest's disk, written to; an empty disk in memory when left out
  --run COMMAND     types this into the shell, prints what it says, and ends
  --kernel WORDS    more words for the kernel's command line
  --vmbus VERSION   newest VMBus version of the host, such as 4.0
  --record FILE     writes what guest and host said to each other, as JSON that a replay takes
  --fetch           fetches the guests' files again
`;

const OPTIONS = {
  disk: { type: 'string' },
  run: { type: 'string' },
  kernel: { type: 'string', default: '' },
  vmbus: { type: 'string' },
  record: { type: 'string' },
  fetch: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};
const EMPTY_DISK_SECTORS = 131_072;
/** Ctrl-]: not a key that a shell needs. */
const LEAVE = 0x1d;

function parse() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    return { ...values, which: positionals[0], folder: positionals[1] };
  } catch (error) {
    throw new Plain(`${error.message}\n\n${HELP}`);
  }
}

function versionCode(text) {
  const found = /^(\d+)\.(\d+)$/.exec(text);
  if (!found) throw new Plain(`--vmbus wants a version such as 4.0, not ${text}.`);
  return Number(found[1]) * 65_536 + Number(found[2]);
}

/** The user's image: read whole, written back at the end. */
function openDisk(library, file) {
  if (!file) return { disk: new library.MemoryDisk(EMPTY_DISK_SECTORS), save: () => undefined };
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new Plain(`${file} cannot be read: ${error.code}.`);
  }
  const image = new library.MemoryFile(bytes);
  const disk = library.openVhd(image);
  if (Array.isArray(disk)) throw new Plain(`${file}: ${disk[0].message} ${disk[0].hint ?? ''}`.trim());
  return { disk, save: () => writeFileSync(file, image.read(0, image.size)) };
}

/** The guest's console on this terminal, until somebody leaves or the guest is off. */
function attach(linux) {
  const { stdin } = process;
  stdin.setRawMode?.(true);
  stdin.resume();
  return new Promise((resolve) => {
    stdin.on('data', (bytes) => {
      if (bytes.includes(LEAVE)) resolve();
      else linux.console.type(bytes.toString('latin1'));
    });
    stdin.on('end', resolve);
    linux.console.watch(/reboot: Power down/, resolve, 0);
  }).finally(() => {
    stdin.setRawMode?.(false);
    stdin.pause();
  });
}

async function linux(options, pieces) {
  const { library, host } = pieces;
  const { disk, save } = openDisk(library, options.disk);
  const guest = await startLinux({
    ...pieces,
    host: { ...host, disk, network: true, services: true },
    commandLine: options.kernel,
    echo: (char) => process.stdout.write(char),
    paced: !options.run,
  });
  if (options.run) {
    await untilReady(guest);
    await guest.console.run(options.run, 600);
  } else await attach(guest);
  await guest.stop();
  save();
  return guest;
}

await withPlainErrors(async () => {
  const options = parse();
  if (options.which === 'export' && !options.help) return exportGuests({ folder: options.folder });
  if (options.help || !['linux', 'ipxe'].includes(options.which)) {
    process.stdout.write(HELP);
    if (!options.help) process.exitCode = 2;
    return;
  }
  buildSim({});
  const ringside = await import('../sim/dist/emulator/index.js');
  const library = await import('ringside');
  const files = guestFiles({ fetch: options.fetch, log: (line) => process.stderr.write(`${line}\n`) });
  const host = options.vmbus ? { newestVmbus: versionCode(options.vmbus) } : {};
  const recorder = options.record ? new Recorder() : undefined;
  const onSite = (site) => recorder?.attach(ringside, site);
  const pieces = { ringside, library, files, host, onSite };
  const guest = options.which === 'linux' ? await linux(options, pieces) : await showIpxe(pieces);
  const { exits, milliseconds } = guest.guest;
  const counts = Object.entries(exits).map(([kind, count]) => `${kind} ${count}`);
  process.stderr.write(`\nguest time ${(milliseconds / 1000).toFixed(1)} s; exits: ${counts.join(', ')}\n`);
  if (recorder) writeFileSync(options.record, recorder.json(`${options.which}, Debian, in v86`));
  process.exit();
});
