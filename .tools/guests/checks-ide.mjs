// The same boot disk by the kernel's own ATA driver and by the accelerator: how many exits each takes for a command. The figures are those that
// the simulated driver's table has; here a driver confirms them that knows nothing of the table.
import { createHash } from 'node:crypto';
import { must } from './must.mjs';

const SECTOR = 512;
/** A disk whose bytes say where they are; no boot sector, so that the firmware passes it by. */
export function countedDisk(library) {
  const disk = new library.MemoryDisk(65_536);
  const bytes = new Uint8Array(2048 * SECTOR).map((_, i) => (i < SECTOR ? 0 : (i * 7 + (i >>> 9)) & 0xff));
  disk.write(0, 2048, bytes);
  return disk;
}

const OPCODE = { READ_DMA: 0xc8, READ_MULTIPLE: 0xc4 };

/** What a command of the shell cost: port exits, hypercalls, and commands that reached the drive. */
async function cost({ run, linux, site }, command) {
  const { exits } = linux.guest;
  const { commands } = site.board;
  const before = { ports: exits.in + exits.out, calls: exits.hypercall, commands: new Map(commands) };
  const { output, status } = await run(command);
  must(status === 0, output.trim());
  const fresh = [...commands].map(([opcode, n]) => [opcode, n - (before.commands.get(opcode) ?? 0)]);
  return {
    output,
    ports: exits.in + exits.out - before.ports,
    calls: exits.hypercall - before.calls,
    commands: new Map(fresh.filter(([, n]) => n > 0)),
  };
}

const read = (kib, count = 1) =>
  `dd if=/dev/sda of=/dev/null bs=${kib}k count=${count} skip=1 iflag=direct 2>/dev/null`;

/** Reads of one size: exits per command, which must be all of one kind and as many as wanted. */
async function perCommand(pieces, opcode, kib, wanted) {
  const { ports, commands } = await cost(pieces, read(kib, 4));
  const n = commands.get(opcode);
  must(n === 4 && commands.size === 1, `commands ${JSON.stringify([...commands])}`);
  must(ports / n === wanted, `${ports / n} exits for ${kib} KiB, not ${wanted}`);
  return ports / n;
}

/** Checks of a guest whose disk is an IDE disk with an accelerator. */
export const IDE_CHECKS = [
  [
    'hv_storvsc reads it without a port exit',
    async (pieces) => {
      const { ports, calls } = await cost(pieces, read(64, 16));
      must(ports === 0, `${ports} port exits`);
      return `16 reads of 64 KiB: no port exit, ${calls} hypercalls`;
    },
  ],
  [
    'ata_piix reads by DMA in 26 exits, whatever the size',
    async (pieces) => {
      await pieces.run('rmmod hv_storvsc; insmod /modules/libata.ko; insmod /modules/ata_piix.ko');
      await pieces.until('test -b /dev/sda');
      const sizes = [4, 10, 64];
      for (const kib of sizes) await perCommand(pieces, OPCODE.READ_DMA, kib, 26);
      return `${sizes.join(', ')} KiB: 26 each`;
    },
  ],
  [
    'what it reads is what the disk holds',
    async ({ run, disk }) => {
      const bytes = new Uint8Array(1024 * 1024);
      disk.read(0, bytes.length / SECTOR, bytes);
      const sum = createHash('md5').update(bytes).digest('hex');
      const { output } = await run('dd if=/dev/sda bs=64k count=16 iflag=direct 2>/dev/null | md5sum');
      must(output.includes(sum), `${output.trim()}, not ${sum}`);
      return `1 MiB, md5 ${sum}`;
    },
  ],
  [
    'without DMA it takes 14 exits, 5 for the block and one for each sector',
    async (pieces) => {
      await pieces.run('rmmod ata_piix; rmmod libata; insmod /modules/libata.ko dma=0');
      await pieces.run('insmod /modules/ata_piix.ko');
      await pieces.until('test -b /dev/sda');
      const sizes = [4, 10, 64];
      for (const kib of sizes) await perCommand(pieces, OPCODE.READ_MULTIPLE, kib, 14 + 5 + 2 * kib);
      return sizes.map((kib) => `${kib} KiB: ${19 + 2 * kib}`).join(', ');
    },
  ],
];
