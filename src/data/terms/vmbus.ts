/** VMBus: how the two halves of a synthetic device find each other and talk. */
import type { TermIs } from './types.ts';

export const VMBUS: readonly TermIs[] = [
  {
    title: 'VMBus',
    text: "The way of synthetic devices: messages to find and open them, rings in the guest's memory to talk through. Every guest has its own.",
    words: ['VMBus'],
    page: 'vsp-vsc',
  },
  {
    title: 'Offer',
    text: 'The message by which the host announces a device on VMBus: what class it is, which instance, and which channel it will have.',
    words: [],
    page: 'boot-ide-filter',
  },
  {
    title: 'Channel',
    text: 'One open connection over VMBus: a ring in each direction and a signal in each direction.',
    words: ['VMBus channel'],
    page: 'vsp-vsc',
  },
  {
    title: 'GPADL',
    text: "Guest physical address descriptor list: the list of a guest's own pages that it lends to the host, for example for a ring.",
    words: ['GPADL'],
  },
  {
    title: 'Ring',
    text: 'Memory that one side writes and the other reads, as if bent into a circle, with an index for each side.',
    words: ['ring of memory', 'ring buffer'],
    page: 'two-roads',
  },
  {
    title: 'VSP',
    text: "Virtualization service provider: the host's half of a synthetic device. `storvsp` is the one for storage.",
    words: ['service provider', 'VSP'],
    page: 'vsp-vsc',
  },
  {
    title: 'VSC',
    text: "Virtualization service client: the guest's half, a driver. `storvsc` is the one for storage.",
    words: ['service client', 'VSC'],
    page: 'vsp-vsc',
  },
  {
    title: 'storvsc',
    text: 'The driver in the guest that turns disk requests into packets for a ring. Linux and Windows both have one.',
    words: ['storvsc'],
    page: 'two-roads',
  },
  {
    title: 'storvsp',
    text: "Its partner in the root's kernel, which carries the requests out, usually on a file.",
    words: ['storvsp'],
    page: 'two-roads',
  },
  {
    title: 'netvsc and netvsp',
    text: 'The two ends of a synthetic network adapter: driver in the guest, provider in the root. What they carry is **RNDIS**, a way to speak of frames and settings; where the bytes lie is said in short packets over VMBus.',
    words: ['netvsc', 'netvsp', 'RNDIS'],
  },
  {
    title: 'Monitor page',
    text: 'A shared page in which a guest sets a bit instead of making a hypercall; the hypervisor looks at it every so often and sends the signal.',
    words: ['monitor page'],
    page: 'vsp-vsc',
  },
  {
    title: 'Interrupt mask',
    text: "A word in a ring's control page by which the reader says: I am at work, do not signal.",
    words: ['interrupt mask'],
    page: 'vsp-vsc',
  },
  {
    title: 'pending_send_sz',
    text: "A word in a ring's control page by which a writer that found no room says how many bytes it waits for.",
    words: ['pending_send_sz'],
    page: 'vsp-vsc',
  },
];
