// A Linux guest: its kernel, its initial file system, our host, its console.
import { GuestConsole } from './console.mjs';
import { startGuest } from './emulator.mjs';
import { initramfs } from './initramfs.mjs';

const MIB = 1024 * 1024;
/** The initial file system lies at 64 MiB; with less than 96 MiB there is no room for it. */
const MEMORY = 192 * MIB;
/** The emulator draws no entropy from anywhere: the kernel shall take what it has. */
const COMMAND_LINE = 'console=ttyS0 random.trust_cpu=on net.ifnames=0';

const arrayBuffer = (bytes) => {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return { buffer: copy };
};

/**
 * Starts Linux and waits for nothing. `host`: what the host has; `commandLine`: more words for the kernel; `modules`: which modules to load.
 */
export async function startLinux({
  ringside,
  files,
  host,
  commandLine = '',
  modules,
  echo,
  onTurn,
  ...rest
}) {
  const initrd = initramfs({
    ringside,
    busybox: files.busybox,
    modulesFolder: files.modulesFolder,
    ...(modules ? { wanted: modules } : {}),
  });
  const console_ = new GuestConsole(echo);
  let emulator;
  const started = await startGuest({
    ringside,
    host,
    settings: {
      memory_size: MEMORY,
      bios: arrayBuffer(files.firmware),
      bzimage: arrayBuffer(files.kernel),
      initrd: arrayBuffer(initrd),
      cmdline: `${COMMAND_LINE} ${commandLine}`.trim(),
    },
    onByte: (byte) => console_.byte(byte),
    onTurn: (site) => {
      if (emulator) console_.feed(emulator);
      onTurn?.(site);
    },
    onStart: (one) => {
      emulator = one;
    },
    ...rest,
  });
  return { ...started, console: console_ };
}

/** Waits until the guest's shell listens. */
export async function untilReady(linux, seconds = 120) {
  await linux.console.expect(/ringside: ready/, seconds, 0);
}
