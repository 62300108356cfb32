/** What a run of `guest-services` reports. */
import type { Metric } from '../lab/experiment.ts';
import { countMetric } from '../lab/metrics.ts';

const seconds = (label: string, doc: string): Metric => ({ label, unit: 's', better: 'lower', doc });
const sized = (label: string, unit: string, doc: string, better: Metric['better'] = 'neither'): Metric => ({
  label,
  unit,
  better,
  doc,
});

export const servicesMetrics = {
  asked: countMetric('Questions', 'Questions of the host to this service that came to an end.', 'neither'),
  good: countMetric('Answered well', 'Answers that say that it was done.', 'higher'),
  failed: countMetric('Answered "failed"', 'Answers of the guest that carry an error.'),
  unanswered: countMetric('Given up', 'Questions for which the host’s patience ended.'),
  late: countMetric('Too late', 'Answers to a question that the host had given up.'),
  mistaken: countMetric(
    'Answers to another question',
    'Values that belong to another key: a late reply of the daemon that the kernel took for the next one’s.',
  ),
  longest: seconds('Longest wait', 'From a question until its answer came, or the host gave it up.'),
  beats: countMetric('Beats', 'Heartbeats that the host sent during the run.', 'neither'),
  beatsAnswered: countMetric(
    'Beats answered',
    'Heartbeats that came back before the next was due.',
    'higher',
  ),
  contactLost: countMetric('Contact lost', 'Times that three beats in a row stayed without an answer.'),
  contact: countMetric(
    'Contact at the end',
    '1 when the host hears the guest at the end of the run.',
    'higher',
  ),
  answeredFirst: countMetric(
    'Answered before it left',
    '1 when the guest answered the order to shut down and left afterwards.',
    'higher',
  ),
  off: countMetric('Shut down by itself', '1 when the guest had left VMBus by itself at the end.', 'neither'),
  turnedOff: countMetric('Turned off', '1 when the host turned the machine off because its time was over.'),
  snapshots: countMetric('Snapshots', 'Copies that the host made of the disk.', 'neither'),
  torn: countMetric('Snapshots of a moving disk', 'Copies made while the file systems were not frozen.'),
  thaws: countMetric('Thaws sent', 'Times the host told the guest to go on writing.', 'neither'),
  frozenSeconds: seconds('Writes on hold', 'Time during which the guest’s file systems were frozen.'),
  frozenAtEnd: countMetric(
    'Frozen at the end',
    '1 when the file systems are still frozen when the run ends.',
  ),
  copied: sized('Copied', 'bytes', 'Bytes in pieces of the file that the guest acknowledged.', 'higher'),
  whole: countMetric('File is whole', '1 when the guest has the file, byte for byte.', 'higher'),
  remains: sized(
    'Half a file',
    'bytes',
    'Bytes of a file that the guest has though the copy did not end well.',
    'lower',
  ),
  oldFile: countMetric(
    'The old file is there',
    '1 when a file that was there before is as it was.',
    'neither',
  ),
  given: sized('Given away', 'MiB', 'Memory that the guest has given to the host, at the end.'),
  added: sized('Added', 'MiB', 'Memory that was added to the running guest.'),
  reserve: sized(
    'Free above the floor',
    'MiB',
    'Free memory of the guest at the end, less what its driver keeps back.',
  ),
  reports: countMetric('Reports', 'Times the guest said how much memory it needs.', 'neither'),
  disagreement: countMetric(
    'Pages in dispute',
    'Pages that the accounts of host and guest do not tell in the same way, at the end.',
  ),
  exits: countMetric(
    'Exits of the guest',
    'Exits of the guest to the hypervisor, for signals, timers and interrupts.',
  ),
  interrupts: countMetric(
    'Interrupts of the guest',
    'Interrupts that the guest took: messages and timers.',
    'neither',
  ),
  time: seconds('Time', 'Virtual time that the run covers.'),
} satisfies Record<string, Metric>;

export type ServicesMetric = keyof typeof servicesMetrics;
