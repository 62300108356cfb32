import type { WorkedIs } from './types.ts';

/** Ports of the firmware's device: index and data. */
const [INDEX, DATA] = [0x28, 0x2c] as const;
const POST_MESSAGE = 0x5c;
const UNLOAD = 16;
const INITIATE_CONTACT = 14;
/** Synthetic registers. */
const MSR = {
  GUEST_OS_ID: 0x4000_0000,
  HYPERCALL: 0x4000_0001,
  VP_INDEX: 0x4000_0002,
  SCONTROL: 0x4000_0080,
  SIEFP: 0x4000_0082,
  SIMP: 0x4000_0083,
  SINT2: 0x4000_0092,
} as const;
const FIRST_LEAF = 0x4000_0000;

/** How the firmware leaves; how it came, to be completed. */
export const generations: WorkedIs = {
  worked: {
    line: 'generations?model=memory',
    title: 'The firmware leaves: every step between the last byte of the initial RAM disk and the kernel',
    from: { on: 'io.out', a: INDEX },
    rows: 19,
    goals: [
      {
        goal: 'Tell the host how it went',
        why: 'The boot log lies in the guest’s memory. The host reads it there when it is given the address.',
        steps: [
          { on: 'io.out', a: INDEX, says: 'the index register of the firmware device selects the log' },
          { on: 'io.out', a: DATA, says: 'the data register takes its address' },
        ],
      },
      {
        goal: 'Be let go',
        why: 'The host holds lists of pages for the rings. The kernel will use those pages for something else, so they must be forgotten first.',
        steps: [
          { on: 'hypercall', a: POST_MESSAGE, says: 'a hypercall posts the message UNLOAD' },
          { on: 'root.work', says: 'the root closes the channel and tears its page lists down' },
          { on: 'synic.message', says: 'the answer lies in the message page' },
          { on: 'vmbus.message', a: UNLOAD, says: 'that was the message' },
        ],
      },
      {
        goal: 'Switch the SynIC off',
        why: 'Its pages belong to the firmware. The kernel brings its own, and until then nobody may write into memory that is given away.',
        steps: [
          { on: 'msr.read', a: MSR.SINT2, says: 'the interrupt source is read' },
          { on: 'irq.take', says: 'the interrupt that announced the answer comes, too late to be of use' },
          { on: 'apic.write', says: 'and is ended' },
          { on: 'msr.write', a: MSR.SINT2, says: 'the source is masked' },
          { on: 'msr.read', a: MSR.SIMP, says: 'the message page is looked up' },
          { on: 'msr.write', a: MSR.SIMP, says: 'and taken back' },
          { on: 'msr.read', a: MSR.SIEFP, says: 'the page of event flags is looked up' },
          { on: 'msr.write', a: MSR.SIEFP, says: 'and taken back' },
          { on: 'msr.read', a: MSR.SCONTROL, says: 'the switch is read' },
          { on: 'msr.write', a: MSR.SCONTROL, says: 'and turned off' },
        ],
      },
      {
        goal: 'Give back page and name',
        why: 'A kernel that comes finds a machine in which nobody has said who he is.',
        steps: [
          { on: 'msr.read', a: MSR.HYPERCALL, says: 'the register of the hypercall page is read' },
          { on: 'msr.write', a: MSR.HYPERCALL, says: 'the page is taken away' },
          { on: 'msr.write', a: MSR.GUEST_OS_ID, says: 'the identity is set to zero' },
        ],
      },
    ],
  },
  faded: {
    line: 'generations?image=loader&model=memory',
    title: 'The same firmware, when it came: complete it',
    from: { on: 'cpuid', a: FIRST_LEAF },
    rows: 31,
    goals: [
      {
        goal: 'Look what lies beneath',
        why: 'Without a hypervisor there is no VMBus, and the firmware would have nothing to read from.',
        steps: [{ on: 'cpuid', says: 'leaves of CPUID say which hypervisor this is, and what it offers' }],
      },
      {
        goal: 'Get a page for hypercalls',
        why: 'Whoever wants it has to say first who he is.',
        early: 'Not yet. It does not know whether there is a hypervisor.',
        steps: [
          { on: 'msr.read', a: MSR.VP_INDEX, says: 'the number of the processor is read' },
          { on: 'msr.write', a: MSR.GUEST_OS_ID, says: 'the firmware says who it is' },
          { on: 'msr.read', a: MSR.HYPERCALL, says: 'the register of the page is read' },
          { on: 'msr.write', a: MSR.HYPERCALL, says: 'the page is placed' },
        ],
      },
      {
        goal: 'Have a place for answers',
        why: 'Answers of the host come as messages. They need a page and an interrupt before the first question is asked.',
        early: 'Not yet. First the firmware has to be somebody.',
        steps: [
          { on: 'msr.read', a: MSR.SIMP, says: 'the register of the message page is read' },
          { on: 'msr.write', a: MSR.SIMP, says: 'the message page is placed' },
          { on: 'msr.read', a: MSR.SIEFP, says: 'that of the event flags is read' },
          { on: 'msr.write', a: MSR.SIEFP, says: 'and placed' },
          { on: 'msr.read', a: MSR.SINT2, says: 'the interrupt source is read' },
          { on: 'msr.write', a: MSR.SINT2, says: 'it gets a vector' },
          { on: 'msr.read', a: MSR.SCONTROL, says: 'the switch is read' },
          { on: 'msr.write', a: MSR.SCONTROL, says: 'and turned on' },
        ],
      },
      {
        goal: 'Ask for the newest version',
        why: 'The firmware knows two versions and begins with the newer one. This host does not speak it.',
        early: 'Not yet. Nobody could hear the answer.',
        steps: [
          { on: 'hypercall', a: POST_MESSAGE, says: 'a hypercall posts INITIATE_CONTACT' },
          { on: 'halt', says: 'the firmware waits' },
          { on: 'irq.take', says: 'an interrupt brings the answer' },
          { on: 'root.work', says: 'the root has looked at the message' },
          { on: 'synic.message', says: 'the answer: this version is not supported' },
          { on: 'vmbus.message', a: INITIATE_CONTACT, says: 'that was the message' },
          { on: 'apic.write', says: 'the interrupt is ended' },
        ],
      },
      {
        goal: 'Ask for the other one',
        why: 'Now both sides speak the same, and the offers can come.',
        early: 'Not yet. The newer version has not been refused.',
        steps: [
          { on: 'hypercall', a: POST_MESSAGE, says: 'a hypercall posts INITIATE_CONTACT once more' },
          { on: 'halt', says: 'the firmware waits' },
          { on: 'irq.take', says: 'an interrupt brings the answer' },
          { on: 'root.work', says: 'the root has looked at the message' },
          { on: 'synic.message', says: 'the answer: connected' },
          { on: 'vmbus.message', a: INITIATE_CONTACT, says: 'that was the message' },
          { on: 'apic.write', says: 'the interrupt is ended' },
        ],
      },
    ],
    blanks: [
      {
        kind: 'next',
        goal: 2,
        question:
          'The firmware can make hypercalls now. What does it need before it asks its first question?',
      },
      {
        kind: 'step',
        goal: 3,
        step: 4,
        question: 'What does the host say to the version that the firmware would like best?',
        because:
          'This host is older than the firmware. A refusal is an answer like any other, and costs one more round.',
        wrong: [
          {
            text: 'nothing: it waits for a version that it knows',
            why: 'Then the firmware would wait for ever. Every contact is answered.',
          },
          {
            text: 'the list of its versions',
            why: 'The protocol has no such list. The guest asks from the newest downwards.',
          },
        ],
      },
      {
        kind: 'number',
        goal: 4,
        question: 'How many registers does the firmware write, from the first look until it is connected?',
        unit: 'writes',
        answer: (_, { trace }) => {
          const write = trace.kinds.findIndex(({ name }) => name === 'msr.write');
          const contact = trace.kinds.findIndex(({ name }) => name === 'vmbus.message');
          const connected = trace.kind.indexOf(contact);
          return trace.kind.slice(0, connected).filter((kind) => kind === write).length;
        },
        because:
          'Two for the identity and the hypercall page, four for the SynIC. Asking is done by hypercalls.',
        mistakes: [
          {
            is: () => 4,
            why: 'Those are the SynIC’s. Before them come the identity and the hypercall page.',
          },
          { is: () => 8, why: 'With the reads of the SynIC’s registers. Only writes change anything.' },
          { is: () => 2, why: 'Two questions were posted, by hypercall. Registers are written before them.' },
        ],
      },
    ],
  },
};
