import type { WorkedIs } from './types.ts';

/** Ports of the primary channel. */
const PORT = {
  DATA: 0x1f0,
  COUNT: 0x1f2,
  ADDRESS: [0x1f3, 0x1f5],
  DEVICE: 0x1f6,
  COMMAND: 0x1f7,
  INT13: 0x1e0,
} as const;

/** The first sector of a start by the enlightened port; the same by registers, to be completed. */
export const bootIdeFilter: WorkedIs = {
  worked: {
    line: 'boot-ide-filter?damage=signature&disk=memory&scale=1024',
    title: 'The first sector of a start, by the enlightened port: every step, and what it is for',
    from: { on: 'disk.owner' },
    goals: [
      {
        goal: 'Have the disk',
        why: 'Somebody must own it before its data are touched. At power-on that is the firmware: nobody else runs.',
        steps: [
          { on: 'disk.owner', says: 'the firmware becomes the owner of the drive' },
          { on: 'boot.phase', says: 'the phase of boot sector and boot manager begins' },
        ],
      },
      {
        goal: 'Say everything at once',
        why: 'Command, address, count and the list of buffers lie in memory. The port takes nothing but their address.',
        steps: [{ on: 'io.out', a: PORT.INT13, says: 'one OUT names the block in memory' }],
      },
      {
        goal: 'Program the drive inside',
        why: 'The worker process writes the registers of its own drive. That needs no exits, since it is its own program.',
        steps: [
          { on: 'ide.int13', says: 'the emulator takes the block apart' },
          { on: 'ide.command', says: 'its drive gets a DMA command' },
          { on: 'worker.file', says: 'the worker reads the image file; only then the OUT is done' },
        ],
      },
    ],
  },
  faded: {
    line: 'boot-ide-filter?damage=signature&disk=memory&int13=plain&scale=1024',
    title: 'The same sector, register by register: complete it',
    from: { on: 'disk.owner' },
    goals: [
      {
        goal: 'Have the disk',
        why: 'Nothing changes here.',
        steps: [
          { on: 'disk.owner', says: 'the firmware becomes the owner of the drive' },
          { on: 'boot.phase', says: 'the phase of boot sector and boot manager begins' },
        ],
      },
      {
        goal: 'Say where, and how much',
        why: 'A drive of 1986 has a register for each part of an address.',
        early: 'Not yet. Whose disk is it?',
        steps: [
          { on: 'io.out', a: PORT.DEVICE, says: 'the drive is selected' },
          { on: 'io.out', a: PORT.COUNT, says: 'it is told how many sectors' },
          { on: 'io.out', a: PORT.ADDRESS, just: 3, says: 'and from where, a byte at a time' },
        ],
      },
      {
        goal: 'Say what',
        why: 'The write to this register starts the drive. Until now nothing has happened.',
        early: 'Not yet. The drive would read whatever its registers say.',
        steps: [
          { on: 'io.out', a: PORT.COMMAND, says: 'the command register: READ SECTORS' },
          { on: 'ide.command', says: 'the drive begins' },
          { on: 'worker.file', says: 'the worker reads the image file' },
        ],
      },
      {
        goal: 'Fetch it',
        why: 'The bytes lie in the drive’s buffer, and a processor has to carry them.',
        early: 'Not yet. There is nothing in the buffer.',
        steps: [
          { on: 'io.in', a: PORT.COMMAND, says: 'the status: not busy, data are there' },
          { on: 'io.ins', a: PORT.DATA, says: 'one string instruction fetches the sector' },
          { on: 'io.in', a: PORT.COMMAND, says: 'the status: done' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 2, question: 'The address is in the registers. What comes now?' },
      {
        kind: 'step',
        goal: 3,
        step: 1,
        question: 'The drive has its sector. How does it get into memory?',
        because: 'One string instruction is one exit, however many words it moves.',
        wrong: [
          {
            text: 'the drive writes it there by itself',
            why: 'That is DMA, which the enlightened port uses. Here a processor carries the bytes.',
          },
          {
            text: 'an interrupt brings it',
            why: 'The firmware has turned interrupts off. It looks at the status instead.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 3,
        question: 'How many exits does this one sector take?',
        unit: 'exits',
        answer: (_, run) => run.metrics.interceptsBefore,
        because: 'Seven for the command and its end, two for the sector: a look at the status, and the data.',
        mistakes: [
          { is: () => 1, why: 'That is the enlightened port.' },
          { is: () => 8, why: 'Count the last look at the status, too.' },
          { is: () => 264, why: 'That would be one exit for each word. A string instruction is one.' },
        ],
      },
    ],
  },
};
