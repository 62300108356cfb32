// iPXE as a guest: it finds the network adapter on VMBus, asks for an address, and loads a file by HTTP.
import { arrayBuffer, startGuest } from './emulator.mjs';

const MIB = 1024 * 1024;
/** Its script lies at 64 MiB. */
const MEMORY = 128 * MIB;
const URL_PATH = '/file';
const SCRIPT = `#!ipxe
echo ringside: started
dhcp
echo ringside: address \${net0/ip}
imgfetch --name file http://10.0.0.1${URL_PATH} || echo ringside: failed
imgstat
echo ringside: done
shell
`;
const [COLUMNS, ROWS] = [80, 25];

/** The characters on the guest's screen: iPXE prints nowhere else. */
class Screen {
  #rows = [];

  put(row, column, code) {
    this.#rows[row] ??= new Array(COLUMNS).fill(' ');
    this.#rows[row][column] = String.fromCharCode(code || 32);
  }

  get text() {
    const lines = this.#rows.slice(0, ROWS).map((row) => row?.join('').trimEnd() ?? '');
    return lines.join('\n').trimEnd();
  }
}

/** Starts iPXE with a script that loads `file`. */
export async function startIpxe({ ringside, files, host, file, onTurn, ...rest }) {
  const screen = new Screen();
  const started = await startGuest({
    ringside,
    host: { ...host, network: true, files: new Map([[URL_PATH, file]]) },
    settings: {
      memory_size: MEMORY,
      bios: arrayBuffer(files.firmware),
      vga_bios: arrayBuffer(files.video),
      bzimage: arrayBuffer(files.ipxe),
      initrd: arrayBuffer(Buffer.from(SCRIPT)),
      cmdline: '',
    },
    onByte: () => undefined,
    onTurn: (site, milliseconds) => onTurn?.({ site, milliseconds, screen }),
    onStart: (emulator) =>
      emulator.add_listener('screen-put-char', ([row, column, code]) => screen.put(row, column, code)),
    ...rest,
  });
  return { ...started, screen };
}

/** Where in guest memory these bytes lie; -1 when they do not. */
export const placeOf = (memory, bytes) =>
  Buffer.from(memory.u8.buffer, memory.u8.byteOffset, memory.u8.length).indexOf(bytes);

/** Runs iPXE until it has done its script, `seconds` of its time at most. */
export async function runIpxe(pieces, seconds = 120) {
  let end;
  const over = new Promise((resolve) => {
    end = resolve;
  });
  const guest = await startIpxe({
    ...pieces,
    onTurn: ({ milliseconds, screen }) => {
      if (milliseconds > seconds * 1000 || screen.text.includes('ringside: done')) end();
    },
  });
  await over;
  await guest.stop();
  return guest;
}

/** The same for somebody who watches. */
export async function showIpxe(pieces) {
  const file = Uint8Array.from({ length: 100_000 }, (_, i) => i);
  const guest = await runIpxe({ ...pieces, file });
  process.stdout.write(`${guest.screen.text}\n`);
  return guest;
}
