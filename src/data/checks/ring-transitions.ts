import type { CheckData } from '../../truth/types.ts';

/** The questions of `ring-transitions`. */
export const ringTransitions: readonly CheckData[] = [
  {
    id: 'five',
    question:
      'The worker finishes an ioctl: the root’s processor returns from ring 0 to ring 3. Which of the five switches is that?',
    options: [
      {
        text: 'A privilege switch.',
        right: true,
        why: 'Same partition, same thread, same page table; only the ring changes.',
      },
      {
        text: 'A VM entry.',
        why: 'A VM entry leaves the hypervisor. Here the root’s kernel hands over to the root’s own process; the hypervisor notices nothing.',
      },
      {
        text: 'A thread switch.',
        why: 'The same thread runs on, only in another ring. A thread switch happened before, when the worker was woken.',
      },
    ],
  },
  {
    id: 'seven',
    question:
      'A guest executes CPUID and then OUT to an emulated port. How many transitions are that together?',
    options: [
      {
        text: '{ring-transitions?instruction=cpuid ringTransitions} and {ring-transitions ringTransitions}.',
        right: true,
        why: 'The hypervisor answers CPUID by itself, there and back. For OUT it must ask the worker in another partition, in ring 3.',
      },
      {
        text: '{ring-transitions ringTransitions} each: an exit is an exit.',
        why: 'Both leave the guest the same way. What differs is who knows the answer.',
      },
      {
        text: '{ring-transitions?instruction=cpuid ringTransitions} each: the hypervisor emulates both.',
        why: 'Hyper-V’s hypervisor holds no device models. The controller behind the port is played by a process in the root.',
      },
    ],
  },
  {
    id: 'structure',
    question:
      'A monolithic hypervisor answers OUT in {ring-transitions?structure=monolithic ringTransitions} transitions. What is the price?',
    options: [
      {
        text: 'More memory for the device models.',
        why: 'They need about the same memory wherever they live.',
      },
      {
        text: 'A bug in a device model is a bug in the hypervisor.',
        right: true,
        why: 'In Hyper-V the same bug sits in a process with few rights, one for each virtual machine.',
      },
      {
        text: 'The guest needs other drivers.',
        why: 'The guest cannot tell: the registers, the bytes and the answers are the same.',
      },
    ],
  },
];
