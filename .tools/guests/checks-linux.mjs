// What a Linux guest must do on our host: each check says what it saw. They share one guest, in this order.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startLinux, untilReady } from './linux.mjs';

const MIB = 1024 * 1024;
const DISK_BYTES = 32 * MIB;
const SECTOR = 512;
const VMBUS_VERSIONS = ['5.3', '5.2', '5.1', '5.0', '4.1', '4.0', '3.0', '2.4'];
const STORVSP_VERSIONS = [0x602, 0x600, 0x501];
const NVSP_VERSIONS = [0x6_0001, 0x6_0000, 0x5_0000, 0x4_0000, 0x3_0002, 0x2];
const LAST_NUMBER = 100_000;
const PINGS = 1000;
const [MOST_WRONG_MS, CLOCK_SECONDS] = [10, 60];
const FILE = {
  path: '/file',
  bytes: Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2_654_435_761) >>> 13),
};

/** A check failed; the message says what was seen. */
export class CheckFailed extends Error {}

function must(fine, message) {
  if (!fine) throw new CheckFailed(message);
}

const versionCode = (text) => {
  const [major, minor] = text.split('.').map(Number);
  return (major << 16) | minor;
};

/** An empty ext4 in a file, made by the host's own tools. */
function newExt4(folder) {
  const file = path.join(folder, 'raw');
  writeFileSync(file, new Uint8Array(DISK_BYTES));
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'hash_seed=00000000-0000-0000-0000-000000000001', file]);
  return file;
}

/** A VHD in memory with the contents of a raw file. */
async function newVhd(library, raw) {
  const { readFileSync } = await import('node:fs');
  const disk = library.createDynamicVhd(new library.MemoryFile(), DISK_BYTES, { blockBytes: 512 * 1024 });
  const bytes = readFileSync(raw);
  for (let lba = 0; lba < DISK_BYTES / SECTOR; lba += 128) {
    const piece = bytes.subarray(lba * SECTOR, (lba + 128) * SECTOR);
    if (piece.some((byte) => byte !== 0)) disk.write(lba, 128, piece);
  }
  return disk;
}

function rawBytes(disk) {
  const bytes = new Uint8Array(DISK_BYTES);
  disk.read(0, DISK_BYTES / SECTOR, bytes);
  return bytes;
}

const numbers = () => Array.from({ length: LAST_NUMBER }, (_, i) => `${i + 1}\n`).join('');

