import type { WorkedIs } from './types.ts';

/** Vectors: the synthetic interrupt, and that of the primary IDE channel. */
const [SINT, IDE] = [0xf3, 0x3e] as const;
/** Ports of the primary channel. */
const [STATUS, CONTROL, DEVICE, BUS_MASTER_STATUS] = [0x1f7, 0x3f6, 0x1f6, 0xffa2] as const;

/** A write to the boot disk after the installation; a question to the same disk, to be completed. */
export const integrationComponents: WorkedIs = {
  worked: {
    line: 'integration-components?workload=disk&requests=2',
    title: 'One write to the boot disk, after the installation: every step, and what it is for',
    rows: 8,
    goals: [
      {
        goal: 'Turn the request away from the ports',
        why: 'The filter gets it first. To whoever wrote, the disk is still the one on the IDE cable.',
        steps: [{ on: 'storvsc.request', says: 'the filter has put a packet into the ring' }],
      },
      {
        goal: 'Wake the provider',
        why: 'The ring was empty, so somebody has to say that it no longer is.',
        steps: [
          { on: 'hypercall', says: 'a hypercall signals the root' },
          { on: 'root.interrupt', says: 'a synthetic interrupt of the root' },
        ],
      },
      {
        goal: 'Serve it',
        why: 'The provider reads the guest’s pages and writes the image. No device model takes part.',
        steps: [
          { on: 'root.work', just: 1, says: 'the provider takes the packet' },
          { on: 'root.work', just: 1, says: 'the disk is done, the provider answers into the ring' },
        ],
      },
      {
        goal: 'Tell the guest',
        why: 'One signal back, one interrupt.',
        steps: [
          { on: 'root.signal', says: 'the root signals the guest' },
          { on: 'irq.take', a: SINT, says: 'the interrupt of the channel' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
        ],
      },
    ],
  },
  faded: {
    line: 'integration-components?workload=control&requests=2',
    title: 'IDENTIFY to the same disk: complete it',
    rows: 23,
    goals: [
      {
        goal: 'Choose the drive',
        why: 'Two drives share a cable. A filter has no packet for this question, so it goes to the controller.',
        steps: [
          { on: 'io.in', a: STATUS, says: 'is it idle?' },
          { on: 'io.out', a: DEVICE, says: 'the first drive, please' },
          { on: 'io.in', a: CONTROL, says: 'waits a moment by reading' },
          { on: 'io.in', a: STATUS, says: 'is it idle now?' },
        ],
      },
      {
        goal: 'Give the command',
        why: 'Registers first, each an exit to the worker process; the last one starts it.',
        early: 'Not yet. It would go to whichever drive was chosen last.',
        steps: [
          { on: 'io.out', a: [0x1f1, 0x1f6], says: 'six registers' },
          { on: 'io.in', a: STATUS, says: 'is it ready?' },
          { on: 'io.out', a: STATUS, says: 'the command: who are you?' },
          { on: 'irq.assert', a: IDE, says: 'the drive raises its interrupt' },
          { on: 'ide.command', says: 'the device model has the command' },
          { on: 'io.in', a: CONTROL, says: 'waits a moment by reading' },
        ],
      },
      {
        goal: 'Take the interrupt',
        why: 'It has to be ended at the processor and acknowledged at two places of the controller.',
        early: 'Not yet. The drive has not been asked anything.',
        steps: [
          { on: 'irq.take', a: IDE, says: 'the interrupt of the cable' },
          { on: 'msr.write', says: 'the guest ends it' },
          { on: 'io.in', a: [STATUS, CONTROL], says: 'the status, twice' },
          { on: 'io.in', a: BUS_MASTER_STATUS, says: 'the bus master’s status' },
          { on: 'io.out', a: BUS_MASTER_STATUS, says: 'acknowledged' },
        ],
      },
      {
        goal: 'Read the answer',
        why: 'A sector with the name in it, by one string instruction.',
        early: 'Not yet. The interrupt says when there is something to read.',
        steps: [
          { on: 'io.ins', says: 'the sector' },
          { on: 'io.in', a: CONTROL, says: 'waits a moment by reading' },
        ],
      },
    ],
    blanks: [
      { kind: 'next', goal: 1, question: 'The drive is chosen. What comes next?' },
      {
        kind: 'step',
        goal: 2,
        step: 0,
        question: 'How does the guest learn that the answer is there?',
        because:
          'By the interrupt of an old PC, which the worker process raises. The channel of the accelerator knows nothing of this question.',
        wrong: [
          {
            text: 'the interrupt of the channel',
            why: 'That one announces packets in the ring. This question was never in the ring.',
          },
          {
            text: 'it reads the status until it changes',
            why: 'Firmware does that. A kernel has other work meanwhile.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 3,
        question:
          'This question and the one whether the disk is awake, together: how many intercepts, with all components installed?',
        unit: 'intercepts',
        answer: (_, run) => run.metrics.control,
        because: 'As many as without them. The components change nothing about control commands.',
        mistakes: [
          { is: () => 0, why: 'That is how many its reads and writes need. This is neither.' },
          { is: () => 2, why: 'Two commands, and each of them a dozen registers and more.' },
        ],
      },
    ],
  },
};
