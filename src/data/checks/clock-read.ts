import type { CheckData } from '../../truth/types.ts';

/** The questions of `clock-read`. */
export const clockRead: readonly CheckData[] = [
  {
    id: 'order',
    question: 'A guest may choose its clock. Which of these makes one reading cheapest, and why?',
    options: [
      {
        text: 'The ACPI timer: it is one port, the others need several accesses.',
        why: 'One access, but it goes to a process and back: {clock-read cyclesPerRead} cycles.',
      },
      {
        text: 'The reference counter: one register, made for guests.',
        why: 'Much cheaper than a port, and still an exit: {clock-read?source=reference-counter cyclesPerRead} cycles.',
      },
      {
        text: 'The reference TSC page: the guest computes the time from its own processor’s counter.',
        right: true,
        why: 'Loads and a multiplication, {clock-read?source=tsc-page cyclesPerRead} cycles, and {clock-read?source=tsc-page exits} exits.',
      },
    ],
  },
  {
    id: 'sequence',
    question:
      'Why does a reader of the page look at the sequence a second time, after it has read everything?',
    options: [
      {
        text: 'To learn whether the page is still there.',
        why: 'The page stays where the guest has put it. What may change is what it says.',
      },
      {
        text: 'Scale and offset may have changed between its loads, and would not belong together.',
        right: true,
        why: 'Half of the old numbers and half of the new ones give a time that never was. When the sequence differs, the reader begins anew.',
      },
      {
        text: 'Because the hypervisor counts the readings.',
        why: 'The hypervisor knows nothing of a reading: there is no exit. The sequence counts changes of the page.',
      },
    ],
  },
  {
    id: 'place',
    question:
      'Reading the ACPI timer is too dear. You may move its device model into the hypervisor, or give the guest the TSC page. What does each do?',
    options: [
      {
        text: 'The same: both avoid the worker process.',
        why: 'Both do, but a device in the hypervisor is still an exit: {clock-read?placement=hypervisor cyclesPerRead} cycles against {clock-read?source=tsc-page cyclesPerRead}.',
      },
      {
        text: 'Moving it makes each reading shorter for every guest; the page abolishes the exit, for guests that know of it.',
        right: true,
        why: 'From {clock-read cyclesPerRead} to {clock-read?placement=hypervisor cyclesPerRead} cycles without a change to the guest; to {clock-read?source=tsc-page cyclesPerRead} only for an enlightened one.',
      },
      {
        text: 'The page only helps programs; for a kernel moving the device is better.',
        why: 'The kernel gains as well: {clock-read?source=tsc-page cyclesPerRead} cycles a reading.',
      },
    ],
  },
];