/** The checks, as pairs of a name and what to do with a running guest; each returns what was seen. */
export const CHECKS = [
  [
    'it finds Hyper-V and our VMBus',
    async ({ run }) => {
      const { output } = await run('dmesg');
      const found = output.match(/Hypervisor detected: Microsoft Hyper-V/);
      const version = output.match(/Vmbus version:(\S+)/)?.[1];
      must(found && version === '5.3', `dmesg says ${found ?? 'no Hyper-V'}, VMBus ${version}`);
      return `"${found[0]}", "Vmbus version:${version}"`;
    },
  ],
  [
    'it mounts, writes and unmounts ext4 on a VHD',
    async ({ run, disk, folder }) => {
      const { status, output } = await run(
        `mount -t ext4 /dev/sda /mnt && seq 1 ${LAST_NUMBER} > /mnt/numbers && sync && md5sum /mnt/numbers && umount /mnt`,
      );
      must(status === 0, `the guest says ${output.trim()}`);
      const file = path.join(folder, 'after');
      writeFileSync(file, rawBytes(disk));
      const check = execFileSync('e2fsck', ['-fn', file], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
      const kept = execFileSync('debugfs', ['-R', 'cat /numbers', file], {
        maxBuffer: 8 * MIB,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString();
      must(kept === numbers(), `the image holds ${kept.length} other bytes`);
      return `e2fsck: ${check.trim().split('\n').at(-1)}; ${kept.length} bytes as written`;
    },
  ],
  [
    'it gets an address by DHCP',
    async ({ run, site }) => {
      const { output, status } = await run('ifconfig eth0 up && udhcpc -i eth0 -n -q -s /etc/dhcp');
      must(status === 0 && /bound to 10\.0\.0\.2 by 10\.0\.0\.1/.test(output), output.trim());
      must(site.port.counts.acks === 1, `${site.port.counts.acks} acknowledgements`);
      return output.match(/bound to .*/)[0].trim();
    },
  ],
  [
    `it pings us ${PINGS} times without loss`,
    async ({ run }) => {
      const { output } = await run(`ping -q -c ${PINGS} -i 0.01 10.0.0.1`, 300);
      const said = output.match(/\d+ packets transmitted.*/)?.[0] ?? output.trim();
      must(said.startsWith(`${PINGS} packets transmitted, ${PINGS} packets received, 0% packet loss`), said);
      return said.trim();
    },
  ],
  [
    'it loads a file by HTTP, byte for byte',
    async ({ run, site }) => {
      const { createHash } = await import('node:crypto');
      const sum = createHash('md5').update(FILE.bytes).digest('hex');
      const { output } = await run('wget -q -O - http://10.0.0.1/file | md5sum', 120);
      must(output.includes(sum), `${output.trim()}, not ${sum}`);
      return `${site.tcp.counts.sent} bytes sent, md5 ${sum}`;
    },
  ],
  [
    `its clock is within ${MOST_WRONG_MS} ms of ours after ${CLOCK_SECONDS} s`,
    async ({ run, site, linux }) => {
      const from = linux.console.text.length;
      // Read when the first digit is printed: what lies between is the guest's time to print.
      const moment = new Promise((resolve) => {
        linux.console.watch(/@/, () => resolve(site.timesync.hostTime()), from);
      });
      const { output } = await run(`sleep ${CLOCK_SECONDS}; date "+@%s.%N"`, 300);
      const ours = Number((await moment) - 116_444_736_000_000_000n) / 1e7;
      const theirs = Number(output.match(/@(\d+\.\d+)/)?.[1]);
      const wrong = (theirs - ours) * 1000;
      must(Math.abs(wrong) <= MOST_WRONG_MS, `${wrong.toFixed(3)} ms`);
      return `${wrong.toFixed(3)} ms`;
    },
  ],
  [
    'a disk is taken away and comes back',
    async ({ run, site, until }) => {
      site.removeDisk();
      await until('! test -e /sys/block/sda');
      site.offerDisk();
      await until('test -b /dev/sda');
      const { status } = await run('mount -t ext4 /dev/sda /mnt && tail -n 1 /mnt/numbers && umount /mnt');
      must(status === 0, 'it cannot be mounted again');
      return 'gone, back, and its file is there';
    },
  ],
  [
    'a network adapter is taken away and comes back',
    async ({ run, site, until }) => {
      site.removeNetwork();
      await until('! test -e /sys/class/net/eth0');
      site.offerNetwork();
      await until('test -e /sys/class/net/eth0');
      const { output } = await run(
        'ifconfig eth0 up && udhcpc -i eth0 -n -q -s /etc/dhcp && ping -q -c 3 10.0.0.1',
      );
      must(/3 packets received/.test(output), output.trim());
      return 'gone, back, and it pings';
    },
  ],
  ...STORVSP_VERSIONS.map((version) => [
    `storvsc speaks ${version >> 8}.${version & 0xff}`,
    async ({ run, site, until }) => {
      site.removeDisk();
      await until('! test -e /sys/block/sda');
      site.offerDisk(version);
      await until('test -b /dev/sda');
      const { status } = await run('dd if=/dev/sda of=/dev/null bs=64k count=16 2>/dev/null');
      const agreed = site.storvsp.handshake.version;
      must(status === 0 && agreed === version, `agreed on ${agreed?.toString(16)}`);
      return `0x${agreed.toString(16)} agreed, 1 MiB read`;
    },
  ]),
  ...NVSP_VERSIONS.map((version) => [
    `netvsc speaks NVSP 0x${version.toString(16)}`,
    async ({ run, site, until }) => {
      site.removeNetwork();
      await until('! test -e /sys/class/net/eth0');
      site.offerNetwork(version);
      await until('test -e /sys/class/net/eth0');
      const { output } = await run('ifconfig eth0 10.0.0.2 up && ping -q -c 3 10.0.0.1');
      must(site.netvsp.version === version, `agreed on 0x${site.netvsp.version.toString(16)}`);
      must(/3 packets received/.test(output), output.trim());
      return `0x${version.toString(16)} agreed, 3 pings answered`;
    },
  ]),
  ...VMBUS_VERSIONS.map((version) => [
    `the bus speaks ${version}`,
    async ({ run, site, until }) => {
      await run(
        'rmmod hid_hyperv hyperv_keyboard hv_utils hv_netvsc hv_storvsc hv_vmbus; dmesg -c > /dev/null',
      );
      site.vmbus.newest = versionCode(version);
      await run('for m in hv_vmbus hv_storvsc hv_netvsc hv_utils; do insmod /modules/$m.ko; done');
      await until('test -b /dev/sda && test -e /sys/class/net/eth0');
      const { output } = await run('dmesg; ifconfig eth0 10.0.0.2 up; ping -q -c 3 10.0.0.1');
      const said = output.match(/Vmbus version:(\S+)/)?.[1];
      must(said === version && /3 packets received/.test(output), `it says ${said}`);
      return `"Vmbus version:${said}", disk and network are there`;
    },
  ]),
  [
    'it shuts down when the host asks',
    async ({ linux, site }) => {
      const powered = linux.console.expect(/the host asked for a shutdown/, 120);
      const down = linux.console.expect(/reboot: Power down/, 120);
      const asked = site.shutdown.request({ timeoutSeconds: 60 });
      must(asked === 'sent', `the request is ${asked}`);
      await powered;
      await down;
      return `${site.shutdown.outcome}; "reboot: Power down"`;
    },
  ],
];

/** Runs the checks whose name fits; calls `report` with each result. */
export async function checkLinux({ ringside, library, files, only, report, echo }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringside-guest-'));
  try {
    const disk = await newVhd(library, newExt4(folder));
    const host = { disk, network: true, services: true, files: new Map([[FILE.path, FILE.bytes]]) };
    const linux = await startLinux({ ringside, files, host, echo });
    await untilReady(linux);
    const { site } = linux;
    const run = (command, seconds) => linux.console.run(command, seconds);
    const until = async (condition) => {
      const { status } = await run(
        `for i in $(seq 100); do if ${condition}; then break; fi; sleep 0.1; done; ${condition}`,
        120,
      );
      must(status === 0, `never true: ${condition}`);
    };
    for (const [name, check] of CHECKS) {
      if (only && !name.includes(only)) continue;
      await report(name, () => check({ linux, site, disk, folder, run, until }), linux);
    }
    await linux.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
