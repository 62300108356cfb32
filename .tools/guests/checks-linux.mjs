// What a Linux guest must do on our host: each check says what it saw. They share one guest, in this order.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { countedDisk, IDE_CHECKS } from './checks-ide.mjs';
import { startLinux, untilReady } from './linux.mjs';
import { must } from './must.mjs';

const MIB = 1024 * 1024;
const DISK_BYTES = 32 * MIB;
const SECTOR = 512;
const VMBUS_VERSIONS = ['5.3', '5.2', '5.1', '5.0', '4.1', '4.0', '3.0', '2.4'];
const STORVSP_VERSIONS = [0x602, 0x600, 0x501];
const NVSP_VERSIONS = [0x6_0001, 0x6_0000, 0x5_0000, 0x4_0000, 0x3_0002, 0x2];
/** Drivers of the bus before the bus itself. */
const HV_MODULES = ['hid_hyperv', 'hyperv_keyboard', 'hv_utils', 'hv_netvsc', 'hv_storvsc', 'hv_vmbus'];
const LAST_NUMBER = 100_000;
const PINGS = 1000;
const [MOST_WRONG_MS, CLOCK_SECONDS] = [10, 60];
const FILE = {
  path: '/file',
  bytes: Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2_654_435_761) >>> 13),
};

/** 1 January 1970 in units of 100 ns since 1601; and the bit by which the kernel says that it counts nanoseconds. */
const UNIX_EPOCH = 116_444_736_000_000_000n;
const STA_NANO = 0x2000;

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
function newVhd(library, raw) {
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
      const verdict = check.trim().split('\n').at(-1).replace(`${file}: `, '');
      return `e2fsck: ${verdict}; ${kept.length} bytes as written`;
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
      // Read when the first word is printed: what lies between is the guest's time to print.
      const moment = new Promise((resolve) => {
        linux.console.watch(/mode:/, () => resolve(site.timesync.hostTime()), from);
      });
      const { output } = await run(`sleep ${CLOCK_SECONDS}; adjtimex`, 300);
      const ours = Number((await moment) - UNIX_EPOCH) / 1e7;
      const field = (name) => Number(output.match(new RegExp(`${name}:\\s*(\\d+)`))?.[1]);
      const fraction = field('tv_usec') / ((field('status') & STA_NANO) === 0 ? 1e6 : 1e9);
      const theirs = field('tv_sec') + fraction;
      const wrong = (theirs - ours) * 1000;
      must(Math.abs(wrong) <= MOST_WRONG_MS, `${wrong.toFixed(3)} ms`);
      return `${wrong.toFixed(3)} ms`;
    },
  ],
  [
    'a disk is taken away and comes back',
    async ({ run, site, until }) => {
      site.unplugDisk();
      await until('! test -e /sys/block/sda');
      site.plugDisk();
      await until('test -b /dev/sda');
      const { status, output } = await run('mount -t ext4 /dev/sda /mnt && ls /mnt && umount /mnt');
      must(status === 0 && output.includes('lost+found'), output.trim());
      return `gone and back with ${output.trim().split(/\s+/).join(', ')}`;
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
    // Linux waits for ever for a controller that is taken from under a disk in use; on Hyper-V that cannot be done either.
    async ({ run, site, until }) => {
      await run('rmmod hv_storvsc');
      site.removeDisk();
      await run('sleep 1');
      site.offerDisk(version);
      await run('insmod /modules/hv_storvsc.ko');
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

/**
 * The bus driver is unloaded and loaded again on a host of another time. With timers in direct mode Linux 6.1 loses its clock event when the
 * driver goes, and hangs: this guest gets timers that send messages.
 */
export const BUS_CHECKS = [
  ...VMBUS_VERSIONS.map((version) => [
    `the bus speaks ${version}`,
    async ({ run, site, until }) => {
      await run(`for m in ${HV_MODULES.join(' ')}; do rmmod $m; done 2> /dev/null; dmesg -c > /dev/null`);
      site.vmbus.newest = versionCode(version);
      await run('for m in hv_vmbus hv_storvsc hv_netvsc hv_utils; do insmod /modules/$m.ko; done');
      await until('test -b /dev/sda && test -e /sys/class/net/eth0');
      const { output } = await run('dmesg; ifconfig eth0 10.0.0.2 up; ping -q -c 3 10.0.0.1');
      const said = output.match(/Vmbus version:(\S+)/)?.[1];
      must(said === version && /3 packets received/.test(output), `it says ${said}`);
      return `"Vmbus version:${said}", disk and network are there`;
    },
  ]),
];

/** What `run` takes besides its checks: which guest to start. */
export const LINUX_GROUPS = [
  { title: 'Linux', checks: CHECKS },
  { title: 'Linux, bus versions', checks: BUS_CHECKS, host: { features: { directTimers: false } } },
  { title: 'Linux, IDE disk', checks: IDE_CHECKS, host: { ide: true }, newDisk: countedDisk },
];

/** Runs the checks of a group whose names fit; `report` gets each one's name and what to call. */
export async function checkLinux({ ringside, library, files, group, only, report, echo }) {
  const checks = group.checks.filter(([name]) => !only || new RegExp(only).test(name));
  if (checks.length === 0) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringside-guest-'));
  try {
    const disk = group.newDisk?.(library) ?? newVhd(library, newExt4(folder));
    const served = new Map([[FILE.path, FILE.bytes]]);
    const host = { disk, network: true, services: true, files: served, ...group.host };
    const linux = await startLinux({ ringside, files, host, echo });
    await untilReady(linux);
    const { site } = linux;
    const run = (command, seconds) => linux.console.run(command, seconds);
    const until = async (condition) => {
      const once = `if ${condition}; then break; fi; sleep 0.1`;
      const { status } = await run(`for i in $(seq 100); do ${once}; done; ${condition}`, 120);
      must(status === 0, `never true: ${condition}`);
    };
    for (const [name, check] of checks)
      await report(name, () => check({ linux, site, disk, folder, run, until }), linux.guest);
    await linux.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
