// The initial file system of the Linux guest: busybox, the kernel's own modules in the order in which they need each other, and a script. The
// same packages give the same bytes.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the guest loads, in this order; what they need comes before them. */
export const MODULES = [
  ...['hv_vmbus', 'sd_mod', 'hv_storvsc', 'hv_netvsc', 'hv_utils', 'hyperv_keyboard', 'hid_hyperv'],
  ...['crc32c_generic', 'ext4'],
];
/** What it only has at hand. */
export const AT_HAND = ['ata_piix'];

const underscored = (name) => name.replaceAll('-', '_');

/** Every module of the kernel by its name. */
function modulesOf(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.ko'));
  return new Map(files.map((file) => [underscored(path.basename(file, '.ko')), path.join(folder, file)]));
}

/** Names that a module needs, as its own notes say. */
function needs(bytes) {
  const notes = bytes.toString('latin1');
  const found = /\0depends=([^\0]*)\0/.exec(notes)?.[1] ?? '';
  return found.split(',').filter(Boolean).map(underscored);
}

/** The wanted modules with everything that they need, in the order in which they can be loaded. */
export function moduleOrder(folder, wanted) {
  const known = modulesOf(folder);
  const order = new Map();
  const add = (name) => {
    const file = known.get(name);
    // What is no file is part of the kernel.
    if (!file || order.has(name)) return;
    const bytes = readFileSync(file);
    for (const needed of needs(bytes)) add(needed);
    order.set(name, bytes);
  };
  for (const name of wanted) add(underscored(name));
  return [...order].map(([name, bytes]) => ({ name, bytes }));
}

/** The first program. It says where it is with lines that begin with `ringside:`, and then is a shell. */
const init = (loaded) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
${loaded.map(({ name }) => `insmod /modules/${name}.ko || echo "ringside: no ${name}"`).join('\n')}
dmesg -n 4
stty -echo
echo "ringside: ready"
PS1='ringside# '
export PS1
exec sh -i
`;

/** What the guest does with an address that it was given. */
const DHCP_SCRIPT = `#!/bin/sh
[ "$1" = bound ] || exit 0
ifconfig "$interface" "$ip" netmask "$subnet"
route add default gw "$router"
echo "bound to $ip by $serverid"
`;

/** The kernel calls this when the host asks for a shutdown: there is nothing to save. */
const POWER_OFF = `#!/bin/sh
echo "ringside: the host asked for a shutdown" > /dev/console
exec busybox poweroff -f
`;

/** Two archives one after the other: the ACPI table, which the kernel wants first and uncompressed, and the files. */
export function initramfs({ ringside, busybox, modulesFolder, wanted = MODULES }) {
  const { writeCpio, vmbusSsdt, SSDT_PATH } = ringside;
  const folders = SSDT_PATH.split('/').slice(0, -1);
  const table = [
    ...folders.map((_, i) => ({ path: folders.slice(0, i + 1).join('/'), kind: 'folder' })),
    { path: SSDT_PATH, kind: 'file', bytes: vmbusSsdt() },
  ];
  const loaded = moduleOrder(modulesFolder, wanted);
  const modules = moduleOrder(modulesFolder, [...wanted, ...AT_HAND]);
  const files = [
    ...['bin', 'sbin', 'dev', 'proc', 'sys', 'mnt', 'etc', 'modules'].map((name) => ({
      path: name,
      kind: 'folder',
    })),
    { path: 'dev/console', kind: 'console' },
    { path: 'bin/busybox', kind: 'file', bytes: busybox, executable: true },
    ...['sh', 'mount'].map((name) => ({ path: `bin/${name}`, kind: 'link', to: 'busybox' })),
    ...modules.map(({ name, bytes }) => ({ path: `modules/${name}.ko`, kind: 'file', bytes })),
    { path: 'etc/dhcp', kind: 'file', bytes: Buffer.from(DHCP_SCRIPT), executable: true },
    { path: 'sbin/poweroff', kind: 'file', bytes: Buffer.from(POWER_OFF), executable: true },
    { path: 'init', kind: 'file', bytes: Buffer.from(init(loaded)), executable: true },
  ];
  return Buffer.concat([writeCpio(table), writeCpio(files)]);
}
