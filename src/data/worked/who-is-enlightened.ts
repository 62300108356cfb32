import type { WorkedIs } from './types.ts';

/** What woke the provider, and the completion of a request. EOI in the APIC page. */
const [WOKEN, DONE, EOI] = [0, 3, 0xb0] as const;

/** A disk request of Server 2008 on its own host; one of today's Linux on a host of today, to be completed. */
export const whoIsEnlightened: WorkedIs = {
  worked: {
    line: 'who-is-enlightened?part=disk&vps=1&time=20',
    title: 'One disk request of Server 2008 on a host of 2008: every step, and what it is for',
    from: { on: 'storvsc.request' },
    until: { on: 'storvsc.request' },
    goals: [
      {
        goal: 'Hand the request over',
        why: 'A packet in shared memory. The ring was empty, so a signal is owed: the one exit that the guest chooses to make.',
        steps: [
          { on: 'storvsc.request', says: 'the driver writes its packet into the ring' },
          { on: 'hypercall', says: 'a hypercall signals the channel' },
        ],
      },
      {
        goal: 'Wake the provider',
        why: 'The other half of the driver is in the root’s kernel. No process of ring 3 takes part.',
        steps: [{ on: 'root.interrupt', says: 'a synthetic interrupt of the root' }],
      },
      {
        goal: 'Do it',
        why: 'The provider reads the packet, gives the request to the disk, and writes the answer into the other ring.',
        steps: [
          { on: 'root.work', a: WOKEN, says: 'takes the packet' },
          { on: 'root.work', a: DONE, says: 'the disk has answered; writes the completion' },
        ],
      },
      {
        goal: 'Say that it is done',
        why: 'The same in the other direction. The interrupt ends by itself, a help that was new and good on this host.',
        steps: [
          { on: 'root.signal', says: 'the root signals the guest' },
          { on: 'irq.take', says: 'the hypervisor injects an interrupt' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
        ],
      },
    ],
  },
  faded: {
    line: 'who-is-enlightened?part=disk&vps=1&time=20&era=2020&system=linux-today',
    title: 'One disk request of today’s Linux on a host of today: complete it',
    from: { on: 'storvsc.request' },
    until: { on: 'storvsc.request' },
    goals: [
      {
        goal: 'Hand the request over',
        why: 'As on the old host: rings have not changed.',
        steps: [
          { on: 'storvsc.request', says: 'the driver writes its packet into the ring' },
          { on: 'hypercall', says: 'a hypercall signals the channel' },
        ],
      },
      {
        goal: 'Wake the provider',
        why: 'As before.',
        early: 'Not yet. The ring was empty, and nobody has been told.',
        steps: [{ on: 'root.interrupt', says: 'a synthetic interrupt of the root' }],
      },
      {
        goal: 'Do it',
        why: 'As before.',
        early: 'Not yet. The provider sleeps.',
        steps: [
          { on: 'root.work', a: WOKEN, says: 'takes the packet' },
          { on: 'root.work', a: DONE, says: 'the disk has answered; writes the completion' },
        ],
      },
      {
        goal: 'Say that it is done',
        why: 'The processor delivers the interrupt into the running guest and serves its end: neither is an exit.',
        early: 'Not yet. Nothing has been done.',
        steps: [
          { on: 'root.signal', says: 'the root signals the guest' },
          { on: 'irq.posted', says: 'the processor delivers a posted interrupt' },
          { on: 'synic.event', says: 'the flag of the channel is set' },
          { on: 'apic.served', a: EOI, says: 'the guest ends it; the processor serves that' },
        ],
      },
    ],
    blanks: [
      {
        kind: 'next',
        goal: 1,
        question: 'The packet lies in the ring and the signal is on its way. What comes next?',
      },
      {
        kind: 'step',
        goal: 3,
        step: 1,
        question: 'How does the interrupt get into the guest on this host?',
        because:
          'With a virtual APIC the hypervisor posts it in memory, and the processor delivers it without leaving the guest.',
        wrong: [
          {
            text: 'the hypervisor injects an interrupt at the next exit',
            why: 'That is the old host. There is no exit to wait for here.',
          },
          {
            text: 'the guest looks into its ring from time to time',
            why: 'A driver that expects little traffic waits for an interrupt; looking all the time would cost a processor.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 3,
        question: 'How many exits does one request take this guest, on average over the run?',
        unit: 'exits',
        answer: (_, run) => run.metrics.perRequest,
        because: 'The signal, and nothing on the way back.',
        mistakes: [
          {
            is: () => 2,
            why: 'The way back would be an exit if the guest had to end the interrupt by one. The processor serves that here, and the old host had a help of its own.',
          },
          { is: () => 0, why: 'The signal is a hypercall. Only a ring that is not empty needs none.' },
          { is: (life) => life.rows, why: 'Those are all steps, of both sides.' },
        ],
      },
    ],
  },
};
