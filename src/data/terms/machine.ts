/** The machine and its parts: who is there, and how one calls another. */
import type { TermIs } from './types.ts';

export const MACHINE: readonly TermIs[] = [
  {
    title: 'Partition',
    text: 'What the hypervisor keeps apart: memory, virtual processors and rights. A virtual machine is a partition.',
    words: ['partition'],
    page: 'two-roads',
  },
  {
    title: 'Root partition',
    text: 'The first partition. It owns the physical devices and runs the operating system that manages all others; its kernel is a guest, too.',
    words: ['root partition'],
    page: 'two-roads',
  },
  {
    title: 'VP',
    text: 'Virtual processor. A partition has one or several; the hypervisor decides when each runs on a physical one.',
    words: ['virtual processor', 'VP'],
    page: 'two-roads',
  },
  {
    title: 'VM exit',
    text: 'The moment in which the processor leaves a guest and enters the hypervisor. The way back is the **VM entry**.',
    words: ['VM exit', 'VM entry', 'VM entries', 'exit'],
    page: 'two-roads',
  },
  {
    title: 'Intercept',
    text: 'A VM exit that another partition has to answer: the hypervisor stops the virtual processor and sends the root a message about it.',
    words: ['intercept'],
    page: 'two-roads',
  },
  {
    title: 'Hypercall',
    text: "A guest's call to the hypervisor, like a system call one floor lower. A code and a few numbers go in, a status comes out.",
    words: ['hypercall'],
    page: 'two-roads',
  },
  {
    title: 'MSR',
    text: 'Model-specific register. The hypervisor offers synthetic ones, with which a guest sets up and acknowledges things.',
    words: ['MSR', 'synthetic register'],
    page: 'ring-transitions',
  },
  {
    title: 'CPUID',
    text: 'The instruction that asks a processor what it can do. Under a hypervisor it exits, and the answer may speak of the hypervisor itself.',
    words: ['CPUID'],
    page: 'ring-transitions',
  },
  {
    title: 'Worker process',
    text: 'The process in the root, one for each virtual machine, that plays the emulated devices: `vmwp.exe`.',
    words: ['worker process', 'worker processes'],
    page: 'two-roads',
  },
  {
    title: 'VID',
    text: "Virtualization infrastructure driver: the driver in the root's kernel between the hypervisor and the worker processes.",
    words: ['VID'],
  },
  {
    title: 'Enlightenment',
    text: 'A change in an operating system that makes use of knowing that it runs on a hypervisor.',
    words: ['enlightenment'],
    page: 'tlb-flush',
  },
  {
    title: 'Enlightened VMCS',
    text: "A page that a hypervisor inside a guest shares with the one below it, instead of an exit for each field of a nested processor's state.",
    words: ['enlightened VMCS'],
  },
];
