import type { WorkedIs } from './types.ts';

/** Registers of the primary IDE channel, and of its bus master. */
const [DATA, FEATURES, COUNT, LBA_LOW, LBA_HIGH, DRIVE, STATUS, ALT_STATUS] = [
  0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f5, 0x1f6, 0x1f7, 0x3f6,
] as const;
const [BM_COMMAND, BM_STATUS, BM_TABLE] = [0xffa0, 0xffa2, 0xffa4] as const;
const APIC_EOI = 0xb0;

/** One sector by programmed I/O; the same by DMA, to be completed. */
export const twoRoads: WorkedIs = {
  worked: {
    line: 'two-roads?size=512B',
    title: 'One sector is written by programmed I/O: every step, and what it is for',
    goals: [
      {
        goal: 'Find the drive ready',
        why: 'A controller has one set of registers for two drives. The driver waits until it is not busy, names the drive, and looks again.',
        steps: [
          { on: 'io.in', a: STATUS, just: 1, says: 'reads the status register: not busy' },
          { on: 'io.out', a: DRIVE, just: 1, says: 'writes the drive register' },
          { on: 'io.in', a: ALT_STATUS, just: 1, says: 'reads the alternate status, only to let time pass' },
          { on: 'io.in', a: STATUS, just: 1, says: 'reads the status again: this drive is ready' },
        ],
      },
      {
        goal: 'Say which sectors',
        why: 'The address does not fit into one register of eight bits, so it goes into several, one byte at a time.',
        steps: [
          { on: 'io.out', a: FEATURES, says: 'writes the features register' },
          { on: 'io.out', a: COUNT, says: 'writes the number of sectors' },
          {
            on: 'io.out',
            a: [LBA_LOW, LBA_HIGH],
            says: 'writes the address of the first sector, byte by byte',
          },
          { on: 'io.out', a: DRIVE, says: 'writes drive and mode of addressing' },
          { on: 'io.in', a: STATUS, says: 'reads the status: the registers may be believed' },
        ],
      },
      {
        goal: 'Give the command',
        why: 'Only now does the controller begin. What was written so far was nothing but bytes in registers.',
        steps: [
          { on: 'io.out', a: STATUS, says: 'writes the command register: write sectors' },
          { on: 'ide.command', says: 'the emulated controller takes the command' },
          { on: 'io.in', a: ALT_STATUS, says: 'reads the alternate status, to let time pass' },
          { on: 'io.in', a: STATUS, says: 'reads the status: it asks for data' },
        ],
      },
      {
        goal: 'Hand over the data',
        why: 'One string instruction moves a whole sector. It is one exit, however many words it moves; a loop would be one exit each.',
        steps: [
          { on: 'io.outs', a: DATA, says: 'a string instruction through the data register' },
          { on: 'irq.assert', says: 'the worker asks for an interrupt' },
          { on: 'worker.file', says: 'the disk works' },
          { on: 'io.in', a: ALT_STATUS, says: 'reads the alternate status, to let time pass' },
        ],
      },
      {
        goal: 'Hear that it is done',
        why: 'The interrupt says: something happened. What it was, the driver must ask, and the controller must be told that it was heard.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor brings the interrupt' },
          { on: 'apic.write', a: APIC_EOI, says: 'the guest ends the interrupt at its APIC' },
          { on: 'io.in', a: ALT_STATUS, says: 'reads the alternate status: not busy' },
          { on: 'io.in', a: STATUS, says: 'reads the status; the controller takes its interrupt back' },
          { on: 'io.in', a: BM_STATUS, says: 'reads the status of the bus master' },
          { on: 'io.out', a: BM_STATUS, says: 'writes it back, which clears it' },
        ],
      },
    ],
  },
  faded: {
    line: 'two-roads?mode=dma&size=512B',
    title: 'The same sector by bus-master DMA: complete it',
    goals: [
      {
        goal: 'Find the drive ready',
        why: 'As before: the registers are the same.',
        steps: [
          { on: 'io.in', a: STATUS, just: 1, says: 'reads the status register: not busy' },
          { on: 'io.out', a: DRIVE, just: 1, says: 'writes the drive register' },
          { on: 'io.in', a: ALT_STATUS, just: 1, says: 'reads the alternate status, only to let time pass' },
          { on: 'io.in', a: STATUS, just: 1, says: 'reads the status again: this drive is ready' },
        ],
      },
      {
        goal: 'Say which sectors',
        why: 'Where on the disk: that does not depend on how the data travel.',
        early: 'Not yet. The registers of a drive that is busy, or not chosen, are not believed.',
        steps: [
          { on: 'io.out', a: FEATURES, says: 'writes the features register' },
          { on: 'io.out', a: COUNT, says: 'writes the number of sectors' },
          {
            on: 'io.out',
            a: [LBA_LOW, LBA_HIGH],
            says: 'writes the address of the first sector, byte by byte',
          },
          { on: 'io.out', a: DRIVE, says: 'writes drive and mode of addressing' },
          { on: 'io.in', a: STATUS, says: 'reads the status: the registers may be believed' },
        ],
      },
      {
        goal: 'Say where in memory',
        why: 'A table of the guest’s pages: this is what lets the controller fetch the data without the processor.',
        early: 'Not yet. First the drive must be ready and know which sectors are meant.',
        steps: [
          {
            on: 'io.out',
            a: BM_TABLE,
            says: 'writes the address of a table that lists the pages of the buffer',
          },
          { on: 'io.in', a: BM_COMMAND, says: 'reads the command register of the bus master' },
          { on: 'io.out', a: BM_COMMAND, says: 'writes the direction into it' },
        ],
      },
      {
        goal: 'Give the command and let the bus master go',
        why: 'Two halves begin: the drive by its command, the transfer by a bit of the bus master.',
        early: 'Not yet. A bus master that is let go without a table would fetch from anywhere.',
        steps: [
          { on: 'io.out', a: STATUS, says: 'writes the command register: write by DMA' },
          { on: 'ide.command', says: 'the emulated controller takes the command' },
          { on: 'io.in', a: ALT_STATUS, says: 'reads the alternate status, to let time pass' },
          { on: 'io.in', a: BM_COMMAND, says: 'reads the command register of the bus master' },
          {
            on: 'io.out',
            a: BM_COMMAND,
            says: 'writes the start bit; the worker copies all the data at once',
          },
          { on: 'irq.assert', says: 'the worker asks for an interrupt' },
          { on: 'worker.file', says: 'the disk works' },
        ],
      },
      {
        goal: 'Hear that it is done',
        why: 'One interrupt for the whole command, and a few questions.',
        early: 'Not yet. Nobody has let the transfer begin.',
        steps: [
          { on: 'irq.take', says: 'the hypervisor brings the interrupt' },
          { on: 'apic.write', a: APIC_EOI, says: 'the guest ends the interrupt at its APIC' },
          { on: 'io.in', a: BM_STATUS, says: 'reads the status of the bus master' },
          { on: 'io.in', a: BM_COMMAND, says: 'reads its command register' },
          { on: 'io.out', a: BM_COMMAND, says: 'takes the start bit back' },
          { on: 'io.in', a: ALT_STATUS, says: 'reads the alternate status' },
          { on: 'io.in', a: STATUS, says: 'reads the status; the controller takes its interrupt back' },
          { on: 'io.in', a: BM_STATUS, says: 'reads the status of the bus master again' },
          { on: 'io.out', a: BM_STATUS, says: 'writes it back, which clears it' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 2, question: 'The drive knows which sectors. What must the driver do next?' },
      {
        kind: 'step',
        goal: 3,
        step: 4,
        question: 'Which step is missing, the one in which the data move?',
        because:
          'One exit for all the data: the worker reads the table and copies by itself. With programmed I/O the processor brought each sector.',
        wrong: [
          {
            text: 'a string instruction through the data register',
            why: 'That is the other road. With DMA the processor never touches the data register.',
          },
          {
            text: 'nothing: the hypervisor copies the data',
            why: 'The hypervisor knows no disks. The controller is played by the worker, and it is the worker who copies.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 4,
        question: 'How many device intercepts does the whole command take?',
        unit: 'intercepts',
        answer: (_, run) => run.metrics.deviceIntercepts,
        because:
          'Count the accesses to ports: interrupt, APIC and disk are steps, but none of them is a port.',
        mistakes: [
          {
            is: (life) => life.rows,
            why: 'Those are all steps. The interrupt, its end at the APIC, the taking of the command and the work of the disk are no accesses to ports of the controller.',
          },
          {
            is: (_, run) => run.metrics.ringTransitions,
            why: 'Those are the ring transitions. An intercept makes seven of them.',
          },
          { is: (life) => life.goals[4].rows, why: 'That is the last goal alone.' },
          {
            is: () => 1,
            why: 'One command, but the interface speaks in registers, and DMA changes that only for the data.',
          },
        ],
      },
    ],
  },
};
