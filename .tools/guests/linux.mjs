// A Linux guest: its kernel, its initial file system, our host, its console.
import { GuestConsole } from './console.mjs';
import { arrayBuffer, startGuest } from './emulator.mjs';
import { initramfs } from './initramfs.mjs';
import { unpackKernel } from './kernel-image.mjs';

const MIB = 1024 * 1024;
/** The initial file system lies at 64 MiB; with less than 96 MiB there is no room for it. */
const MEMORY = 192 * MIB;
/**
 * The kernel's own tests of its ciphers and its search for ISA cards take longer in an emulator than everything else together, and have
 * nothing to do with us. And to the firmware's tables the emulator's board looks as if somebody had pulled every card.
 */
const COMMAND_LINE = 'console=ttyS0 net.ifnames=0 cryptomgr.notests noisapnp acpiphp.disable=1';

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
      bzimage: arrayBuffer(unpackKernel(files.kernel)),
      initrd: arrayBuffer(initrd),
      cmdline: `${COMMAND_LINE} ${commandLine}`.trim(),
    },
    onByte: (byte) => console_.byte(byte),
    onTurn: (site, milliseconds) => {
      if (emulator) console_.turn(emulator, milliseconds);
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
