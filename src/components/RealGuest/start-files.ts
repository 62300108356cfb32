/** What the emulator is given to start a guest: firmware, kernel, initial file system, command line. */
import { writeCpio } from '../../../sim/emulator/cpio.ts';
import { SSDT_PATH, vmbusSsdt } from '../../../sim/emulator/vmbus-ssdt.ts';
import type { GuestParts } from './protocol.ts';

const MIB = 1024 * 1024;
/** The initial file system lies at 64 MiB. */
const MEMORY = { linux: 192 * MIB, ipxe: 128 * MIB } as const;
/** The kernel's tests of its ciphers and its search for ISA cards take longer in an emulator than everything else. */
const LINUX_WORDS = 'console=ttyS0 net.ifnames=0 cryptomgr.notests noisapnp';
const IPXE_SCRIPT = `#!ipxe
echo ringside: started
dhcp
echo ringside: address \${net0/ip}
imgfetch --name file http://10.0.0.1/file || echo ringside: failed
imgstat
echo ringside: done
shell
`;

/** The emulator reads some of its files by words. */
function whole(bytes: Uint8Array): { buffer: ArrayBuffer } {
  const buffer = new ArrayBuffer(Math.ceil(bytes.length / 4) * 4);
  new Uint8Array(buffer).set(bytes);
  return { buffer };
}

/** Options of the emulator for these files. */
export function startFiles({ kind, bios, vga, kernel, initrd, commandLine }: GuestParts): object {
  const common = {
    ...{ memory_size: MEMORY[kind], bios: whole(bios), bzimage: whole(kernel) },
    ...(vga ? { vga_bios: whole(vga) } : {}),
  };
  if (kind === 'ipxe')
    return { ...common, initrd: whole(new TextEncoder().encode(IPXE_SCRIPT)), cmdline: '' };
  return {
    ...{ ...common, disable_keyboard: true },
    ...{
      initrd: whole(withTable(initrd ?? new Uint8Array(0))),
      cmdline: `${LINUX_WORDS} ${commandLine}`.trim(),
    },
  };
}

/** The ACPI table by which the kernel finds VMBus, in front, unless it is there. */
export function withTable(initrd: Uint8Array): Uint8Array {
  const head = new TextDecoder('latin1').decode(initrd.subarray(0, 2048));
  if (head.includes(SSDT_PATH)) return initrd;
  const folders = SSDT_PATH.split('/').slice(0, -1);
  const table = writeCpio([
    ...folders.map((_, i) => ({ path: folders.slice(0, i + 1).join('/'), kind: 'folder' as const })),
    { path: SSDT_PATH, kind: 'file', bytes: vmbusSsdt() },
  ]);
  const both = new Uint8Array(table.length + initrd.length);
  both.set(table);
  both.set(initrd, table.length);
  return both;
}
