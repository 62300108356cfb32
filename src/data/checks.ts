/**
 * Three questions a page, each bound to one of its objectives. Every option says why. `{line metric}` becomes the number of that run
 * when the page is built, so an answer cannot go stale.
 */
import type { CheckData } from '../truth/types.ts';

export const CHECKS: Readonly<Record<string, readonly CheckData[]>> = {
  'two-roads': [
    {
      id: 'count',
      question:
        'A guest reads 4 KiB instead of 10 KiB with programmed I/O, one sector at a time. What happens to the number of stops?',
      options: [
        {
          text: 'It stays the same: one request is one request.',
          why: 'The interface knows no requests. Fourteen stops belong to the command, six to each sector.',
        },
        {
          text: 'It falls from {two-roads?mode=pio deviceIntercepts} to {two-roads?mode=pio&size=4KiB deviceIntercepts}.',
          right: true,
          why: 'Eight sectors instead of twenty are seventy-two stops less; the fourteen for the command remain.',
        },
        {
          text: 'It falls to two fifths exactly, like the bytes.',
          why: 'Nearly. The part that belongs to the command does not shrink with the data.',
        },
      ],
    },
    {
      id: 'ring3',
      question:
        'Someone moves the emulated controller from the worker process into the root’s kernel, and changes nothing else. What is gained?',
      options: [
        {
          text: 'Almost everything: the switch into user mode was the cost.',
          why: 'The run without that hop takes {two-roads?mode=pio&relief=ring-3 microseconds} µs instead of {two-roads?mode=pio microseconds} µs. The guest is stopped just as often.',
        },
        {
          text: 'A part: the hop falls away, the stops and the partition switches stay.',
          right: true,
          why: '{two-roads?mode=pio&relief=ring-3 microseconds} µs instead of {two-roads?mode=pio microseconds} µs, and a bug of the emulator now lives in the kernel of the root.',
        },
        {
          text: 'Nothing: kernel mode is not faster.',
          why: 'The processor is not, but two changes between kernel and process, and a change of thread, fall away at every stop.',
        },
      ],
    },
    {
      id: 'dma',
      question:
        'DMA needs {two-roads?mode=dma deviceIntercepts} stops, the synthetic road {two-roads?mode=synthetic deviceIntercepts}. Which of its savings does DMA not have?',
      options: [
        {
          text: 'The data are moved without the guest’s processor.',
          why: 'DMA has that one: the controller copies by itself. In a virtual machine that controller is the worker process.',
        },
        {
          text: 'Several requests can be under way at once.',
          right: true,
          why: 'An IDE controller takes one command at a time. A ring takes as many as fit, and most of them then need no signal.',
        },
        {
          text: 'The number of stops does not grow with the size.',
          why: 'DMA has that one too, up to 64 KiB a command.',
        },
      ],
    },
  ],
  'ring-transitions': [
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
  ],
  'vsp-vsc': [
    {
      id: 'empty',
      question:
        'The reader becomes ten times slower, the sender stays as it is. What happens to the number of signals?',
      options: [
        {
          text: 'It grows: a slow reader must be reminded.',
          why: 'A reader that is still at work needs no reminding. It looks at the ring by itself before it sleeps.',
        },
        {
          text: 'It stays or falls.',
          right: true,
          why: 'A slow reader is more often still awake when the next burst comes: {vsp-vsc?drain=20000 signals} signals instead of {vsp-vsc signals} with a reader ten times slower.',
        },
        {
          text: 'It stays the same: the sender decides.',
          why: 'The sender decides by what it sees in the ring, and that depends on the reader.',
        },
      ],
    },
    {
      id: 'recheck',
      question:
        'A reader drains the ring, finds it empty, clears the interrupt mask and goes to sleep. What is missing?',
      options: [
        {
          text: 'It should clear the mask before it drains.',
          why: 'Then every packet during the draining may bring a needless signal. That costs exits, but loses nothing.',
        },
        {
          text: 'It must look at the ring once more after clearing the mask.',
          right: true,
          why: 'A packet that came between its last look and the clearing brought no signal. Nobody else will fetch it.',
        },
        {
          text: 'It must send the sender a signal.',
          why: 'The sender does not wait for anything; it believes that the reader is awake.',
        },
      ],
    },
    {
      id: 'eight',
      question: 'A ring has 16 KiB of data. Why can it never hold 16 384 bytes of packets?',
      options: [
        {
          text: 'Because the control page takes its share.',
          why: 'The control page lies before the data and is not counted.',
        },
        {
          text: 'Because equal indices mean empty.',
          right: true,
          why: 'If the writer filled the last bytes, its index would equal the reader’s, and the full ring would look empty.',
        },
        {
          text: 'Because packets must not cross the end.',
          why: 'They may: a packet that reaches the end goes on at the start.',
        },
      ],
    },
  ],
};
