import type { CheckData } from '../../truth/types.ts';

/** The questions of `tlb-flush`. */
export const tlbFlush: readonly CheckData[] = [
  {
    id: 'who',
    question: 'INVLPG exits on one server and not on another. What decides?',
    options: [
      {
        text: 'Whether the guest is enlightened.',
        why: 'The guest executes the same instruction either way. Whether it exits is the hypervisor’s setting.',
      },
      {
        text: 'Whose tables the processor walks.',
        right: true,
        why: 'With shadow tables it walks the hypervisor’s, so the hypervisor must hear of every flush: {tlb-flush flushExits} exits here. With a second level it walks the guest’s own: {tlb-flush?paging=slat flushExits}.',
      },
      {
        text: 'How many pages are flushed.',
        why: 'Each INVLPG is one instruction for one page, and exits or does not.',
      },
    ],
  },
  {
    id: 'hint',
    question:
      'A guest of today finds the hint for local flushes not set, and flushes by hypercall all the same. What happens?',
    options: [
      {
        text: 'The call is refused.',
        why: 'A hint is no privilege. The call works as long as the host serves it for other processors.',
      },
      {
        text: 'It works and is slower.',
        right: true,
        why: 'The call is the only exit there is: {tlb-flush?paging=slat&era=2020&how=hypercall flushTime} µs in place of {tlb-flush?paging=slat&era=2020 flushTime} µs.',
      },
      {
        text: 'It works and is faster, because pages go in one list.',
        why: 'A list saves exits. Where INVLPG does not exit there is nothing to save.',
      },
    ],
  },
  {
    id: 'turn',
    question:
      'A virtual processor waits for its turn while another one flushes everywhere by hypercall. When are its translations gone?',
    options: [
      {
        text: 'Before it executes its next instruction.',
        right: true,
        why: 'It cannot use them before that, so nobody has to wait for it. {tlb-flush?era=2020&how=hypercall&paging=slat&reach=remote&rounds=2&share=4&vps=16 deferred} flushes were deferred like that in one of the runs.',
      },
      {
        text: 'When the call returns: the hypervisor runs it for a moment.',
        why: 'Nothing needs to run. Xen measured what it costs to interrupt also those that do not run: a hundred times as much.',
      },
      {
        text: 'When it takes the interrupt.',
        why: 'That is the shoot-down, which has to wait. By hypercall no interrupt is sent to it at all.',
      },
    ],
  },
];
