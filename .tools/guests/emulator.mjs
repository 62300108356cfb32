// Starts v86 with our seam under it. The emulator takes its clock when it is loaded; here it gets the guest's.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Plain } from '../setup.mjs';

const require = createRequire(import.meta.url);

/** Where the package lies; a sentence for people when it is not there. */
function packageFolder() {
  try {
    return path.dirname(path.dirname(require.resolve('v86')));
  } catch {
    throw new Plain('The emulator is not installed. Run: npm install');
  }
}

/** A file as the emulator wants it: it reads some of them by words. */
export function arrayBuffer(bytes) {
  const buffer = new ArrayBuffer(Math.ceil(bytes.length / 4) * 4);
  new Uint8Array(buffer).set(bytes);
  return { buffer };
}

/** Midnight, 1 January 2026: when the host's time begins (`sim/host/vsp/timesync.ts`). */
const HOST_BEGINS = Date.UTC(2026, 0, 1);
let loads = 0;

/**
 * Loads a copy of the emulator whose clock is `now`, in milliseconds. It binds `performance.now` once, while it is loaded.
 */
async function loadEmulator(folder, now) {
  const own = Object.getOwnPropertyDescriptor(performance, 'now');
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: now });
  try {
    const url = pathToFileURL(path.join(folder, 'build/libv86.mjs'));
    return (await import(`${url}?${loads++}`)).V86;
  } finally {
    delete performance.now;
    if (own) Object.defineProperty(performance, 'now', own);
  }
}

/**
 * Makes a guest and starts it. `settings` go to the emulator as they are; `host` to our host. Returns the pieces; `stop` ends it.
 */
export async function startGuest({
  ringside,
  host,
  settings,
  onByte,
  onTurn,
  onStart,
  onSite,
  paced,
  cyclesPerInstruction,
}) {
  const folder = packageFolder();
  const since = performance.now();
  const realTime = performance.now.bind(performance);
  let site;
  const guest = new ringside.EmulatedGuest({
    module: readFileSync(path.join(folder, 'build/v86.wasm')),
    platform: WebAssembly,
    cyclesPerInstruction,
    ...(paced ? { pace: () => realTime() - since } : {}),
    onTurn: () => onTurn?.(site, guest.milliseconds),
    build: (memory, code, line) => {
      site = new ringside.GuestHost(memory, code, line, host);
      onSite?.(site);
      return site;
    },
  });
  // The emulator's CMOS clock asks for the day. It gets that of our host, which begins with the run: otherwise no run is like the last one.
  Date.now = () => HOST_BEGINS + Math.floor(guest.milliseconds);
  const V86 = await loadEmulator(folder, () => guest.milliseconds);
  const emulator = new V86({
    wasm_fn: guest.instantiate,
    acpi: true,
    autostart: false,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
    net_device: { type: 'none' },
    ...settings,
  });
  emulator.add_listener('serial0-output-byte', onByte);
  await new Promise((resolve) => emulator.add_listener('emulator-ready', resolve));
  onStart?.(emulator);
  emulator.run();
  return {
    guest,
    emulator,
    site,
    stop: async () => {
      await emulator.stop();
      await emulator.destroy();
    },
  };
}
