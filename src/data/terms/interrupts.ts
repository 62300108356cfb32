/** Interrupts and their controllers. */
import type { TermIs } from './types.ts';

export const INTERRUPTS: readonly TermIs[] = [
  {
    title: 'SynIC',
    text: 'Synthetic interrupt controller: for each virtual processor two pages, one for messages and one for event flags, and sixteen sources.',
    words: ['SynIC'],
    page: 'generations',
  },
  {
    title: 'SINT',
    text: 'Synthetic interrupt source: one of the sixteen of a SynIC. It says which vector an arriving message or event raises, or that it is masked.',
    words: ['SINT', 'synthetic interrupt source'],
    page: 'interrupt-end',
  },
  {
    title: 'EOI',
    text: 'End of interrupt: the write by which a processor tells its interrupt controller that it has served an interrupt.',
    words: ['EOI'],
    page: 'interrupt-end',
  },
  {
    title: 'APIC',
    text: 'The interrupt controller of each processor since the Pentium. The hypervisor plays it, without help from the root.',
    words: ['APIC'],
    page: 'interrupt-end',
  },
  {
    title: 'Assist page',
    text: 'A page of the guest in which the hypervisor says, interrupt by interrupt, whether it needs to hear of the end.',
    words: ['assist page'],
    page: 'interrupt-end',
  },
  {
    title: 'AutoEOI',
    text: 'A mode of a synthetic interrupt source: its interrupts end when they begin, and no EOI is written.',
    words: ['AutoEOI'],
    page: 'interrupt-end',
  },
  {
    title: 'TPR',
    text: 'Task priority register of the local APIC. Interrupts whose class is not above it must wait. In 64-bit mode it is also called CR8.',
    words: ['TPR', 'task priority'],
    page: 'interrupt-end',
  },
  {
    title: 'IRQL',
    text: 'The interrupt level of Windows: raised around spin locks and interrupts. On old 32-bit kernels it was the TPR itself.',
    words: ['IRQL', 'interrupt level'],
    page: 'interrupt-end',
  },
  {
    title: 'FlexPriority',
    text: "Intel's shadow of the TPR in the processor: a guest's stores to it are no exits unless something waits that may be taken now.",
    words: ['FlexPriority'],
    page: 'interrupt-end',
  },
  {
    title: 'APICv',
    text: "A processor that keeps a guest's local APIC by itself: injection, EOI and TPR without an exit. AMD's is called AVIC.",
    words: ['APICv', 'AVIC'],
    page: 'interrupt-end',
  },
  {
    title: '8259',
    text: 'The interrupt controller of the first PCs; two of them, one behind the other. In a virtual machine the worker process plays the pair.',
    words: ['8259'],
  },
  {
    title: 'IPI',
    text: 'Inter-processor interrupt: one processor makes another take an interrupt, by a command to its own APIC or by a hypercall.',
    words: ['IPI', 'inter-processor interrupt'],
    page: 'ipi',
  },
  {
    title: 'IOAPIC',
    text: 'The controller that takes the interrupt lines of devices and passes them to the APICs of the processors.',
    words: ['IOAPIC'],
  },
];
